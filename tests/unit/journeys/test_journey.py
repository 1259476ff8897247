"""The record of a journey as bytes: what is written is read, today's and every later version's programs alike."""

from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts import ledger as ledgers
from streams.alerts.alert import Status
from streams.errors import CorruptError
from streams.journeys import tail
from streams.journeys.journey import VERSION, Journey, decode, encode, encode_state, peek, peek_due, peek_position
from streams.journeys.limits import Limits
from streams.journeys.state import NEVER
from streams.rules.model import Absence, Broken, By, Count, Selector
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rfc3339, rule, touchpoint

GOLDEN: Final = Path(__file__).parent / "golden" / "journey-1.hex"
RULES: Final = (
    rule("failing", Count(Selector(("payment.failed",)), 2, 10 * MINUTE_MS)),
    rule("unanswered", Absence(Selector(("message.received",)), Selector(("message.sent",)), 20 * MINUTE_MS)),
    rule("late", Broken("delivery"), by=By.SUBJECT),
)


def golden_record() -> bytes:
    """Return the record of a journey that has something in every section; the golden file was written from it."""
    limits = Limits(lateness_ms=60 * MINUTE_MS, compact_entries=4, context_entries=2)
    owner = Harness(partition(RULES, limits=limits))
    owner.feed(touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(300)))
    owner.feed(*(touchpoint("page.viewed", minute, path="/shoes") for minute in (1, 2, 3)))
    owner.advance(at(120))
    owner.feed(touchpoint("payment.failed", 110, identity="0b34a17c-9a4b-4f65-a3b1-50b4f7d2c8e1"))
    owner.feed(touchpoint("message.received", 111, subject="conversation:ñ"))
    owner.partition.fold(3, [(7, b"c1", touchpoint("payment.failed", 112))], at(120))
    return owner.partition.value(b"c1") or b""


def test_a_record_of_version_1_stays_readable() -> None:
    """The golden file was written by the first version; no later one may fail to read it."""
    record = bytes.fromhex(GOLDEN.read_text())
    journey, section = decode("c1", record)
    ledger = ledgers.decode(section)
    assert ledger is not None
    assert [(alert.rule, alert.revision, alert.status) for alert in ledger.outbox] == [("failing", 1, Status.FIRING)]
    assert journey.positions == {0: 5, 3: 7}
    assert (journey.floor, journey.entries, journey.flooded) == (at(60), 5, 0)
    assert [one.id for one in tail.unpack(journey.tail, journey.names, "c1")] == [
        "page.viewed@2",
        "page.viewed@3",
        "0b34a17c-9a4b-4f65-a3b1-50b4f7d2c8e1",
        "message.received@111",
        "payment.failed@112",
    ]
    assert journey.state.count == 7
    assert journey.state.promises["delivery\x1forder:1"].due == at(300)
    assert journey.state.due == journey.due == at(131)
    assert peek(record) == (True, at(131), [(0, 5), (3, 7)])
    assert peek_due(record) == at(131)
    assert (peek_position(record, 0), peek_position(record, 3), peek_position(record, 1)) == (5, 7, -1)


def test_the_version_is_raised_when_the_bytes_change() -> None:
    """Written anew, the golden journey gives the golden bytes; if it does not, it is another version."""
    assert VERSION == 1
    assert golden_record().hex() == GOLDEN.read_text().strip()


def test_a_decoded_record_is_encoded_to_the_same_bytes() -> None:
    """Nothing is lost or added on the way through memory."""
    record = golden_record()
    journey, section = decode("c1", record)
    assert encode(journey, section, pending=True) == record


KINDS: Final = ("payment.failed", "message.received", "message.sent", "order.completed", "page.viewed")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 500), st.text(max_size=9)), max_size=30), st.booleans()
)
def test_any_journey_survives_its_record(history: list[tuple[str, int, str]], compacts: bool) -> None:
    """Whatever happened to a customer, the record holds all of it."""
    limits = Limits(lateness_ms=60 * MINUTE_MS, compact_entries=4 if compacts else 100)
    owner = Harness(partition(RULES, limits=limits))
    for kind, minute, subject in history:
        owner.feed(touchpoint(kind, minute, subject=subject, promised_at=rfc3339(minute + 30), note=subject))
        owner.advance(at(minute))
    core = owner.partition
    for key in core.customers():
        before, record = core.journey(key), core.value(key)
        assert before is not None
        assert record is not None
        journey, section = decode("c1", record)
        assert encode_state(journey.state) == encode_state(before.state)
        assert tuple(tail.unpack(journey.tail, journey.names, "c1")) == before.touchpoints
        assert ledgers.encode(ledgers.decode(section)) == section
        assert encode(journey, section, pending=False) == record


def test_an_empty_head_stands_for_the_snapshot() -> None:
    """A journey at rest does not carry its state twice."""
    journey = Journey("c1")
    journey.state.count = 3
    journey.snapshot = encode_state(journey.state)
    record = encode(journey, b"", pending=False)
    assert len(record) < 2 * len(journey.snapshot) + 60
    assert decode("c1", record)[0].state == journey.state


def test_a_record_of_another_version_is_refused_with_the_remedy() -> None:
    """A newer program wrote it; an older one must not guess, not even its deadline."""
    record = bytes([VERSION + 1]) + golden_record()[1:]
    for read in (lambda: decode("c1", record), lambda: peek(record)):
        with pytest.raises(CorruptError, match="version 2; this program reads version 1") as caught:
            read()
        assert "newer" in caught.value.remedy


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_record_is_refused(data: st.DataObject) -> None:
    """One flipped bit anywhere, or a missing end, and it is a CorruptError: no other error and no wrong journey."""
    record = bytearray(golden_record())
    if data.draw(st.booleans()):
        record[data.draw(st.integers(0, len(record) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del record[data.draw(st.integers(0, len(record) - 1)) :]
    with pytest.raises(CorruptError):
        decode("c1", bytes(record))


@pytest.mark.parametrize("size", range(27 + 2 * 9))
def test_a_record_without_a_whole_header_is_refused_when_the_worker_starts(size: int) -> None:
    """The heap of deadlines is built from headers; it must not be built from half of one."""
    core = partition(RULES)
    core.restore([(b"c1", golden_record()[:size])])
    with pytest.raises(CorruptError):
        core.start()


def test_a_journey_without_a_deadline_is_never_due() -> None:
    """Until somebody has looked at it."""
    assert peek(encode(Journey("c1"), b"", pending=False)) == (False, NEVER, [])
