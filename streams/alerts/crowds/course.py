"""The episodes of one crowd as a function of its counts and the clock: law L5 by construction.

Counts may come in any order and from any number of owners. Whoever holds them asks again from the last floor, and gets
the same episodes. A surge is seen as soon as its bucket holds enough, even while that is open; what silence decides
(calm, clean, lost, expired) only when the clock has passed.
"""

from typing import Final

import msgspec

from streams.alerts.crowds import sketch
from streams.alerts.crowds.counts import KEPT, Counts
from streams.journeys.state import EXPIRED, FIRING, LOST, NEVER, RECOVERED, Episode, Evidence
from streams.rules.crowd import BUCKET_MS
from streams.rules.model import Rule
from streams.rules.operators.leaf import duration, words

_BEFORE_ALL: Final = -(1 << 40)  # a bucket


class Standing(msgspec.Struct, array_like=True):
    """How things stand between two buckets: what goes on from there needs nothing older but counts.

    `calm_since`: the first bucket of the calm that an open episode is in, -1 for none. `usual`: the average at its
    start.
    """

    ordinal: int = 0
    last_start: int = _BEFORE_ALL * BUCKET_MS
    episode: Episode | None = None
    usual: float = 0.0
    clean: int = 0
    calm_since: int = -1


class Course:
    """Follows one crowd under one rule. `over` names it, like `till://pos/madrid-014/till-3`."""

    def __init__(self, rule: Rule, over: str) -> None:
        """Follow a rule over a crowd; raises ValueError for another one."""
        if rule.crowd is None:
            raise ValueError(rule.id)
        self.rule = rule
        self.crowd = rule.crowd
        self.over = over
        self._window = rule.crowd.within_ms // BUCKET_MS
        self._baseline = rule.crowd.baseline_ms // BUCKET_MS
        self._calm = rule.crowd.calm_ms // BUCKET_MS

    def follow(
        self, standing: Standing, counts: Counts, start: int, until: int, clock: int
    ) -> tuple[list[Episode], int]:
        """Go on from `standing` before bucket `start`; it becomes how things stand before bucket `until`.

        Returns:
            The episodes that were open in this time, and when (ms) silence decides something next.
        """
        run = _Run(self, standing, counts, clock)
        before = start
        for bucket in counts.between(start, until):
            run.wait(before, bucket)
            run.meet(bucket)
            before = bucket
        run.wait(before, until)
        if standing.episode is not None:
            run.episodes.append(standing.episode)
        return run.episodes, run.due

    @property
    def reach(self) -> int:
        """How many buckets back a decision looks."""
        return self._window + self._baseline

    @property
    def window(self) -> int:
        """Buckets of the window."""
        return self._window

    def amount(self, counts: Counts, end: int, length: int) -> int:
        """Return what the `length` buckets up to and with `end` hold."""
        there = counts.between(end - length + 1, end + 1)
        if self.crowd.of:
            return sketch.size(sketch.union(counts.at[bucket].who for bucket in there))
        return sum(counts.at[bucket].matches for bucket in there)

    def usual(self, counts: Counts, end: int) -> float:
        """Return the average window of the baseline before the window that ends with `end`.

        Time of which nothing is known counts as quiet: with little history the number alone decides.
        """
        if not self._baseline:
            return 0.0
        last = end - self._window
        if not self.crowd.of:
            return self.amount(counts, last, self._baseline) * self._window / self._baseline
        windows = range(last, last - self._baseline, -self._window)
        return sum(self.amount(counts, each, self._window) for each in windows) * self._window / self._baseline


