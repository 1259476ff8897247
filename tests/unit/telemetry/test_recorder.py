"""Events become the metrics of the catalogue."""

import math

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from streams.alerts.alert import Alert, Status
from streams.telemetry.catalogue import RULE, WORKER, Kind
from streams.telemetry.recorder import Reading, Recorder
from streams.touchpoints.rejection import Reason
from streams.touchpoints.touchpoint import Touchpoint


@pytest.fixture
def registry() -> CollectorRegistry:
    """A registry of this test alone."""
    return CollectorRegistry()


@pytest.fixture
def recorder(registry: CollectorRegistry) -> Recorder:
    """A recorder whose readings tests replace."""
    return Recorder(registry)


def _touchpoint(kind: str, time: int = 0) -> Touchpoint:
    return Touchpoint(id="1", source="//test", type=kind, time=time, customer="c1")


def _fold(recorder: Recorder, batch: dict[str, list[Touchpoint]], replayed: int, clock_ms: int) -> None:
    times = {topic: [touchpoint.time for touchpoint in touchpoints] for topic, touchpoints in batch.items()}
    recorder.batch_folded(batch, times, replayed, clock_ms)


def _alert(
    rule: str = "r", revision: int = 1, status: Status = Status.FIRING, alert_id: str = "a", mode: str = "live"
) -> Alert:
    return Alert(alert_id, revision, status, rule, 1, "FMOT", "high", "c1", "", 0, 0, 0, {}, {}, mode=mode)


def _value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


def test_touchpoints_are_grouped_by_the_first_word(recorder: Recorder, registry: CollectorRegistry) -> None:
    """Hundreds of types make a handful of series."""
    kinds = ["payment.failed", "payment.started", "page.viewed"]
    _fold(recorder, {"touchpoints.web": [_touchpoint(kind) for kind in kinds]}, 0, 0)
    assert _value(registry, "touchpoint_touchpoints_total", topic="touchpoints.web", group="payment") == 2
    assert _value(registry, "touchpoint_touchpoints_total", topic="touchpoints.web", group="page") == 1


def test_the_first_dead_letters_are_an_increase(recorder: Recorder, registry: CollectorRegistry) -> None:
    """Each topic that is read shows every reason at zero before anything is refused; what was refused stays."""
    recorder.record_refused("touchpoints.pos", Reason.BAD_DATA)
    recorder.read = lambda: Reading(lag={"touchpoints.web": 0, "touchpoints.pos": 0})
    for reason in Reason:
        assert _value(registry, "touchpoint_dead_letters_total", topic="touchpoints.web", reason=reason) == 0
    recorder.record_refused("touchpoints.web", Reason.BAD_DATA)
    for topic in ("touchpoints.web", "touchpoints.pos"):
        assert _value(registry, "touchpoint_dead_letters_total", topic=topic, reason=Reason.BAD_DATA) == 1


@pytest.mark.parametrize("name", ["commit_failures", "fences_lost", "rules_refused"])
def test_the_first_failure_is_an_increase(registry: CollectorRegistry, recorder: Recorder, name: str) -> None:
    """What has no labels is shown from zero as well."""
    assert recorder.board.registry is registry
    assert _value(registry, f"touchpoint_{name}_total") == 0


def test_lateness_is_measured_against_the_clock(recorder: Recorder, registry: CollectorRegistry) -> None:
    """What is not behind the partition's clock counts as zero, also when it is ahead."""
    times = (100_000, 40_000, 200_000, 99_500)
    _fold(recorder, {"touchpoints.web": [_touchpoint("a.b", time) for time in times]}, 0, 100_000)
    assert _value(registry, "touchpoint_lateness_seconds_bucket", le="0.0") == 2
    assert _value(registry, "touchpoint_lateness_seconds_bucket", le="1.0") == 3
    assert _value(registry, "touchpoint_lateness_seconds_bucket", le="60.0") == 4
    assert _value(registry, "touchpoint_lateness_seconds_sum") == 60.5


def test_a_batch_ahead_of_the_clock_is_not_late(recorder: Recorder, registry: CollectorRegistry) -> None:
    """A backlog that is read in order counts as zero, all of it."""
    batch = {
        "touchpoints.web": [_touchpoint("a.b", 5), _touchpoint("a.b", 6)],
        "touchpoints.chat": [_touchpoint("c.d", 7)],
    }
    _fold(recorder, batch, 0, 5)
    assert _value(registry, "touchpoint_lateness_seconds_bucket", le="0.0") == 3
    assert _value(registry, "touchpoint_lateness_seconds_sum") == 0


def test_replays_are_counted_apart(recorder: Recorder, registry: CollectorRegistry) -> None:
    """A batch of nothing but replays folds nothing."""
    _fold(recorder, {}, 7, 0)
    assert _value(registry, "touchpoint_replays_skipped_total") == 7
    assert _value(registry, "touchpoint_lateness_seconds_count") == 0


def test_time_to_alert_runs_from_the_record_to_the_acknowledgement(
    recorder: Recorder, registry: CollectorRegistry
) -> None:
    """Each revision is timed once, from its own record."""
    recorder.alerts_raised([_alert()], recorded_ms=1_000)
    recorder.alerts_said([_alert()], now_ms=1_040)
    recorder.alerts_said([_alert()], now_ms=9_999)
    assert _value(registry, "touchpoint_time_to_alert_seconds_count") == 1
    assert _value(registry, "touchpoint_time_to_alert_seconds_sum") == 0.04
    assert _value(registry, "touchpoint_alerts_total", rule="r", status="firing") == 2


