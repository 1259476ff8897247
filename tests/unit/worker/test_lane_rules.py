"""A lane turns to the next version of the rules, at a border that is durable and noted before what bears it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
import pytest

from streams.alerts.publish import REMOVED
from streams.codec import rule_sets
from streams.codec.rule_sets import RuleFile, RuleSet
from streams.errors import CorruptError
from streams.journeys.journey import peek_regime
from streams.rules.regime import Regime
from streams.worker import meta
from streams.worker.lane_rules import RULES_KEY
from streams.worker.meta import Facts
from tests.unit.worker.test_lane import (
    ALERTS,
    BAD,
    CHANGELOG,
    CHAT,
    EARLIEST,
    IDS,
    KEY,
    WEB,
    Record,
    Subject,
    failed,
    turns,
    viewed,
)

THRICE: Final = """\
rules:
  - id: thrice
    moment: FMOT
    severity: high
    when: {count: {type: payment.failed, at_least: 3, within: 10d}}
    title: {en: Payment keeps failing, es: El pago falla}
    advice: {en: Call, es: Llamar}
"""


@pytest.fixture
async def subject() -> AsyncIterator[Subject]:
    """A lane that folds, and whose writes are acknowledged at once."""
    one = await Subject().opened()
    yield one
    assert one.failures == []
    await one.lane.close()


async def publish(subject: Subject, version: int = 1, text: str = THRICE) -> bool:
    """Offer a version to the book of the lane."""
    made = RuleSet(version, 1, "", (RuleFile("a.yaml", text),))
    return await subject.book.take(version, rule_sets.encode(made))


async def turned(subject: Subject) -> None:
    """Tick until the lane has turned."""
    subject.lane.tick(2_000)
    await turns(100)
    assert not subject.lane.rules.is_turning
    subject.lane.tick(2_000)
    await turns()


def regimes(subject: Subject) -> tuple[Regime, ...]:
    """Return what was noted last."""
    value = [value for key, value in subject.fence.of(CHANGELOG) if key == RULES_KEY][-1]
    return msgspec.json.decode(value or b"", type=tuple[Regime, ...])


async def test_the_border_is_durable_before_the_new_rules_are_in_force(subject: Subject) -> None:
    """While the flush is under way nothing is folded; the old rules fold nothing after it."""
    subject.fetch(WEB, Record(0, failed(1)), Record(1, failed(2)))
    subject.fold()
    await turns()
    assert await publish(subject)
    subject.fence.acknowledges = False
    subject.fetch(WEB, Record(2, failed(3)))
    subject.lane.tick(2_000)
    await turns()
    subject.fold()
    assert (subject.lane.positions[WEB], subject.lane.rules.version) == (2, 0)
    subject.fence.acknowledges = True
    while subject.lane.rules.is_turning:
        subject.fence.acknowledge(CHANGELOG)
        subject.fence.acknowledge(ALERTS)
        await asyncio.sleep(0)
    assert (subject.lane.durable[WEB], subject.lane.rules.version) == (2, 1)
    subject.fold()
    assert subject.lane.positions[WEB] == 3
    owed = [(alert.rule, alert.reason) for alert in subject.lane.core.outbox(KEY)]
    assert owed == [("twice", REMOVED), ("thrice", "")]


async def test_the_note_precedes_every_journey_that_bears_its_number(subject: Subject) -> None:
    """So whoever reads the journey back knows the rules it was folded under."""
    subject.fetch(WEB, Record(0, failed(1)), Record(1, failed(2)))
    subject.fold()
    await publish(subject)
    await turned(subject)
    subject.fetch(WEB, Record(2, failed(3)))
    subject.fold()
    await subject.lane.flush()
    known: set[int] = set()
    borne = []
    for key, value in subject.fence.of(CHANGELOG):
        if key == RULES_KEY:
            known = {regime.number for regime in msgspec.json.decode(value or b"", type=tuple[Regime, ...])}
        elif key == KEY:
            borne.append(peek_regime(value or b""))
            assert borne[-1] in known
    assert borne[-1] == regimes(subject)[-1].number == 2
    assert [(regime.version, sorted(regime.rules)) for regime in regimes(subject)] == [
        (0, ["customer-flooding", "twice"]),
        (1, ["customer-flooding", "thrice"]),
    ]


async def test_journeys_that_nobody_uses_pass_over_too(subject: Subject) -> None:
    """And say that the rule of their open alert has gone."""
    subject.fetch(WEB, Record(0, failed(1)), Record(1, failed(2)))
    subject.fold()
    await turns()
    await publish(subject)
    await turned(subject)
    assert subject.lane.rules.waiting == 0
    assert [alert.reason for alert in subject.said if alert.rule == "twice"] == ["", REMOVED]


async def test_suspect_dead_letters_hold_the_turn(subject: Subject) -> None:
    """What must not be sent yet cannot be durable: the rules stay until it is decided."""
    await publish(subject)
    subject.fetch(WEB, *(Record(one, BAD) for one in range(60)))
    subject.fold()
    await turned(subject)
    assert subject.lane.rules.version == 0
    assert subject.lane.rules.is_behind


async def test_the_next_owner_goes_on_under_the_same_regime(subject: Subject) -> None:
    """The same rules are no change: numbers and borders are those of before."""
    await publish(subject)
    subject.fetch(WEB, Record(0, viewed(1)))
    subject.fold()
    await turned(subject)
    await subject.lane.flush()
    before = regimes(subject)
    log = [Record(offset, value, key) for offset, (key, value) in enumerate(subject.fence.of(CHANGELOG))]
    other = Subject()
    await publish(other)
    await other.lane.claim()
    other.lane.goal = len(log)
    other.lane.restore([*log, Record(len(log), b"", b"\0claim-of-ours")])
    other.lane.admit(Facts(4, IDS, {WEB: 1}, {WEB: 1, CHAT: 0}), EARLIEST)
    other.lane.open(IDS)
    assert other.lane.rules.regimes == before
    assert other.lane.rules.waiting == 0
    await other.lane.close()


async def test_a_note_that_cannot_be_read_is_refused() -> None:
    """A newer version wrote it."""
    one = Subject()
    with pytest.raises(CorruptError, match="what an earlier owner noted about the rules"):
        one.lane.restore([Record(0, b"[{}]", RULES_KEY)])
    assert RULES_KEY.startswith(meta.RESERVED)


async def test_what_cannot_be_run_is_refused_and_the_version_before_stays(
    subject: Subject, caplog: pytest.LogCaptureFixture
) -> None:
    """With file, line and column; an older version is no news, and a later one that is right mends it."""
    assert await publish(subject, 2)
    assert not await publish(subject, 3, THRICE.replace("payment.failed", "payment.fialed"))
    assert subject.book.refused is not None
    assert "a.yaml:5:26: unknown touchpoint type" in subject.book.refused.reason
    assert "version 3 is refused, version 2 stays in force" in caplog.text
    assert (subject.book.version, subject.book.newest) == (2, 3)
    assert not await publish(subject, 1)
    assert await publish(subject, 4, THRICE.replace("thrice", "again"))
    assert subject.book.refused is None


async def test_at_a_start_the_newest_version_that_can_be_run_is_taken(subject: Subject) -> None:
    """What it refuses of the newer ones is told; the words of the version before are known."""
    made = [
        RuleSet(1, 1, "", (RuleFile("a.yaml", THRICE),)),
        RuleSet(2, 1, "", (RuleFile("a.yaml", THRICE.replace("thrice", "again")),), follows=1),
    ]
    kept: dict[int, Any] = {one.version: rule_sets.encode(one) for one in made}
    await subject.book.begin({**kept, 3: b"{"})
    assert (subject.book.version, list(subject.book.past)) == (2, ["thrice"])
    assert subject.book.refused is not None
    assert subject.book.refused.version == 3
