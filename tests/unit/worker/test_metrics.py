"""What lanes hold becomes the metrics of a worker."""

import time
from types import SimpleNamespace
from typing import Any, Final

import pytest

from streams.alerts.crowds.crowds import Crowds
from streams.codec.vocabulary import shipped
from streams.rules.compile import compile_rules
from streams.rules.model import Absence, Selector
from streams.testing.journeys import MINUTE_MS, SHOP, at, partition, rule, touchpoint
from streams.worker.lane import Phase
from streams.worker.metrics import Metrics

SILENT: Final = rule(
    "silent", Absence(Selector(("message.received",)), Selector(("message.sent",)), within_ms=10 * MINUTE_MS)
)


class Lane:
    """One lane whose customer was left waiting for ten minutes; `now` is when somebody looked."""

    def __init__(self, now: int, phase: Phase = Phase.READY) -> None:
        self.core = partition([SILENT])
        self.teller = SimpleNamespace(uncounted=dict, crowds=Crowds(compile_rules([], SHOP)))
        self.rules = SimpleNamespace(is_behind=False, waiting=0)
        self.phase, self.is_ready = phase, phase is Phase.READY
        self.core.fold(0, [(0, b"c1", touchpoint("message.received", 0))], now)
        self.core.advance(at(10), now)

    def standing(self) -> dict[str, tuple[int, int]]:
        """Return nothing known of topics."""
        return {}

    def say(self, metrics: Metrics) -> None:
        """Let what is owed be acknowledged."""
        said = self.core.outbox(b"c1")
        self.core.said(b"c1", said)
        metrics.said(said)


def metrics_of(*lanes: Any) -> Metrics:
    """Return the metrics of a worker with these lanes."""
    metrics = Metrics()
    metrics.lanes = lambda: lanes
    metrics.follow(shipped().kinds)
    return metrics


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """Return one series."""
    return metrics.registry.get_sample_value(f"touchpoint_{name}", labels)


def test_what_is_owed_ages_until_it_is_acknowledged() -> None:
    """And is then a negative moment."""
    lane = Lane(int(time.time() * 1000) - 30_000)
    metrics = metrics_of(lane)
    assert value(metrics, "outbox_alerts") == 1
    assert value(metrics, "outbox_age_seconds") == pytest.approx(30, abs=15)
    lane.say(metrics)
    assert value(metrics, "outbox_alerts") == value(metrics, "outbox_age_seconds") == 0
    assert value(metrics, "negative_moments_total", moment="SMOT", channel="chat", severity="high") == 1


@pytest.mark.parametrize(("is_live", "expected"), [(True, 1), (False, 0)])
def test_deadlines_are_timed_by_the_wall_clock_alone(*, is_live: bool, expected: int) -> None:
    """In a replay they are due when the events say so."""
    metrics = metrics_of(Lane(at(10) + 700))
    metrics.is_live = is_live
    assert value(metrics, "deadline_delay_seconds_count") == expected
    assert value(metrics, "deadline_delay_seconds_sum") == (0.7 if is_live else 0)
    assert value(metrics, "deadline_delay_seconds_count") == expected  # counted once


def test_partitions_that_are_read_back_are_seen() -> None:
    """One that the broker refused is none of them; the worker says itself whether it is ready."""
    metrics = metrics_of(*(Lane(0, phase) for phase in Phase))
    assert (value(metrics, "owned_partitions"), value(metrics, "recovering_partitions")) == (1, 2)
    assert value(metrics, "ready") == 0
    metrics.is_ready = lambda: True
    assert value(metrics, "ready") == 1
