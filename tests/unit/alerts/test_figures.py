"""What a partition hands out for metrics."""

from typing import Final

from streams.alerts.alert import Status
from streams.alerts.figures import Turn
from streams.rules.model import Absence, Count, Selector
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rule, touchpoint

TWICE: Final = rule(
    "twice",
    Count(Selector(("payment.failed",)), at_least=2, within_ms=60 * MINUTE_MS),
    recovers_on=(Selector(("order.completed",)),),
)
SILENT: Final = rule(
    "silent", Absence(Selector(("message.received",)), Selector(("message.sent",)), within_ms=10 * MINUTE_MS)
)


def turned(owner: Harness) -> list[Turn]:
    """Take what has turned."""
    turns = list(owner.partition.turns)
    owner.partition.turns.clear()
    return turns


def test_each_revision_says_what_was_said_before_it() -> None:
    """So whoever counts need not remember alerts over restarts."""
    owner = Harness(partition([TWICE]))
    owner.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1))
    assert [(turn.revision, turn.before) for turn in turned(owner)] == [(1, "")]
    owner.restart()
    owner.feed(touchpoint("order.completed", 2))
    (turn,) = turned(owner)
    assert (turn.revision, turn.before) == (2, Status.FIRING)
    assert owner.alerts[-1].status is Status.RECOVERED


def test_what_is_taken_back_was_something_before() -> None:
    """An answer that arrives late shows that nobody was silent."""
    owner = Harness(partition([SILENT]))
    owner.feed(touchpoint("message.received", 0))
    owner.advance(at(12))
    turned(owner)
    owner.feed(touchpoint("message.sent", 5))
    assert owner.alerts[-1].status is Status.RETRACTED
    assert [turn.before for turn in turned(owner)] == [Status.FIRING]


def test_what_is_owed_is_known_until_it_is_acknowledged() -> None:
    """With the age of the oldest, also after a restart."""
    core = partition([TWICE])
    inputs = [(number, b"c1", touchpoint("payment.failed", number)) for number in range(2)]
    core.fold(0, inputs, at(5))
    assert (core.figures.owed, core.figures.owed_since) == (1, at(5))
    again = partition([TWICE])
    again.restore([(b"c1", core.value(b"c1"))])
    again.start(at(6))
    assert (again.figures.owed, again.figures.owed_since) == (1, at(6))
    for each in (core, again):
        each.said(b"c1", each.outbox(b"c1"))
        assert (each.figures.owed, each.figures.owed_since) == (0, 0)


def test_the_oldest_debt_stays_the_oldest() -> None:
    """A customer to whom more is owed waits since the first of it."""
    figures = partition([]).figures
    figures.owe(b"a", 1, 1_000)
    figures.owe(b"b", 1, 2_000)
    figures.owe(b"a", 1, 3_000)
    assert (figures.owed, figures.owed_since) == (3, 1_000)
    figures.settle(b"a", 0)
    assert (figures.owed, figures.owed_since) == (1, 2_000)


def test_a_deadline_tells_how_long_it_waited_for_somebody_to_look() -> None:
    """By the clock of the caller; what was not due is no delay."""
    owner = Harness(partition([SILENT]))
    owner.feed(touchpoint("message.received", 0))
    owner.advance(at(9), now=at(9))
    assert owner.partition.figures.take_delays() == []
    owner.advance(at(12), now=at(12) + 500)
    assert owner.partition.figures.take_delays() == [2 * MINUTE_MS + 500]
    assert owner.partition.figures.take_delays() == []
