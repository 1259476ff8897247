"""The desk, its database and the broker are killed and restarted while alerts come; in the end nothing is missing."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import pgserver
import pytest

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.testing.patience import PATIENCE_SEC
from tests.kafka.desk.conftest import PARTITIONS, DeskProcess, Ears, Load, Outcome, actions, settled
from tests.postgres import postgres

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

PER_SEC: Final = 30
SECONDS: Final = 10.0


class Scene:
    """A broker, a desk, somebody who is told, and alerts on their way."""

    def __init__(self, kafka: EmbeddedKafka, desk: DeskProcess, ears: Ears) -> None:
        self.kafka = kafka
        self.desk = desk
        self.ears = ears
        self.load = Load(kafka.bootstrap_servers, PER_SEC, SECONDS)

    async def verify(self) -> None:
        """Assert that nothing is lost, that nothing has two keys, and that the desk ends well."""
        await self.desk.ready(PATIENCE_SEC)
        sent = {alert_id: each.revision for alert_id, each in self.load.sent.items()}
        found = await settled(self.desk.database_url, lambda found: self._is_whole(found, sent), PATIENCE_SEC)
        self.desk.terminate()
        assert await asyncio.to_thread(self.desk.wait) == 0
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


@contextlib.asynccontextmanager
async def staged(kafka: EmbeddedKafka, folder: Path, database_url: str = "") -> AsyncIterator[Scene]:
    """Start everything."""
    await topics.create(kafka.bootstrap_servers, topics.Deployment(partitions=PARTITIONS, retention="forever"))
    ears = Ears()
    async with ears.listening() as url:
        with DeskProcess(folder, kafka.bootstrap_servers, url, database_url) as desk:
            desk.start()
            await desk.ready(PATIENCE_SEC)
            yield Scene(kafka, desk, ears)


def kill(server: pgserver.PostgresServer) -> None:
    """Kill a database server whole, as a power cut would."""
    pid = server.get_pid()
    every = {pid, *(each for each, (_, parent) in processes().items() if parent == pid)}
    for each in every:
        with contextlib.suppress(ProcessLookupError):  # a server's child that has just ended by itself
            os.kill(each, signal.SIGKILL)
    while any(state != "Z" for each, (state, _) in processes().items() if each in every):
        time.sleep(0.02)


def restart(server: pgserver.PostgresServer) -> None:
    """Start it again with its data.

    The one that was killed is a zombie until somebody takes note of its end, and its locks would be taken for those of
    a server that runs.
    """
    for lock in ("postmaster.pid", ".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (server.pgdata / lock).unlink(missing_ok=True)
    server.ensure_postgres_running()


def processes() -> dict[int, tuple[str, int]]:
    """Return state and parent of every process."""
    found = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state, parent = place.read_text().rpartition(")")[2].split()[:2]
            found[int(place.parent.name)] = (state, int(parent))
    return found


async def test_a_desk_that_is_killed(fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path) -> None:
    """It goes on where its store is, and says again what it does not know to have said."""
    async with staged(fresh_broker(), tmp_path) as scene:

        async def hurt() -> None:
            await asyncio.sleep(SECONDS / 2)
            scene.desk.kill()
            scene.desk.start()
            await scene.desk.ready(PATIENCE_SEC)

        await asyncio.gather(scene.load.send(), hurt())
        await scene.verify()


async def test_a_broker_that_restarts(fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path) -> None:
    """The desk waits for it, tells people meanwhile, and sends what it has done when it is back."""
    async with staged(fresh_broker(), tmp_path) as scene:

        async def hurt() -> None:
            await asyncio.sleep(SECONDS / 2)
            await asyncio.to_thread(scene.kafka.kill)
            await asyncio.to_thread(scene.kafka.start)

        await asyncio.gather(scene.load.send(), hurt())
        await scene.verify()
        assert scene.desk.exits == []


async def test_a_database_that_is_killed(fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path) -> None:
    """The desk waits for it, without ending; what was not committed is read again."""
    with postgres() as server:
        async with staged(fresh_broker(), tmp_path, server.get_uri()) as scene:

            async def hurt() -> None:
                for _ in range(2):
                    await asyncio.sleep(3)
                    await asyncio.to_thread(kill, server)
                    await asyncio.sleep(1)
                    await asyncio.to_thread(restart, server)

            await asyncio.gather(scene.load.send(), hurt())
            await scene.verify()
            assert scene.desk.exits == []
