"""What the metrics hear of cases, on both databases."""

from typing import Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from streams.alerts.alert import Status
from streams.desk.cases.command import Acknowledge, Claim, Resolve
from streams.desk.cases.policy import HOUR_MS, Policy
from streams.desk.service.book import Book
from streams.desk.service.keeper import Keeper
from streams.desk.service.measured import Measured
from streams.desk.store.database import Database
from streams.telemetry.desk import DeskRecorder
from streams.testing.alerts import START_MS, alert
from tests.contract.desk.test_router import MINUTE_MS, Kit

ENDED: Final = START_MS + HOUR_MS


class Desk(Kit):
    """A desk whose cases are measured."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.recorder = DeskRecorder()
        watchers = (self.router, Measured(self.recorder))
        self.keeper = Keeper(
            database, Book(), Policy(), lambda: self.now, until=lambda at, ms: at + ms, watchers=watchers
        )

    def value(self, name: str) -> float:
        """Return what a metric of the only team has come to; 0 where it has no series."""
        text = self.recorder.page("")[0].decode()
        samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        wanted = f"touchpoint_desk_{name}", {"team": "support"}
        return next((sample.value for sample in samples if (sample.name, sample.labels) == wanted), 0.0)


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk without cases."""
    return Desk(database)


async def test_taking_note_is_timed_once_from_the_opening(desk: Desk) -> None:
    """Whoever claims it has taken note; what comes after is no news. Reopened, it begins again."""
    await desk.take(alert())
    desk.now += 5 * MINUTE_MS
    await desk.act(Claim())
    desk.now += MINUTE_MS
    await desk.act(Resolve())
    assert desk.value("time_to_acknowledge_seconds_count") == 1
    assert desk.value("time_to_acknowledge_seconds_sum") == 300
    await desk.take(alert(revision=2, status=Status.RECOVERED, ended_at=ENDED))
    await desk.take(alert(revision=3))
    desk.now += 2 * MINUTE_MS
    await desk.act(Acknowledge())
    assert desk.value("time_to_acknowledge_seconds_count") == 2
    assert desk.value("time_to_acknowledge_seconds_sum") == 300 + 120


async def test_the_end_is_timed_whoever_brought_it(desk: Desk) -> None:
    """A person, or the journey."""
    await desk.take(alert())
    desk.now += MINUTE_MS
    await desk.act(Resolve())
    await desk.take(alert("b1", customer="customer-2"))
    desk.now += 2 * MINUTE_MS
    await desk.take(alert("b1", 2, Status.EXPIRED, customer="customer-2", ended_at=ENDED))
    assert desk.value("time_to_resolve_seconds_count") == 2
    assert desk.value("time_to_resolve_seconds_sum") == 60 + 120
    assert (desk.value("recovered_cases_total"), desk.value("lost_cases_total")) == (0, 0)


async def test_only_proof_is_a_recovery(desk: Desk) -> None:
    """It may come after somebody's word; who is lost is counted apart."""
    await desk.take(alert())
    await desk.take(alert(revision=2, status=Status.RECOVERED, ended_at=ENDED))
    assert desk.value("recovered_cases_total") == 1
    await desk.take(alert("b1", customer="customer-2"))
    await desk.act(Resolve())
    assert desk.value("recovered_cases_total") == 1
    await desk.take(alert("b1", 2, Status.RECOVERED, customer="customer-2", ended_at=ENDED))
    assert desk.value("recovered_cases_total") == 2
    await desk.take(alert("c1", customer="customer-3"))
    await desk.take(alert("c1", 2, Status.LOST, customer="customer-3", ended_at=ENDED))
    assert (desk.value("recovered_cases_total"), desk.value("lost_cases_total")) == (2, 1)
