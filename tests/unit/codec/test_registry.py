"""The schema store, with a registry that a test plays by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from streams.codec import frame, shipped
from streams.codec.registry import ABSENT_SEC, UNREACHABLE_SEC, Lookup, SchemaStore, redacted
from streams.codec.touchpoint import TouchpointDecoder, encode
from streams.codec.vocabulary import shipped as vocabulary
from streams.errors import TouchpointError
from streams.touchpoints.rejection import Rejection
from streams.touchpoints.touchpoint import Touchpoint

NOW_MS = 1_777_636_800_000
GOOD = Touchpoint("1", "//shop/web", "payment.failed", NOW_MS, "ana", "cart:7", b'{"amount":3}')
OUR_TEXT = shipped.latest("touchpoint").text


class Registry:
    """A registry with a dictionary of answers; counts what it is asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[str] = []
        self.posted: list[tuple[str, Any]] = []

    async def get(self, request: web.Request) -> web.Response:
        """Answer a question after its id."""
        number = request.match_info["id"]
        self.asked.append(number)
        status, body = self.answers.get(number, (404, {"error_code": 40403}))
        return web.Response(status=status, body=msgspec.json.encode(body))

    async def post(self, request: web.Request) -> web.Response:
        """Give out ids from 100."""
        self.posted.append((request.match_info["subject"], await request.json()))
        return web.json_response({"id": 99 + len(self.posted)})


