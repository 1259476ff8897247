"""No input gives a 500: everything that the OpenAPI document allows, and much that it does not, on a real server.

Behind it is the desk as it is, on a real PostgreSQL, which is the stricter of the two about what it stores.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from streams.codec import vocabulary
from streams.desk.access.attempts import Brake, BrakePolicy
from streams.desk.access.masks import mask_customer
from streams.desk.access.roles import OfferPolicy
from streams.desk.access.sessions import SessionPolicy, Sessions
from streams.desk.access.tokens import Tokens
from streams.desk.access.viewer import Role, Viewer
from streams.desk.api.app import create_app
from streams.desk.api.openapi import document
from streams.desk.api.operation import Parts
from streams.desk.api.streams import Streams
from streams.desk.api.table import OPERATIONS
from streams.desk.cases.incidents import IncidentPolicy
from streams.desk.cases.intake import case_id_of
from streams.desk.cases.policy import Policy as CasePolicy
from streams.desk.routing.policy import Policy
from streams.desk.service.book import Book
from streams.desk.service.cards import Cards
from streams.desk.service.desk import StoredDesk
from streams.desk.service.hub import Hub
from streams.desk.service.incidents import Gatherer
from streams.desk.service.journeys import Journeys
from streams.desk.service.keeper import Keeper
from streams.desk.store.database import Database, connect
from streams.desk.store.migrate import migrate
from streams.testing.alerts import START_MS, alert
from streams.testing.patience import PATIENCE_SEC
from streams.testing.served import listening
from tests.contract.desk.conftest import fresh

SOAK: Final = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
EVERYBODY: Final = Viewer(name="anna", roles=frozenset(Role))
NOW: Final = START_MS + 10_000
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
    there = {
        "case_id": {"enum": [*(case_id_of(f"customer-{number}", 1) for number in range(3)), "nobody"]},
        "number": {"enum": [1, 8]},
    }
    for methods in found["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    parameter["schema"] = there.get(parameter["name"], parameter["schema"])
    return found


async def desk_of(database: Database) -> StoredDesk:
    """Return the desk as it is, with three customers of one incident."""
    policy, book = Policy(), Book()
    gatherer = Gatherer(IncidentPolicy(at_least_of_rule=3))
    keeper = Keeper(
        database, book, CasePolicy(), lambda: NOW, until=lambda at, ms: at + ms, rank=policy.rank, watchers=(gatherer,)
    )
    await keeper.take([alert(f"a{number}", customer=f"customer-{number}") for number in range(3)], {})
    cards = Cards(book, vocabulary.shipped(), OfferPolicy(), mask_customer, policy.rank)
    hub = Hub(database)
    return StoredDesk(database, keeper, hub, cards, Journeys(()), book, mask_customer, policy.rank, lambda: NOW)


async def serve(url: str, told: "queue.Queue[Served]", stop: threading.Event) -> None:
    """Serve until told to stop."""
    database = connect(url)
    tokens = Tokens(database, lambda: NOW)
    sessions = Sessions(database, tokens, Brake(BrakePolicy(), lambda: NOW), SessionPolicy(), lambda: NOW)
    desk = await desk_of(database)

    async def ready() -> bool:
        return True

    async with listening(create_app(Parts(desk, sessions, tokens, Streams()), is_ready=ready)) as address:
        told.put(Served(address, (await tokens.create(EVERYBODY))[1]))
        await asyncio.to_thread(stop.wait)
    await database.close()


@pytest.fixture(scope="module")
def server(postgres: str) -> Iterator[Served]:
    """Serve in a thread of its own, since the fuzzer waits for each answer."""
    told: queue.Queue[Served] = queue.Queue()
    stop = threading.Event()
    url = asyncio.run(fresh(postgres))
    migrate(url)
    thread = threading.Thread(target=lambda: asyncio.run(serve(url, told, stop)))
    thread.start()
    yield told.get(timeout=PATIENCE_SEC)
    stop.set()
    thread.join()


# What a command may look like is tried to its corners once, not again inside a bulk and of an incident.
ONCE: Final = {"phases": {"coverage": {"enabled": False}}}
CONFIG: Final = {
    "operations": [{"include-operation-id": name} | ONCE for name in ("commandCases", "commandIncident")],
}
schema = schemathesis.openapi.from_dict(described(), config=schemathesis.Config.from_dict(CONFIG))


@schema.parametrize()
@settings(
    max_examples=300 if SOAK else 10,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
def test_no_input_is_too_much(case: schemathesis.Case[Any], server: Served) -> None:
    """Every answer is one that the document promises."""
    headers = {"authorization": f"Bearer {server.token}"}
    case.call_and_validate(base_url=server.url, headers=headers, checks=CHECKS, timeout=PATIENCE_SEC)
