"""Which rules wait for a blind source, and from when on they do not."""

from typing import Final

from streams.journeys.holds import Holds, Outage, Silence
from streams.journeys.state import NEVER
from streams.testing.journeys import at

SILENCE: Final = {
    "unanswered": Silence(frozenset({"message.sent"}), frozenset({"message.sent", "call.connected"})),
    "failing": Silence(frozenset(), frozenset({"order.completed"})),
}


def outage(*types: str, since: float = 0, until: float | None = None) -> Outage:
    """Return an outage of a source that produces these types."""
    return Outage(
        source="//a", since=at(since), decided=at(since), until=at(until) if until is not None else 0, types=types
    )


def test_only_rules_that_depend_on_the_source_wait() -> None:
    """Opening and course by themselves: a missing call does not keep an unanswered message from being one."""
    holds = Holds(SILENCE)
    holds.tell([outage("call.connected")], at(5))
    assert holds.limits("unanswered") == (NEVER, at(0))
    assert holds.limits("failing") == (NEVER, NEVER)
    holds.tell([outage("page.viewed")], at(5))
    assert not holds.is_active


def test_the_earliest_of_several_outages_counts() -> None:
    """And when it is over, the other one."""
    holds = Holds(SILENCE)
    holds.tell([outage("message.sent", since=3), outage("message.sent", since=7)], at(8))
    assert holds.limits("unanswered") == (at(3), at(3))
    assert holds.tell([outage("message.sent", since=3, until=9), outage("message.sent", since=7)], at(9))
    assert holds.limits("unanswered") == (at(7), at(7))


def test_a_clock_that_has_not_reached_the_end_of_an_outage_still_waits() -> None:
    """What the source had seen may still be unread on this partition."""
    holds = Holds(SILENCE)
    assert not holds.tell([outage("message.sent", until=20)], at(10))
    assert holds.is_active
    assert holds.next == at(20)
    assert not holds.pass_time(at(19))
    assert holds.pass_time(at(20))
    assert not holds.is_active
