"""Why an alert about a crowd was raised, and the nearest changes under which it would not have been.

The counts are made again from the touchpoints, and each change is tried on them by the course that the worker follows.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from streams.alerts.alert import Alert
from streams.alerts.crowds.counts import Counts
from streams.alerts.crowds.course import Course, Standing
from streams.alerts.crowds.tally import Tally
from streams.backtest.explain import USUAL, WITHOUT, Change, Clause, Explanation
from streams.errors import UsageError
from streams.journeys.fold import read_data
from streams.journeys.state import NEVER, Episode
from streams.rules.compile import compile_rules
from streams.rules.crowd import BUCKET_MS
from streams.rules.model import Rule
from streams.rules.over import value_of
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

_ABOVE: Final = 1 + 1e-9  # an average that is just above the limit


def explain_crowd(alert: Alert, rule: Rule, vocabulary: Vocabulary, touchpoints: Iterable[Touchpoint]) -> Explanation:
    """Explain an alert of this rule over a crowd from the touchpoints of everybody; others do no harm.

    The clauses have the counts of the five minutes in which the surge began, and the average before; the threshold of
    the average is the largest with which the rule fires. Raises UsageError when these touchpoints do not lead to the
    alert, and ValueError for a rule that is over no crowd.
    """
    surge = _Surge(alert, rule, vocabulary, touchpoints)
    began = surge.began(surge.counts())
    if began is None:
        raise UsageError(
            "these touchpoints do not lead to the alert",
            place=alert.alert_id,
            remedy="give all files, also those of the baseline, and the same rules",
        )
    clauses = surge.clauses(began)
    return Explanation(alert, clauses, tuple(surge.changes(clauses)))


class _Surge:
    """The five minutes in which one crowd's alert began, as they were and as they might have been."""

    def __init__(self, alert: Alert, rule: Rule, vocabulary: Vocabulary, touchpoints: Iterable[Touchpoint]) -> None:
        self._alert, self._rule = alert, rule
        self._course = Course(rule, alert.subject)
        self._plan = compile_rules([rule], vocabulary)
        self._bucket = alert.started_at // BUCKET_MS
        given = list(touchpoints)
        self._clock = max([alert.detected_at, alert.ended_at, *(each.time for each in given)])
        self._own = self._counted(given)

    def counts(self, gone: Sequence[Touchpoint] = ()) -> Counts:
        """Return the counts of the crowd without some of its touchpoints."""
        tally, counts, left_out = Tally(self._plan), Counts(), {id(each) for each in gone}
        for touchpoint in self._own:
            if id(touchpoint) not in left_out:
                for each in tally.count(touchpoint):
                    counts.put(each.bucket, 0, each.counted)
        return counts

    def began(self, counts: Counts) -> Episode | None:
        """Return the episode that begins with the alert on these counts, if one does."""
        return next((each for each in self._episodes(counts) if each.started_at == self._alert.started_at), None)

    def clauses(self, began: Episode) -> tuple[Clause, ...]:
        """Return the clauses of the episode with what was counted."""
        counts = self.counts()
        amount, usual = self._amount(counts), self._course.usual(counts, self._bucket)
        known = {each.id: each for each in self._window()}
        surge, *others = began.evidence
        first = tuple(known[name] for name in surge.touchpoints)
        found = [Clause(surge.clause, amount, surge.threshold, first)]
        if others:
            *ratio, average = others
            found += [Clause(each.clause, amount / usual, each.threshold, ()) for each in ratio]
            found.append(Clause(average.clause, usual, amount / self._course.crowd.times, ()))
        return tuple(found)

    def changes(self, clauses: tuple[Clause, ...]) -> Iterable[Change]:
        """Yield the smallest removal from the surge, and the average from which on it is nothing unusual."""
        surge, average = clauses[0], clauses[-1]
        limit, matches = surge.threshold, self._latest()
        if self._course.crowd.times:
            limit = max(limit, self._course.crowd.times * average.value)
        for size in range(max(1, len(matches) - math.ceil(limit) + 1), len(matches) + 1):
            gone = tuple(each for group in matches[:size] for each in group)
            counts = self.counts(gone)
            if self.began(counts) is None:
                later = [each.started_at for each in self._episodes(counts) if each.started_at > self._alert.started_at]
                yield Change(WITHOUT, gone, surge.clause, self._amount(counts), surge.value, min(later, default=None))
                break
        if self._course.crowd.times:
            counts = self.counts()
            counts.usual[self._bucket] = average.threshold * _ABOVE
            if self.began(counts) is None:
                yield Change(USUAL, (), average.clause, average.threshold, average.value)

    def _counted(self, touchpoints: Iterable[Touchpoint]) -> list[Touchpoint]:
        """Return what the crowd counts, each once."""
        crowd, types = self._course.crowd, Tally(self._plan).types
        value, unique = value_of(crowd.over), dict[tuple[str, str], Touchpoint]()
        for each in touchpoints:
            if each.type in types and f"{crowd.over.value}:{value(each, read_data(each))}" == self._alert.subject:
                unique.setdefault((each.source, each.id), each)
        return list(unique.values())

    def _latest(self) -> list[list[Touchpoint]]:
        """Return the matches of the window, the latest first; together those of which only one counts."""
        groups: dict[object, list[Touchpoint]] = {}
        for touchpoint in self._window():
            for each in Tally(self._plan).count(touchpoint):
                if each.counted.matches and (each.counted.who or not self._course.crowd.of):
                    name = each.counted.who or (touchpoint.source, touchpoint.id)
                    groups.setdefault(name, []).append(touchpoint)
        return list(groups.values())[::-1]

    def _window(self) -> list[Touchpoint]:
        """Return what the crowd counts in the window of the surge, by time."""
        end = (self._bucket + 1) * BUCKET_MS
        start = end - self._course.window * BUCKET_MS
        return sorted((each for each in self._own if start <= each.time < end), key=lambda each: each.time)

    def _amount(self, counts: Counts) -> int:
        return self._course.amount(counts, self._bucket, self._course.window)

    def _episodes(self, counts: Counts) -> list[Episode]:
        first = next(iter(counts.between(0, counts.last + 1)), self._bucket)
        return self._course.follow(Standing(), counts, first, NEVER, self._clock)[0]
