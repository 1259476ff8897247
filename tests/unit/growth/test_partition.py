"""One partition as the workers left it, and whether they left it at rest."""

import msgspec
import pytest

from streams.errors import BrokerError
from streams.growth.partition import Left
from streams.journeys.journey import Journey, decode, encode, moved, peek, peek_regime, peek_waiting
from streams.rules.regime import succeed
from streams.worker import meta
from streams.worker.lane_rules import RULES_KEY

WEB = {0: "touchpoints.web"}


def left(record: bytes, folded: int = 5) -> Left:
    """Return a partition with one journey, folded up to an offset of the web."""
    found = Left(2)
    found.take(b"c1", record)
    found.take(meta.META_KEY, meta.encode(meta.Meta(4, meta.PARTITIONER, {WEB[0]: folded}, {}, 0, 0, 0)))
    return found


def record(offset: int = 4, *, pending: bool = False, regime: int = 0) -> bytes:
    """Return the record of a journey that has taken one record of the web."""
    journey = Journey("c1")
    journey.positions, journey.regime, journey.due = {0: offset}, regime, 77
    return encode(journey, b"said", pending=pending, waiting=True)


def test_a_partition_at_rest_may_be_moved() -> None:
    """Every journey has taken only what the meta record covers, and owes nothing."""
    left(record()).refuse_unrest(WEB)
    Left(2).refuse_unrest(WEB)


@pytest.mark.parametrize("restless", [left(record(5)), left(record(pending=True)), Left(2, {b"c1": record()})])
def test_what_a_kill_has_left_half_done_is_refused(restless: Left) -> None:
    """A journey beyond the meta record, one that owes an alert, and one without any meta record."""
    with pytest.raises(BrokerError, match="partition 2: a worker was not stopped in order") as caught:
        restless.refuse_unrest(WEB)
    assert "SIGTERM" in caught.value.remedy


def test_a_journey_under_earlier_rules_is_refused() -> None:
    """Its memory would be taken for that of the rules in force."""
    found, known = left(record(regime=1)), succeed((), {"a": "1"}, version=1, digest="", clock=0, now=0)
    known = succeed(known, {"a": "2"}, version=2, digest="", clock=9, now=9)
    found.take(RULES_KEY, msgspec.json.encode(known))
    with pytest.raises(BrokerError, match="have yet to pass over"):
        found.refuse_unrest(WEB)


def test_tombstones_are_heeded() -> None:
    """Who has been deleted does not come back."""
    found = left(record())
    found.take(b"c1", None)
    assert found.journeys == {}


def test_a_moved_journey_has_taken_nothing_in_its_new_partition() -> None:
    """All else is as it was: offsets of one partition mean nothing in another."""
    before = record(regime=9, pending=True)
    after = moved(before, 1)
    assert peek(after) == (True, 77, [])
    assert (peek_regime(after), peek_waiting(after)) == (1, True)
    journey, ledger = decode("c1", after)
    assert (journey.state, journey.due, ledger) == (decode("c1", before)[0].state, 77, b"said")
