"""The desk's metrics."""

from prometheus_client.parser import text_string_to_metric_families

from streams.desk.notify.channel import Reason as Failure
from streams.desk.notify.notice import Kind as Notice
from streams.desk.routing.reasons import Reason
from streams.desk.service.said import Said
from streams.telemetry.catalogue import DESK, DESK_CASES
from streams.telemetry.desk import DeskReading, DeskRecorder


def values(recorder: DeskRecorder) -> dict[tuple[str, ...], float]:
    """Return every series of the desk: name and label values."""
    content, media_type = recorder.page("")
    assert media_type.startswith("text/plain")
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(content.decode())
        for sample in family.samples
        if sample.name.startswith("touchpoint_")
    }


def test_the_page_is_the_catalogue_of_the_desk() -> None:
    """Every declared metric is there from the start, with its type; nothing else of ours is."""
    content, _ = DeskRecorder().page("")
    families = {family.name: family for family in text_string_to_metric_families(content.decode())}
    assert {name: family.type for name, family in families.items() if name.startswith("touchpoint_")} == {
        metric.name.removesuffix("_total"): str(metric.kind) for metric in DESK
    }


def test_what_became_of_notifications_is_counted_by_channel() -> None:
    """And why attempts failed."""
    recorder = DeskRecorder()
    said = Said(recorder)
    said.notification_sent("slack", Notice.OPENED)
    said.notification_failed("mail", Failure.TIMEOUT)
    said.notification_failed("mail", Failure.TIMEOUT)
    said.notification_fell_back("mail", Failure.TIMEOUT)
    said.notification_lost("apprise", Failure.REFUSED)
    found = values(recorder)
    name = "touchpoint_desk_notifications_total"
    assert {key[1:]: value for key, value in found.items() if key[0] == name} == {
        ("slack", "sent"): 1,
        ("mail", "failed"): 2,
        ("mail", "fell_back"): 1,
        ("apprise", "lost"): 1,
    }
    assert found["touchpoint_desk_notification_failures_total", "timeout"] == 2


def test_reasons_fit_their_bounds() -> None:
    """None of them is called other."""
    recorder = DeskRecorder()
    for reason in Reason:
        recorder.decided(reason)
    for failure in Failure:
        recorder.failed(failure)
    found = values(recorder)
    assert {found["touchpoint_desk_decisions_total", reason.value] for reason in Reason} == {1}
    assert {found["touchpoint_desk_notification_failures_total", failure.value] for failure in Failure} == {1}


def test_a_scrape_replaces_what_was_read_and_adds_up_what_is_past_the_bound() -> None:
    """A team without cases is gone; a thousand teams are few series, and no case is missing from their sum."""
    recorder = DeskRecorder()
    recorder.take(DeskReading(open_cases={f"team-{number}": 2 for number in range(1_000)}))
    teams = {key[1]: value for key, value in values(recorder).items() if key[0] == DESK_CASES.name}
    assert (len(teams), sum(teams.values())) == (DESK_CASES.series_bound, 2_000)
    recorder.take(DeskReading(open_cases={"team-1": 1}, owed_age_ms=1_500, lag=7, alerts={"new": 3, "known": 1}))
    found = values(recorder)
    assert {key: value for key, value in found.items() if key[0] == DESK_CASES.name} == {(DESK_CASES.name, "team-1"): 1}
    assert found["touchpoint_desk_owed_age_seconds",] == 1.5
    assert found["touchpoint_desk_lag_records",] == 7
    assert found["touchpoint_desk_alerts_total", "new"] == 3