class Clock:
    """Time moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        """Return seconds."""
        return self.now


@pytest.fixture
async def registry() -> AsyncIterator[tuple[Registry, str]]:
    """A registry and its address."""
    played = Registry()
    app = web.Application()
    app.router.add_get("/api/schemas/ids/{id}", played.get)
    app.router.add_post("/api/subjects/{subject}/versions", played.post)
    async with TestServer(app) as server:
        yield played, str(server.make_url("/api"))


@pytest.fixture
async def make(registry: tuple[Registry, str]) -> AsyncIterator[Callable[[Clock], SchemaStore]]:
    """Make stores on that registry, closed in the end."""
    made: list[SchemaStore] = []

    def one(clock: Clock) -> SchemaStore:
        made.append(SchemaStore(registry[1], clock=clock))
        return made[-1]

    yield one
    for store in made:
        await store.close()


def test_the_shipped_schemas_are_there_without_a_registry() -> None:
    """Under their declared ids, the touchpoint on the hot path."""
    store = SchemaStore()
    ids = [store.id_of(record) for record in shipped.RECORDS]
    assert [store.get(schema_id) is not None for schema_id in ids] == [True] * 5
    assert store.flat == {frame.prefix(ids[0])}


async def test_without_a_registry_an_unknown_id_stays_unknown() -> None:
    """And no time is lost over it."""
    assert await SchemaStore().fetch(7) is Lookup.ABSENT


async def test_a_fetched_schema_is_kept(registry: tuple[Registry, str], make: Callable[[Clock], SchemaStore]) -> None:
    """It is asked for once; what was unknown is then decoded, on the hot path where its bytes are ours."""
    registry[0].answers["7"] = (200, {"schema": OUR_TEXT})
    store = make(Clock())
    decoder = TouchpointDecoder(vocabulary(), store)
    value = encode(GOOD, 7)
    assert isinstance(decoder.decode(value, b"ana", (), NOW_MS), Rejection)
    answers = [await store.fetch(schema_id) for schema_id in (*decoder.unknown, 7)]
    assert answers == [Lookup.FOUND, Lookup.FOUND]
    assert decoder.decode(value, b"ana", (), NOW_MS) == GOOD
    assert (registry[0].asked, frame.prefix(7) in store.flat) == (["7"], True)


async def test_concurrent_questions_are_one(
    registry: tuple[Registry, str], make: Callable[[Clock], SchemaStore]
) -> None:
    """A hundred lanes may meet the same new producer at once."""
    registry[0].answers["7"] = (200, {"schema": OUR_TEXT})
    store = make(Clock())
    assert set(await asyncio.gather(*(store.fetch(7) for _ in range(100)))) == {Lookup.FOUND}
    assert registry[0].asked == ["7"]


async def test_an_absent_id_is_asked_for_again_after_a_while(
    registry: tuple[Registry, str], make: Callable[[Clock], SchemaStore]
) -> None:
    """Not for each poisonous record, but soon enough for a schema that is registered late."""
    clock = Clock()
    store = make(clock)
    assert [await store.fetch(7), await store.fetch(7)] == [Lookup.ABSENT, Lookup.ABSENT]
    registry[0].answers["7"] = (200, {"schema": OUR_TEXT})
    clock.now = ABSENT_SEC - 1
    assert await store.fetch(7) is Lookup.ABSENT
    clock.now = ABSENT_SEC
    assert await store.fetch(7) is Lookup.FOUND
    assert registry[0].asked == ["7", "7"]


@pytest.mark.parametrize("status", [500, 429, 401])
async def test_a_registry_in_trouble_gives_nothing_up(
    registry: tuple[Registry, str], make: Callable[[Clock], SchemaStore], status: int
) -> None:
    """Its refusal says nothing about the schema; the next question is soon."""
    clock = Clock()
    store = make(clock)
    registry[0].answers["7"] = (status, {})
    assert await store.fetch(7) is Lookup.UNREACHABLE
    registry[0].answers["7"] = (200, {"schema": OUR_TEXT})
    clock.now = UNREACHABLE_SEC
    assert await store.fetch(7) is Lookup.FOUND


@pytest.mark.parametrize(
    "answer",
    [
        {"schema": "{}", "schemaType": "JSON"},
        {"schema": "not a schema"},
        {"schema": '{"type":"record"}'},
        {"schema": OUR_TEXT, "references": [{"name": "x"}]},
        {},
        [],
    ],
)
async def test_what_is_no_avro_schema_is_unusable(
    registry: tuple[Registry, str], make: Callable[[Clock], SchemaStore], answer: Any
) -> None:
    """Other kinds of schema live in the same registry."""
    registry[0].answers["7"] = (200, answer)
    assert await make(Clock()).fetch(7) is Lookup.UNUSABLE


async def test_a_registry_that_is_not_there_is_unreachable() -> None:
    """Fetching says so; registering raises with the remedy, and shows no password."""
    store = SchemaStore("http://ana:secret@127.0.0.1:1/api")
    assert await store.fetch(7) is Lookup.UNREACHABLE
    with pytest.raises(TouchpointError, match="does not answer") as caught:
        await store.register()
    assert "secret" not in str(caught.value)
    await store.close()


async def test_registering_gives_the_ids_to_write_under(
    registry: tuple[Registry, str], make: Callable[[Clock], SchemaStore]
) -> None:
    """Each record under its own subject; what was written under the shipped ids is still read."""
    store = make(Clock())
    assert await store.register() == {
        "touchpoint": 100,
        "alert": 101,
        "dead_letter": 102,
        "stat": 103,
        "crowd_count": 104,
    }
    assert [subject for subject, _ in registry[0].posted] == [
        "streams.Touchpoint",
        "streams.Alert",
        "streams.DeadLetter",
        "streams.Stat",
        "streams.CrowdCount",
    ]
    assert store.flat == {frame.prefix(100), frame.prefix(shipped.latest("touchpoint").schema_id)}


async def test_a_refusal_to_register_says_what_the_registry_said(
    registry: tuple[Registry, str], make: Callable[[Clock], SchemaStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For instance that its compatibility rule is stricter."""

    async def refuse(self: SchemaStore, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return 409, {"message": "incompatible with an earlier schema"}

    monkeypatch.setattr(SchemaStore, "ask", refuse)
    with pytest.raises(TouchpointError, match="409: incompatible with an earlier schema"):
        await make(Clock()).register()


def test_an_address_is_shown_without_its_secrets() -> None:
    """In every message."""
    assert redacted("https://ana:secret@registry.example/api?token=x") == "https://registry.example/api"
