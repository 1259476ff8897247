"""Rules over recorded touchpoints, without a broker: the same pure code as the worker's (law L10).

The clock is the touchpoints' own. Several files are merged by event time; within a file the order of the lines is the
order of arrival. What one line says of itself is checked as the worker would check the record.
`parallel` does the same on several cores.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.holds import is_own
from streams.alerts.views import Counters
from streams.backtest.crowds import CrowdReplay
from streams.backtest.nuisance import Page
from streams.backtest.shard import Shard
from streams.codec import checks
from streams.codec.files import Line
from streams.journeys.holds import Outage
from streams.rules.compile import Plan
from streams.touchpoints.rejection import Rejection
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

_KEPT_REFUSALS: Final = 20


class Refused(NamedTuple):
    """A line that is no touchpoint."""

    path: str
    line: int
    rejection: Rejection


class Taken(NamedTuple):
    """A touchpoint with its line, and how far it lets the clock go, in ms: one dated ahead takes nobody else along."""

    line: int
    at: int
    touchpoint: Touchpoint


class Summary(msgspec.Struct):
    """What came of a replay. `alerts` counts, by rule, the alerts that stand at its end."""

    touchpoints: int = 0
    refused: int = 0
    journeys: int = 0
    alerts: dict[str, int] = {}
    seconds: float = 0.0
    late: int = 0
    before_floor: int = 0
    duplicates: int = 0


class Span(msgspec.Struct):
    """The first and the last event time (ms); no touchpoint, no span."""

    first: int = 1 << 62
    last: int = 0

    @property
    def hours(self) -> float:
        """Return how long it is."""
        return max(0, self.last - self.first) / 3_600_000

    def add(self, other: "Span") -> None:
        """Stretch it over another one."""
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)


class Intake:
    """The touchpoints among the lines of one file; counts them, and keeps the first lines that are none."""

    def __init__(self, path: str, vocabulary: Vocabulary) -> None:
        """Start with nothing counted."""
        self.path = path
        self.taken = 0
        self.refused = 0
        self.first_refused: list[Refused] = []
        self.span = Span()
        self._vocabulary = vocabulary

    def touchpoints(self, lines: Iterable[Line]) -> Iterator[Taken]:
        """Yield each line that is a touchpoint."""
        for number, outcome, recorded in lines:
            rejection = outcome if isinstance(outcome, Rejection) else self._check(outcome, recorded)
            if isinstance(outcome, Touchpoint) and is_own(outcome):
                continue
            if rejection is None and isinstance(outcome, Touchpoint):
                self.taken += 1
                span, at = self.span, outcome.time
                span.last = max(span.last, at)
                span.first = min(span.first, at)
                yield Taken(number, at if recorded is None or recorded > at else recorded, outcome)
            elif rejection is not None:
                self.refused += 1
                if len(self.first_refused) < _KEPT_REFUSALS:
                    self.first_refused.append(Refused(self.path, number, rejection))

    def _check(self, touchpoint: Touchpoint, recorded: int | None) -> Rejection | None:
        return (
            checks.check(touchpoint)
            or checks.check_type(touchpoint, self._vocabulary)
            or (checks.check_ahead(touchpoint, recorded) if recorded is not None else None)
        )


class Outcome:
    """What came of a replay so far.

    `last` holds the last revision of each alert, `pages` what people were called for, `refused` the first bad lines.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.summary = Summary()
        self.last: dict[str, Alert] = {}
        self.pages: list[Page] = []
        self._fired: set[str] = set()
        self.refused: list[Refused] = []
        self.span = Span()

    def hear(self, alert: Alert) -> None:
        """Take note of a revision; those of one alert come in their order."""
        self.last[alert.alert_id] = alert
        if alert.status is Status.FIRING:
            self._fired.add(alert.alert_id)

    def fired(self) -> list[Alert]:
        """Return the last revisions of the alerts that people were told of: not of what healed while it was watched."""
        return [alert for name, alert in self.last.items() if name in self._fired]

    def count_lines(self, taken: int, refused: int, first: list[Refused], span: Span) -> None:
        """Add what was read of one file, or of a part of one."""
        self.span.add(span)
        self.summary.touchpoints += taken
        self.summary.refused += refused
        self.refused += first

    def count_journeys(self, journeys: int, counters: Counters, pages: list[Page]) -> None:
        """Add what became of some of the customers."""
        self.pages += pages
        summary = self.summary
        summary.journeys += journeys + counters.expired
        summary.late += counters.late
        summary.before_floor += counters.before_floor
        summary.duplicates += counters.duplicate

    def close(self, paths: list[str]) -> Summary:
        """Count the alerts that stand, and put the bad lines in the order of the files and their lines."""
        self.refused.sort(key=lambda each: (paths.index(each.path), each.line))
        del self.refused[_KEPT_REFUSALS:]
        standing = Counter(alert.rule for alert in self.last.values() if alert.status != Status.RETRACTED)
        self.summary.alerts = dict(sorted(standing.items()))
        return self.summary


class Replay(Outcome):
    """One run over recorded touchpoints, on one core."""

    def __init__(
        self, plan: Plan, vocabulary: Vocabulary, outages: Iterable[Outage] = (), said: Iterable[Alert] = ()
    ) -> None:
        """Start with no journeys; `outages` are those of the sources, all of them, and `said` the alerts about them."""
        super().__init__()
        self._plan = plan
        self._outages = tuple(outages)
        self._said = tuple(said)
        self._vocabulary = vocabulary

    def run(self, files: dict[str, Iterable[Line]], until: int | None, tell: Callable[[Alert], None]) -> Summary:
        """Fold all lines, let time pass to `until` (ms; default: the last event time), tell of each revision."""

        def told(alert: Alert) -> None:
            self.hear(alert)
            tell(alert)

        for alert in self._said:
            told(alert)
        shard, crowds = Shard(self._plan, told, self._outages), CrowdReplay(self._plan, told)
        counted = crowds.types
        intakes = {path: Intake(path, self._vocabulary) for path in files}
        latest = 0
        for _, at, touchpoint in merged(intakes[path].touchpoints(lines) for path, lines in files.items()):
            latest = max(latest, at)
            if touchpoint.type in counted:
                crowds.take(touchpoint, latest)
            if touchpoint.customer:
                shard.take(touchpoint, latest)
        shard.finish(max(latest, until or 0))
        crowds.wait(max(latest, until or 0))
        for intake in intakes.values():
            self.count_lines(intake.taken, intake.refused, intake.first_refused, intake.span)
        self.count_journeys(len(shard.partition), shard.partition.counters, shard.pages.found())
        return self.close(list(files))


def merged(files: Iterable[Iterator[Taken]]) -> Iterator[Taken]:
    """Return what several files hold, by the time to which they let the clock go; of one file, as it stands."""
    first, *others = files
    return heapq.merge(first, *others, key=attrgetter("at")) if others else first


def ordered(alerts: Iterable[Alert]) -> list[Alert]:
    """Return alert revisions in the order in which they were detected; of one alert that of its revisions."""
    return sorted(alerts, key=lambda alert: (alert.detected_at, alert.customer, alert.alert_id, alert.revision))
