"""What became of customers, on both databases: proof counts, claims do not."""

from typing import Final

import msgspec
import pytest

from streams.alerts.alert import POSITIVE, Evidence, Recent, Status
from streams.desk.access.viewer import Role, Viewer
from streams.desk.cases.command import Reopen, Resolve
from streams.desk.cases.policy import HOUR_MS
from streams.desk.service.book import Book
from streams.desk.service.figures import WINDOW_MS
from streams.desk.service.port import By
from streams.desk.service.recovery import FRESH_MS, Recovery
from streams.desk.service.views import RecoveryFigures
from streams.desk.store import queue
from streams.desk.store.database import Database
from streams.desk.store.queue import Wanted
from streams.testing.alerts import START_MS, alert
from tests.contract.desk.test_router import ANA, Kit

MANAGER: Final = Viewer(name="marta", roles=frozenset({Role.MANAGER}))
CHANNELS: Final = {"payment.failed": "web", "call.missed": "call"}
DAY_MS: Final = 24 * HOUR_MS


class Desk(Kit):
    """A desk and its figures."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._recovery = Recovery(database, Book(), CHANNELS, lambda: self.now)

    async def figures(self, by: By = By.TEAM, viewer: Viewer = MANAGER) -> dict[str, RecoveryFigures]:
        """Return the figures as they are by now."""
        self.now += FRESH_MS
        return {each.name: each for each in await self._recovery.by(viewer, by)}

    async def all(self) -> RecoveryFigures:
        """Return the figures of the only team."""
        return (await self.figures())["support"]


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk and its figures."""
    return Desk(database)


async def test_a_proof_is_a_recovery_and_a_claim_is_none(desk: Desk) -> None:
    """Two ended, one of them proven, after the time from the beginning of the trouble to the proof."""
    await desk.take(alert("b1", customer="customer-2"))
    await desk.act(Resolve())
    await desk.take(alert("a1"))
    await desk.take(alert("a1", 2, Status.RECOVERED, ended_at=START_MS + HOUR_MS))
    await desk.take(alert("c1", customer="customer-3"))
    found = await desk.all()
    assert (found.cases, found.ended, found.recovered, found.recovery_rate) == (3, 2, 1, 0.5)
    assert found.recover_sec == HOUR_MS / 1000
    assert (found.relapsed, found.relapse_rate) == (0, 0)


async def test_a_relapse_is_what_the_journey_opens_again(desk: Desk) -> None:
    """And it is no recovery any more; what a person reopens is none."""
    await desk.take(alert("a1"))
    await desk.take(alert("a1", 2, Status.RECOVERED))
    assert (await desk.all()).recovered == 1
    await desk.take(alert("a1", 3))
    found = await desk.all()
    assert (found.ended, found.recovered, found.relapsed, found.relapse_rate) == (1, 0, 1, 1.0)


async def test_what_a_person_reopens_is_no_relapse(desk: Desk) -> None:
    """It has ended once all the same."""
    await desk.take(alert("a1"))
    await desk.act(Resolve())
    async with desk.database.read() as connection:
        ((kept,), _, _) = await queue.page(connection, Wanted(closed=None), "", 1)
    await desk.keeper.act(kept.case.case_id, Reopen(), ANA, Wanted(closed=None))
    found = await desk.all()
    assert (found.ended, found.relapsed) == (1, 0)


async def test_what_never_was_counts_nowhere(desk: Desk) -> None:
    """Late touchpoints have taken it back; nor does what is older than the window."""
    await desk.take(alert("a1"), alert("b1", customer="customer-2"))
    await desk.take(alert("a1", 2, Status.RETRACTED))
    assert (await desk.all()).cases == 1
    desk.now += WINDOW_MS
    assert await desk.figures() == {}


async def test_good_news_after_the_trouble_makes_a_promoter(desk: Desk) -> None:
    """Not before it, not of somebody else, and not where it was taken back; without any it is not measured."""
    await desk.take(*(alert(f"a{n}", customer=f"customer-{n}") for n in range(4)))
    assert ((await desk.all()).promoters, (await desk.all()).promoter_rate) == (None, None)
    news = [
        alert(f"p{n}", customer=f"customer-{n}", mode=POSITIVE, rule="promoter-born", severity="low", started_at=at)
        for n, at in enumerate((START_MS + DAY_MS, START_MS - DAY_MS, START_MS + DAY_MS))
    ]
    await desk.take(*news, msgspec.structs.replace(news[2], revision=2, status=Status.RETRACTED))
    found = await desk.all()
    assert (found.promoters, found.promoter_rate) == (1, 0.25)


async def test_a_case_counts_for_each_of_its_rules_channels_and_stores(desk: Desk) -> None:
    """The channel is that of the evidence, else of the newest touchpoint."""
    till = Recent(START_MS, "payment.failed", "//pos/17/2", "t1")
    call = Recent(START_MS + 1, "call.missed", "//phone", "t2")
    clause = Evidence("payment.failed", 1, 1, ("t1",))
    await desk.take(
        alert("a1", recent=(till, call), evidence=(clause,)),
        alert("b1", rule="call-lost", recent=(till, call)),
        alert("c1", customer="customer-2", recent=(call,)),
    )
    counted = {by: {name: line.cases for name, line in (await desk.figures(by)).items()} for by in By}
    assert counted == {
        By.RULE: {"payment-failing": 2, "call-lost": 1},
        By.TEAM: {"support": 2},
        By.CHANNEL: {"web": 1, "call": 2},
        By.STORE: {"17": 1},
    }


async def test_figures_are_of_what_somebody_sees_and_kept_for_a_minute(desk: Desk) -> None:
    """A team of others is not even a number."""
    await desk.take(alert("a1"))
    agent = Viewer(name="luis", roles=frozenset({Role.AGENT}), teams=frozenset({"stores"}))
    assert await desk.figures(viewer=agent) == {}
    assert (await desk.all()).cases == 1
    await desk.take(alert("b1", customer="customer-2"))
    assert [each.cases for each in await desk._recovery.by(MANAGER, By.TEAM)] == [1]
    assert (await desk.all()).cases == 2