def test_an_alert_that_was_not_raised_here_is_counted_and_not_timed(
    recorder: Recorder, registry: CollectorRegistry
) -> None:
    """What a crashed worker owed is said by the next one."""
    recorder.alerts_said([_alert(status=Status.RECOVERED)], now_ms=1)
    assert _value(registry, "touchpoint_alerts_total", rule="r", status="recovered") == 1
    assert _value(registry, "touchpoint_time_to_alert_seconds_count") == 0


def test_alerts_are_counted_by_mode_when_they_are_raised(recorder: Recorder, registry: CollectorRegistry) -> None:
    """What a rule in shadow would have cost is seen before it goes live; later revisions are not counted again."""
    shadow = _alert(mode="shadow")
    recorder.alerts_said([shadow, _alert(mode="shadow", revision=2), _alert()], now_ms=1)
    assert _value(registry, "touchpoint_alerts_raised_total", rule="r", mode="shadow") == 1
    assert _value(registry, "touchpoint_alerts_raised_total", rule="r", mode="live") == 1


def test_alerts_that_are_never_acknowledged_do_not_pile_up(
    recorder: Recorder, registry: CollectorRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest make room."""
    monkeypatch.setattr("streams.telemetry.recorder.PENDING_MOST", 2)
    alerts = [_alert(alert_id=name) for name in "abc"]
    recorder.alerts_raised(alerts, 0)
    recorder.alerts_said(alerts, 0)
    assert _value(registry, "touchpoint_time_to_alert_seconds_count") == 2


def test_a_thousand_rules_make_a_bounded_number_of_series(recorder: Recorder, registry: CollectorRegistry) -> None:
    """Rules past the bound count as `other`; nothing is lost from the sum."""
    recorder.alerts_said([_alert(rule=f"rule-{number}") for number in range(1000)], 0)
    text = generate_latest(registry).decode()
    series = [line for line in text.splitlines() if line.startswith("touchpoint_alerts_total{")]
    assert len(series) == RULE.bound
    assert _value(registry, "touchpoint_alerts_total", rule="other", status="firing") == 1000 - (RULE.bound - 1)


def test_no_input_makes_more_series_than_declared(recorder: Recorder, registry: CollectorRegistry) -> None:
    """Names from outside (types, topics) cannot fill the scraper's memory."""
    for number in range(300):
        _fold(recorder, {f"topic-{number}": [_touchpoint(f"word{number}.x{n}") for n in range(3)]}, 1, 0)
        for reason in Reason:
            recorder.record_refused(f"topic-{number}", reason)
    recorder.read = lambda: Reading(lag={f"topic-{n}": n for n in range(300)})
    bounds = {metric.name: metric.series_bound for metric in WORKER}
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert len(family.samples) <= bounds.get(name, math.inf)


def test_reasons_and_statuses_fit_their_bounds(recorder: Recorder, registry: CollectorRegistry) -> None:
    """Every member of the enumerations has a series of its own: none is called `other`."""
    for reason in Reason:
        recorder.record_refused("touchpoints.web", reason)
    recorder.alerts_said([_alert(status=status) for status in Status], 0)
    assert 'other"' not in generate_latest(registry).decode()


def test_a_scrape_reads_the_state_of_the_worker(recorder: Recorder, registry: CollectorRegistry) -> None:
    """Gauges are what the reading says; counters add what came on top, so they never fall."""
    recorder.read = lambda: Reading(
        partitions=2,
        journeys=10,
        journey_bytes=2_000,
        watermark_ms={"touchpoints.web": 1_500},
        lag={"touchpoints.web": 3},
        outcomes={"late": 4},
        refolds=1,
    )
    generate_latest(registry)
    assert _value(registry, "touchpoint_owned_partitions") == 2
    assert _value(registry, "touchpoint_watermark_timestamp_seconds", topic="touchpoints.web") == 1.5
    recorder.read = Reading
    assert _value(registry, "touchpoint_fold_outcomes_total", outcome="late") == 12  # three scrapes so far
    assert _value(registry, "touchpoint_journeys") == 0
    assert _value(registry, "touchpoint_consumer_lag_records", topic="touchpoints.web") is None


def test_rare_events(recorder: Recorder, registry: CollectorRegistry) -> None:
    """Each of the worker's rare events has its metric."""
    recorder.journeys_written(5)
    recorder.flushed(0.02)
    recorder.slice_folded(400, 0.003)
    recorder.journeys_restored(1_000, 0.4)
    recorder.commit_failed()
    recorder.fence_lost()
    seen = {
        "touchpoint_changelog_records_total": 5,
        "touchpoint_flush_seconds_sum": 0.02,
        "touchpoint_fold_records_sum": 400,
        "touchpoint_fold_seconds_count": 1,
        "touchpoint_recovered_records_total": 1_000,
        "touchpoint_recovery_seconds_sum": 0.4,
        "touchpoint_commit_failures_total": 1,
        "touchpoint_fences_lost_total": 1,
    }
    assert {name: _value(registry, name) for name in seen} == seen


def test_the_page_is_the_catalogue(registry: CollectorRegistry, recorder: Recorder) -> None:
    """Every declared metric is there from the start, with its type; nothing undeclared but the process's own."""
    families = {
        f.name: f
        for f in text_string_to_metric_families(generate_latest(registry).decode())
        if not f.name.startswith("process_")
    }
    assert {name: family.type for name, family in families.items()} == {
        metric.name.removesuffix("_total"): str(metric.kind) for metric in WORKER
    }
    assert all(family.documentation for family in families.values())
    assert {metric.kind for metric in WORKER} == set(Kind)
