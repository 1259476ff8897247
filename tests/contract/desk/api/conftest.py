"""The API on a real server on this machine, over the desk in memory and a real SQLite for access."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from streams.desk.access import tables
from streams.desk.access.attempts import Brake, BrakePolicy
from streams.desk.access.sessions import SessionPolicy, Sessions
from streams.desk.access.tokens import Tokens
from streams.desk.access.viewer import Role, Viewer
from streams.desk.api.app import create_app
from streams.desk.api.operation import Parts
from streams.desk.api.streams import Streams
from streams.desk.store.database import METADATA, Database, connect
from streams.testing.patience import PATIENCE_SEC
from streams.testing.served import listening
from tests.contract.desk.api.double import NOW, MemoryDesk, row


class Api:
    """What a test has: the desk behind, who may come in, and the address."""

    def __init__(self, parts: Parts, desk: MemoryDesk) -> None:
        self.parts = parts
        self.desk = desk
        self.is_ready = True
        self.url = ""

    async def token(self, *roles: Role, name: str = "anna", teams: frozenset[str] = frozenset()) -> str:
        """Return a token of somebody."""
        viewer = Viewer(name=name, roles=frozenset(roles), teams=teams)
        return (await self.parts.tokens.create(viewer))[1]

    async def client(self, *roles: Role, name: str = "anna", teams: frozenset[str] = frozenset()) -> httpx.AsyncClient:
        """Return a client with a token of somebody; without roles it is nobody."""
        token = await self.token(*roles, name=name, teams=teams) if roles else ""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=PATIENCE_SEC)

    async def ready(self) -> bool:
        """Tell whether the desk is ready."""
        return self.is_ready


@pytest.fixture
def streams() -> Streams:
    """Beat fast."""
    return Streams(total=4, per_person=2, heartbeat_sec=0.1)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Make the tables of access on SQLite."""
    found = connect(f"sqlite:///{tmp_path}/desk.db")
    async with found.write() as connection:
        await connection.run_sync(METADATA.create_all, tables=[tables.TOKENS, tables.SESSIONS])
    yield found
    await found.close()


def standing() -> int:
    """Return one time always."""
    return NOW


@pytest.fixture
async def api(database: Database, streams: Streams) -> AsyncIterator[Api]:
    """Serve three cases: two of the team web, one of the team chat; the first and the third are of incident 7."""
    tokens = Tokens(database, standing)
    sessions = Sessions(database, tokens, Brake(BrakePolicy(), standing), SessionPolicy(), standing)
    desk = MemoryDesk(row(1, incident=7), row(2), row(3, team="chat", incident=7))
    found = Api(Parts(desk, sessions, tokens, streams), desk)
    async with listening(create_app(found.parts, is_ready=found.ready)) as url:
        found.url = url
        yield found
        streams.close()
