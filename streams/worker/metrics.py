"""The worker's signals as metrics: what happened goes to the recorder, what stands is read at each scrape."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final
from weakref import WeakKeyDictionary

import msgspec

from streams.alerts.alert import Alert
from streams.journeys.sources import Sight, Source
from streams.telemetry.recorder import Reading, Recorder, new_registry
from streams.touchpoints.rejection import Reason
from streams.touchpoints.touchpoint import Touchpoint
from streams.worker.lane import Lane
from streams.worker.signals import Signals

BOUNDS: Final = ("stats_group", "stats_late", "crowd_late", "crowd_counts", "crowds")
OUTCOMES: Final = ("in_order", "late", "before_floor", "duplicate", "flooded")


class Metrics(Signals):
    """Everything the worker tells, in a registry of its own."""

    def __init__(self) -> None:
        """Begin at zero; `lanes` and `sources` are set once there are some."""
        self.registry = new_registry()
        self.lanes: Callable[[], Iterable[Lane]] = tuple
        self.sources: Callable[[], Iterable[Source]] = tuple
        self._recorder = Recorder(self.registry, self._read)
        self._counted: WeakKeyDictionary[Lane, dict[str, int]] = WeakKeyDictionary()

    def folded(self, touchpoints: Mapping[str, Sequence[Touchpoint]], replayed: int, clock: int) -> None:
        """Count touchpoints and how late they were."""
        self._recorder.batch_folded(touchpoints, replayed, clock)

    def slice(self, partition: int, records: int, seconds: float) -> None:
        """Time one slice."""
        self._recorder.slice_folded(records, seconds)

    def refused(self, topic: str, reason: Reason) -> None:
        """Count a dead letter."""
        self._recorder.record_refused(topic, reason)

    def raised(self, alerts: Sequence[Alert], recorded: int) -> None:
        """Begin to time alerts."""
        self._recorder.alerts_raised(alerts, recorded)

    def said(self, alerts: Sequence[Alert]) -> None:
        """Count alerts, and time those that were raised here."""
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
        gained: Counter[str] = Counter()
        for lane in lanes:
            gained += self._gain(lane)
            for topic, (reached, waiting) in lane.standing().items():
                lag[topic] += waiting
                watermark[topic] = min(watermark.get(topic, reached), reached)
        return Reading(
            partitions=sum(lane.is_ready for lane in lanes),
            journeys=sum(len(lane.core) for lane in lanes),
            journey_bytes=sum(lane.core.bytes_held for lane in lanes),
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
        )

    def _gain(self, lane: Lane) -> Counter[str]:
        now: dict[str, int] = msgspec.structs.asdict(lane.core.counters) | lane.teller.uncounted()
        before = self._counted.get(lane, {})
        self._counted[lane] = now
        return Counter({name: count - before.get(name, 0) for name, count in now.items()})
