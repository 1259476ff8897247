"""The worker's signals as metrics: what happened goes to the recorder, what stands is read at each scrape."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from streams.alerts.alert import Alert
from streams.alerts.figures import Turn
from streams.journeys.sources import Sight, Source
from streams.telemetry.recorder import Reading, Recorder, new_registry
from streams.telemetry.tracing import OFF, Tracer
from streams.touchpoints.rejection import Reason
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Kind
from streams.worker.gains import Gains
from streams.worker.lane import Lane, Phase
from streams.worker.signals import Signals

BOUNDS: Final = ("stats_group", "stats_late", "crowd_late", "crowd_counts", "crowds")
OUTCOMES: Final = ("in_order", "late", "before_floor", "duplicate", "flooded")


class Metrics(Signals):
    """Everything the worker tells, in a registry of its own."""

    def __init__(self, tracer: Tracer = OFF) -> None:
        """Begin at zero; `lanes`, `sources` and the others are set once there are some."""
        self.registry = new_registry()
        self.lanes: Callable[[], Iterable[Lane]] = tuple
        self.sources: Callable[[], Iterable[Source]] = tuple
        self.is_ready: Callable[[], bool] = lambda: False
        self.stalled: Callable[[], float] = float
        self.is_live = True  # else it is a replay, whose deadlines are due when the events say so
        self._recorder = Recorder(self.registry, self._read, tracer)
        self._gains = Gains()

    def follow(self, kinds: Mapping[str, Kind]) -> None:
        """Take the vocabulary, which says to which moment and channel a type belongs."""
        self._recorder.business.kinds = kinds

    def depends(self, dependency: str, is_up: bool) -> None:
        """Take note whether what the worker needs answers it."""
        self._recorder.board.depends(dependency, is_up)

    def folded(
        self,
        touchpoints: Mapping[str, Sequence[Touchpoint]],
        times: Mapping[str, Sequence[int]],
        replayed: int,
        clock: int,
    ) -> None:
        """Count touchpoints and how late they were."""
        self._recorder.batch_folded(touchpoints, times, replayed, clock)

    def slice(self, partition: int, records: int, seconds: float) -> None:
        """Time one slice."""
        self._recorder.slice_folded(records, seconds)

    def refused(self, topic: str, reason: Reason) -> None:
        """Count a dead letter."""
        self._recorder.record_refused(topic, reason)

    def raised(self, alerts: Sequence[Alert], recorded: int) -> None:
        """Begin to time alerts."""
        self._recorder.alerts_raised(alerts, recorded)

    def traced(self, traces: Mapping[tuple[str, int], str]) -> None:
        """Let the times of these alerts be found in their traces."""
        self._recorder.alerts_traced(traces)

    def said(self, alerts: Sequence[Alert]) -> None:
        """Count alerts, and time those that were raised here."""
        self._recorder.alerts_turned(self._turns())
        self._recorder.alerts_said(alerts, int(time.time() * 1000))

    def written(self, partition: int, journeys: int) -> None:
        """Count changelog records."""
        self._recorder.journeys_written(journeys)

    def flushed(self, partition: int, seconds: float) -> None:
        """Time a flush."""
        self._recorder.flushed(seconds)

    def restored(self, records: int, seconds: float) -> None:
        """Time a recovery."""
        self._recorder.journeys_restored(records, seconds)

    def commit_failed(self) -> None:
        """Count a refused commit."""
        self._recorder.commit_failed()

    def rules_refused(self, version: int) -> None:
        """Count a refused version."""
        self._recorder.rules_refused()

    def lost(self, partition: int, why: str) -> None:
        """Count a lost fence."""
        self._recorder.fence_lost()

    def _read(self) -> Reading:
        """Add up what the lanes hold now, and what their counters gained since the last reading."""
        lanes, sources = list(self.lanes()), list(self.sources())
        lag: Counter[str] = Counter()
        watermark: dict[str, int] = {}
        gained = self._gains.take(lanes)
        delays = [delay for lane in lanes for delay in lane.core.figures.take_delays()]
        for lane in lanes:
            for topic, (reached, waiting) in lane.standing().items():
                lag[topic] += waiting
                watermark[topic] = min(watermark.get(topic, reached), reached)
        return Reading(
            partitions=sum(lane.is_ready for lane in lanes),
            journeys=sum(len(lane.core) for lane in lanes),
            journey_bytes=sum(lane.core.store.bytes_held for lane in lanes),
            watermark_ms=watermark,
            lag=lag,
            outcomes={outcome: gained[outcome] for outcome in OUTCOMES},
            refolds=gained["refolds"],
            expired=gained["expired"],
            waiting=sum(len(lane.core.waiting) for lane in lanes),
            sources={sight.value: sum(one.state is sight for one in sources) for sight in Sight},
            skew_ms={one.source: one.skew_ms for one in sources},
            rules_behind=sum(lane.rules.is_behind for lane in lanes),
            rules_waiting=sum(lane.rules.waiting for lane in lanes),
            uncounted={bound: gained[bound] for bound in BOUNDS},
            is_ready=self.is_ready(),
            stalled=self.stalled(),
            recovering=sum(not lane.is_ready and lane.phase is not Phase.LOST for lane in lanes),
            deadlines=sum(len(lane.core.deadlines) for lane in lanes),
            delays_ms=delays if self.is_live else (),
            outbox=sum(lane.core.figures.owed for lane in lanes),
            outbox_age_ms=self._owed_age(lanes) if self.is_live else 0,
            promises={name: count for name, count in gained.items() if isinstance(name, tuple)},
        )

    def _turns(self) -> Iterator[Turn]:
        for lane in self.lanes():
            for turns in (lane.core.turns, lane.teller.crowds.turns):
                yield from turns
                turns.clear()

    @staticmethod
    def _owed_age(lanes: Iterable[Lane]) -> int:
        oldest = min((since for lane in lanes if (since := lane.core.figures.owed_since)), default=0)
        return int(time.time() * 1000) - oldest if oldest else 0
