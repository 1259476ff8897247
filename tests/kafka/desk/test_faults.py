"""The desk, its database and the broker are killed and restarted while alerts come; in the end nothing is missing."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pgserver
import pytest

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from tests.kafka.desk.conftest import PARTITIONS, DeskProcess, Ears, Load, Outcome, actions, settled

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

PER_SEC: Final = 30
SECONDS: Final = 10.0
READY_SEC: Final = 30.0  # after a kill of the desk, of the broker or of the database
SETTLED_SEC: Final = 30.0
STOP_SEC: Final = 10.0


class Scene:
    """A broker, a desk, somebody who is told, and alerts on their way."""

    def __init__(self, kafka: EmbeddedKafka, desk: DeskProcess, ears: Ears) -> None:
        self.kafka = kafka
        self.desk = desk
        self.ears = ears
        self.load = Load(kafka.bootstrap_servers, PER_SEC, SECONDS)

    async def verify(self) -> None:
        """Assert that nothing is lost, that nothing has two keys, and that the desk ends well."""
        await self.desk.ready(READY_SEC)
        sent = {alert_id: each.revision for alert_id, each in self.load.sent.items()}
        found = await settled(self.desk.database_url, lambda found: self._is_whole(found, sent), SETTLED_SEC)
        began = time.monotonic()
        self.desk.terminate()
        assert await asyncio.to_thread(self.desk.wait, STOP_SEC) == 0
        assert time.monotonic() - began < STOP_SEC
        assert (found.alerts, found.waiting) == (sent, 0)
        assert sorted(found.persons.values()) == sorted(each.customer for each in self.load.sent.values())
        self._verify_notices(found)
        said = {(each.case.case_id, each.case.revision) for each in await actions(self.kafka.bootstrap_servers)}
        assert said == found.entries
        assert {case_id for case_id, _ in said} == found.persons.keys()

    def _verify_notices(self, found: Outcome) -> None:
        """Each open case was told; each case has one key; what was told of an ended one ends with its end."""
        told = self.ears.told
        assert self.ears.denied == []
        assert told.keys() <= found.persons.keys()
        assert found.persons.keys() - told.keys() <= found.closed
        keys = {case_id: {each["dedup_key"] for each in heard} for case_id, heard in told.items()}
        assert [case_id for case_id, used in keys.items() if len(used) != 1] == []
        assert len(set().union(*keys.values())) == len(keys)
        assert [case_id for case_id in told.keys() & found.closed if told[case_id][-1]["kind"] != "resolved"] == []
        assert [case_id for case_id in told.keys() - found.closed if told[case_id][0]["kind"] != "opened"] == []

    def _is_whole(self, found: Outcome, sent: dict[str, int]) -> bool:
        ended = self.ears.told.keys() & found.closed
        is_told = all(self.ears.told[case_id][-1]["kind"] == "resolved" for case_id in ended)
        return found.alerts == sent and not found.waiting and is_told and self._has_told(found)

    def _has_told(self, found: Outcome) -> bool:
        return found.persons.keys() - found.closed <= self.ears.told.keys()


@asynccontextmanager
async def staged(kafka: EmbeddedKafka, folder: Path, database_url: str = "") -> AsyncIterator[Scene]:
    """Start everything."""
    await topics.create(kafka.bootstrap_servers, topics.Deployment(partitions=PARTITIONS, retention="forever"))
    ears = Ears()
    async with ears.listening() as url:
        with DeskProcess(folder, kafka.bootstrap_servers, url, database_url) as desk:
            desk.start()
            await desk.ready(READY_SEC)
            yield Scene(kafka, desk, ears)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[pgserver.PostgresServer]:
    """A PostgreSQL server of this test alone, which it may kill."""
    server = pgserver.get_server(tmp_path / "postgres", cleanup_mode="stop")
    yield server
    server.cleanup()


def kill(server: pgserver.PostgresServer) -> None:
    """Kill a database server whole, as the kernel would when memory runs out."""
    pid = server.get_pid()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    while any(Path(f"/proc/{each}").exists() and "Z" not in _state(each) for each in (pid, *map(int, children))):
        time.sleep(0.02)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


async def test_a_desk_that_is_killed(fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path) -> None:
    """It goes on where its store is, and says again what it does not know to have said."""
    async with staged(fresh_broker(), tmp_path) as scene:

        async def hurt() -> None:
            await asyncio.sleep(SECONDS / 2)
            scene.desk.kill()
            scene.desk.start()
            await scene.desk.ready(READY_SEC)

        await asyncio.gather(scene.load.send(), hurt())
        await scene.verify()


async def test_a_broker_that_restarts(fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path) -> None:
    """The desk waits for it, tells people meanwhile, and sends what it has done when it is back."""
    async with staged(fresh_broker(), tmp_path) as scene:

        async def hurt() -> None:
            await asyncio.sleep(3)
            await asyncio.to_thread(scene.kafka.stop)
            await asyncio.to_thread(scene.kafka.start)
            await asyncio.sleep(4)
            await asyncio.to_thread(scene.kafka.kill)
            await asyncio.to_thread(scene.kafka.start)

        await asyncio.gather(scene.load.send(), hurt())
        await scene.verify()
        assert scene.desk.exits == []


async def test_a_database_that_is_killed(
    fresh_broker: Callable[..., EmbeddedKafka], postgres: pgserver.PostgresServer, tmp_path: Path
) -> None:
    """The desk waits for it, without ending; what was not committed is read again."""
    async with staged(fresh_broker(), tmp_path, postgres.get_uri()) as scene:

        async def hurt() -> None:
            for _ in range(2):
                await asyncio.sleep(3)
                await asyncio.to_thread(kill, postgres)
                await asyncio.sleep(1)
                await asyncio.to_thread(postgres.ensure_postgres_running)

        await asyncio.gather(scene.load.send(), hurt())
        await scene.verify()
        assert scene.desk.exits == []
