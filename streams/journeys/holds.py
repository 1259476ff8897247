"""What waits while a source is blind (law L7): by rule, how far its deadlines can be trusted.

The fold goes on as ever. What a blind source may still bring happened after it went blind, so of the rules that wait
for its types a deadline is certain up to that time only; `certainty` says what that makes of an episode. Holding
decides when something is said, never what stands in the end.
"""

from collections.abc import Iterable, Mapping

import msgspec

from streams.journeys.state import NEVER


class Silence(msgspec.Struct, frozen=True):
    """The touchpoint types that would have changed what a deadline of one rule decides.

    `opening`: those that would have kept an episode from opening. `course`: those that would have changed what became
    of it, the former included, since it may open again.
    """

    opening: frozenset[str] = frozenset()
    course: frozenset[str] = frozenset()


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """One time in which a source was blind; event times in ms since the epoch.

    `since`: up to here we know what the source saw. `decided`: when that was found out. `until`: when all it had seen
    was known, 0 while it is not. `types`: what it is known to produce.
    """

    source: str
    since: int
    decided: int
    until: int = 0
    types: tuple[str, ...] = ()


class Holds:
    """Which deadlines of which rules wait."""

    def __init__(self, silence: Mapping[str, Silence]) -> None:
        """Start with every source seeing; `silence` is by rule."""
        self._silence = silence
        self._outages: tuple[Outage, ...] = ()
        self._limits: dict[str, tuple[int, int]] = {}
        self.next = NEVER  # when time makes a difference next

    @property
    def is_active(self) -> bool:
        """Whether anything waits."""
        return bool(self._limits)

    def limits(self, rule: str) -> tuple[int, int]:
        """Return up to when deadlines of the rule are certain: those that open an episode, and all others."""
        return self._limits.get(rule, (NEVER, NEVER))

    def follow(self, silence: Mapping[str, Silence]) -> None:
        """Go on under other rules; what waits is known after `pass_time`."""
        self._silence = silence

    def tell(self, outages: Iterable[Outage], clock: int) -> bool:
        """Take all outages that are not over, or not for long; return whether something waits no more at `clock`."""
        self._outages = tuple(outages)
        return self.pass_time(clock)

    def pass_time(self, clock: int) -> bool:
        """Take note that time has passed to `clock`; return whether something waits no more."""
        current = [outage for outage in self._outages if not outage.until or clock < outage.until]
        self.next = min((outage.until for outage in current if outage.until), default=NEVER)
        before, self._limits = self._limits, {}
        for rule, silence in self._silence.items() if current else ():
            opening = min((each.since for each in current if not silence.opening.isdisjoint(each.types)), default=NEVER)
            course = min((each.since for each in current if not silence.course.isdisjoint(each.types)), default=NEVER)
            if course < NEVER:
                self._limits[rule] = (opening, course)
        return any(old[0] < new[0] or old[1] < new[1] for rule, old in before.items() for new in (self.limits(rule),))
