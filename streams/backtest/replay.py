"""Rules over recorded touchpoints, without a broker: the same pure code as the worker's (law L10).

The clock is the touchpoints' own. Several files are merged by event time; within a file the order of the lines is the
order of arrival. What one line says of itself is checked as the worker would check the record.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.partition import Partition
from streams.codec import checks
from streams.codec.files import Line
from streams.rules.compile import Plan
from streams.touchpoints.rejection import Rejection
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

_TOPIC: Final = 0  # one log for all touchpoints: which topic they came by makes no difference to the fold
_BATCH: Final = 1_000
_KEPT_REFUSALS: Final = 20


class Refused(NamedTuple):
    """A line that is no touchpoint."""

    path: str
    line: int
    rejection: Rejection


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


class Replay:
    """One run over recorded touchpoints; `refused` keeps the first bad lines."""

    def __init__(self, plan: Plan, vocabulary: Vocabulary) -> None:
        """Start with no journeys."""
        self.partition = Partition(0, plan)
        self.refused: list[Refused] = []
        self.summary = Summary()
        self.last: dict[str, Alert] = {}
        self._vocabulary = vocabulary
        self._offset = 0

    def run(self, files: dict[str, Iterable[Line]], until: int | None, tell: Callable[[Alert], None]) -> Summary:
        """Fold all lines, let time pass to `until` (ms; default: the last event time), tell of each revision."""
        batch: list[tuple[int, bytes | None, Touchpoint]] = []
        for touchpoint in self._touchpoints(files):
            batch.append((self._offset, None, touchpoint))
            self._offset += 1
            if len(batch) == _BATCH:
                self._fold(batch, tell)
                batch = []
        self._fold(batch, tell)
        end = max(self.partition.clock + 1, until or 0)
        while self.partition.advance(end, end):
            self._say(tell)
        self._say(tell)
        return self._summarise()

    def _fold(self, batch: list[tuple[int, bytes | None, Touchpoint]], tell: Callable[[Alert], None]) -> None:
        self.partition.fold(_TOPIC, batch, self.partition.clock, follow=True)
        self._say(tell)

    def _say(self, tell: Callable[[Alert], None]) -> None:
        partition = self.partition
        for key in partition.take_alerting():
            alerts = partition.outbox(key)
            partition.said(key, alerts)
            for alert in alerts:
                self.last[alert.alert_id] = alert
                tell(alert)
        partition.take_dirty()

    def _touchpoints(self, files: dict[str, Iterable[Line]]) -> Iterator[Touchpoint]:
        sources = [self._checked(path, lines) for path, lines in files.items()]
        return sources[0] if len(sources) == 1 else heapq.merge(*sources, key=lambda touchpoint: touchpoint.time)

    def _checked(self, path: str, lines: Iterable[Line]) -> Iterator[Touchpoint]:
        for number, outcome, recorded in lines:
            rejection = outcome if isinstance(outcome, Rejection) else self._check(outcome, recorded)
            if rejection is None and isinstance(outcome, Touchpoint):
                self.summary.touchpoints += 1
                yield outcome
            elif rejection is not None:
                self.summary.refused += 1
                if len(self.refused) < _KEPT_REFUSALS:
                    self.refused.append(Refused(path, number, rejection))

    def _check(self, touchpoint: Touchpoint, recorded: int | None) -> Rejection | None:
        return (
            checks.check(touchpoint)
            or checks.check_type(touchpoint, self._vocabulary)
            or (checks.check_ahead(touchpoint, recorded) if recorded is not None else None)
        )

    def _summarise(self) -> Summary:
        summary, counters = self.summary, self.partition.counters
        summary.journeys = len(self.partition) + counters.expired
        summary.late, summary.before_floor, summary.duplicates = (
            counters.late,
            counters.before_floor,
            counters.duplicate,
        )
        standing = Counter(alert.rule for alert in self.last.values() if alert.status != Status.RETRACTED)
        summary.alerts = dict(sorted(standing.items()))
        return summary
