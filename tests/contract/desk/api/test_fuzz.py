"""No input gives a 500: everything that the OpenAPI document allows, and much that it does not, on a real server."""

import asyncio
import queue
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from streams.desk.access import tables
from streams.desk.access.attempts import Brake, BrakePolicy
from streams.desk.access.sessions import SessionPolicy, Sessions
from streams.desk.access.tokens import Tokens
from streams.desk.access.viewer import Role, Viewer
from streams.desk.api.app import create_app
from streams.desk.api.openapi import document
from streams.desk.api.operation import Parts
from streams.desk.api.streams import Streams
from streams.desk.api.table import OPERATIONS
from streams.desk.store.database import METADATA, connect
from tests.contract.desk.api.conftest import served, standing
from tests.contract.desk.api.double import MemoryDesk, row

EVERYBODY: Final = Viewer(name="anna", roles=frozenset(Role))
CHECKS: Final = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


class Served(NamedTuple):
    """Where it is, and what opens it."""

    url: str
    token: str


def described() -> dict[str, Any]:
    """Return the document, with the names of things that are there, without the stream that never ends."""
    found = document([operation for operation in OPERATIONS if operation.name != "events"], "0")
    there = {"case_id": {"enum": ["c1", "c2", "nobody"]}, "number": {"enum": [7, 8]}}
    for methods in found["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    parameter["schema"] = there.get(parameter["name"], parameter["schema"])
    return found


async def serve(folder: Path, told: "queue.Queue[Served]", stop: threading.Event) -> None:
    """Serve until told to stop."""
    database = connect(f"sqlite:///{folder}/desk.db")
    async with database.write() as connection:
        await connection.run_sync(METADATA.create_all, tables=[tables.TOKENS, tables.SESSIONS])
    tokens = Tokens(database, standing)
    sessions = Sessions(database, tokens, Brake(BrakePolicy(), standing), SessionPolicy(), standing)
    desk = MemoryDesk(row(1, incident=7), row(2), row(3, team="chat", incident=7))

    async def ready() -> bool:
        return True

    async with served(create_app(Parts(desk, sessions, tokens, Streams()), is_ready=ready)) as url:
        told.put(Served(url, (await tokens.create(EVERYBODY))[1]))
        await asyncio.to_thread(stop.wait)
    await database.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve in a thread of its own, since the fuzzer waits for each answer."""
    told: queue.Queue[Served] = queue.Queue()
    stop = threading.Event()
    folder = tmp_path_factory.mktemp("fuzz")
    thread = threading.Thread(target=lambda: asyncio.run(serve(folder, told, stop)))
    thread.start()
    yield told.get(timeout=30)
    stop.set()
    thread.join()


schema = schemathesis.openapi.from_dict(described())


@schema.parametrize()
@settings(max_examples=10, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_no_input_is_too_much(case: schemathesis.Case[Any], server: Served) -> None:
    """Every answer is one that the document promises."""
    headers = {"authorization": f"Bearer {server.token}"}
    case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS)