class _Run:
    """One pass over the buckets in their order."""

    def __init__(self, course: Course, standing: Standing, counts: Counts, clock: int) -> None:
        self.episodes: list[Episode] = []
        self.due = NEVER
        self._course = course
        self._standing = standing
        self._counts = counts
        self._clock = clock

    def meet(self, bucket: int) -> None:
        """Take a bucket that holds something."""
        counted, standing, crowd = self._counts.at[bucket], self._standing, self._course.crowd
        if standing.episode is None:
            if counted.matches:
                self._begin(bucket)
            return
        standing.clean = 0 if counted.matches else standing.clean + counted.clean
        if crowd.clean is not None and standing.clean >= crowd.clean_count:
            reason = f"{crowd.clean_count} times {words(crowd.clean)}, and no more trouble"
            self._end((bucket + 1) * BUCKET_MS, RECOVERED, reason)
        elif counted.matches and self._amount(bucket) >= self._limit():
            standing.calm_since = -1

    def wait(self, before: int, until: int) -> None:
        """Let the time after bucket `before` pass, in which nothing comes, to the beginning of bucket `until`."""
        standing, rule, crowd = self._standing, self._course.rule, self._course.crowd
        if standing.episode is None:
            return
        ends: list[tuple[int, str, str]] = []
        if crowd.calm_ms:
            if standing.calm_since < 0:
                standing.calm_since = self._calm_from(before, until)
            if standing.calm_since >= 0:
                reason = f"less than {crowd.below:g} times the average for {duration(crowd.calm_ms)}"
                ends.append((standing.calm_since * BUCKET_MS + crowd.calm_ms, RECOVERED, reason))
        began = standing.episode.started_at
        if rule.lost_after_ms:
            ends.append((began + rule.lost_after_ms, LOST, f"not recovered for {duration(rule.lost_after_ms)}"))
        ends.append((began + rule.expires_ms, EXPIRED, "followed for long enough"))
        at, status, reason = min(ends, key=lambda end: end[0])
        if at <= until * BUCKET_MS:
            self._end(at, status, reason)

    def _begin(self, bucket: int) -> None:
        standing, course, crowd = self._standing, self._course, self._course.crowd
        at = bucket * BUCKET_MS
        if at - standing.last_start < course.rule.cooldown_ms:
            return
        amount = self._amount(bucket)
        if amount < crowd.at_least:
            return
        usual = self._counts.usual.get(bucket, -1.0)
        if usual < 0:
            usual = self._counts.usual[bucket] = course.usual(self._counts, bucket)
        if crowd.times and amount < crowd.times * usual:
            return
        standing.ordinal += 1
        standing.last_start = at
        standing.usual = usual
        standing.clean = 0
        standing.calm_since = -1
        rule = course.rule
        evidence = self._evidence(bucket, amount, usual)
        standing.episode = Episode(
            rule.id,
            rule.version,
            course.over,
            standing.ordinal,
            FIRING,
            rule.severity.value,
            at,
            at,
            evidence=evidence,
        )

    def _end(self, at: int, status: str, reason: str) -> None:
        """End the episode if the clock has come so far; else note when to look again."""
        standing = self._standing
        if at > self._clock:
            self.due = min(self.due, at)
            return
        assert standing.episode is not None  # noqa: S101 - the callers have looked
        self.episodes.append(msgspec.structs.replace(standing.episode, status=status, ended_at=at, reason=reason))
        standing.episode = None

    def _calm_from(self, before: int, until: int) -> int:
        """Return the first bucket from `before` on, before `until`, whose window is calm; -1 for none."""
        limit = self._limit()
        for bucket in range(before, min(before + self._course.window + 1, until)):
            if self._amount(bucket) < limit:
                return bucket
        return -1

    def _amount(self, bucket: int) -> int:
        return self._course.amount(self._counts, bucket, self._course.window)

    def _limit(self) -> float:
        """Return below what a window is calm; where nothing is usual, an empty one is."""
        return max(1.0, self._course.crowd.below * self._standing.usual)

    def _evidence(self, bucket: int, amount: int, usual: float) -> tuple[Evidence, ...]:
        crowd, counts = self._course.crowd, self._counts
        window = counts.between(bucket - self._course.window + 1, bucket + 1)
        first = sorted(one for each in window for one in counts.at[each].first)
        ids = tuple(identity for _, identity in first[: min(KEPT, crowd.at_least)])
        what = f"different {crowd.of} of " if crowd.of else ""
        clause = f"{what}{words(crowd.selector)} within {duration(crowd.within_ms)} over one {crowd.over.value}"
        found = Evidence(clause, _step(amount, crowd.at_least), crowd.at_least, ids)
        if not crowd.times:
            return (found,)
        before = f"the average of the {duration(crowd.baseline_ms)} before"
        times = (Evidence(f"times {before}", round(found.value / usual, 2), crowd.times),) if usual else ()
        return (found, *times, Evidence(before, round(usual, 2), 0))


def _step(amount: int, at_least: int) -> int:
    """Return what was reached in doublings of the threshold, so that a growing surge is not news at each touchpoint."""
    step = at_least
    while 2 * step <= amount:
        step *= 2
    return step
