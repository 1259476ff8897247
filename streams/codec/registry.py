"""Which schema an id names: the shipped ones always, those of a Confluent-compatible registry once fetched.

Reading is synchronous and never leaves the process, so that it may stand on the hot path; fetching is asynchronous and
is done beside it. Without a registry the store is complete from the start.
"""

import asyncio
import time
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from streams.codec import frame, shipped
from streams.codec.frame import Headers
from streams.codec.writers import Writer, writer
from streams.errors import TouchpointError

if TYPE_CHECKING:
    import aiohttp

TIMEOUT_SEC: Final = 5.0
ABSENT_SEC: Final = 60.0  # an id that the registry does not know is not asked for again in this time
UNREACHABLE_SEC: Final = 2.0  # nor any id while the registry does not answer

_NOT_FOUND: Final = 404
_OK: Final = 200
_CONTENT_TYPE: Final = "application/vnd.schemaregistry.v1+json"


class Lookup(StrEnum):
    """What came of asking for a schema."""

    FOUND = "found"
    ABSENT = "absent"  # nobody knows the id; what it wrote is a dead letter
    UNUSABLE = "unusable"  # the registry has it, but it is no Avro schema that can be read here
    UNREACHABLE = "unreachable"  # ask again before giving anything up


class SchemaStore:
    """Writer schemas by id; `flat` holds the frame prefixes of those whose bytes are our own touchpoint's."""

    def __init__(self, url: str = "", *, clock: Callable[[], float] = time.monotonic) -> None:
        self.url = url.rstrip("/")
        self.flat: set[bytes] = set()
        self._clock = clock
        self._writers: dict[int, Writer] = {}
        self._ids: dict[str, int] = {}
        self._refused: dict[int, tuple[Lookup, float]] = {}
        self._asked: dict[int, asyncio.Task[Lookup]] = {}
        self._session: aiohttp.ClientSession | None = None
        for record in shipped.RECORDS:
            self._ids[record] = shipped.latest(record).schema_id
            for version in shipped.versions(record):
                self._keep(writer(version.schema_id, version.parsed))

    def get(self, schema_id: int) -> Writer | None:
        """Return the schema if it is here already; never waits."""
        return self._writers.get(schema_id)

    def id_of(self, record: str) -> int:
        """Return the id under which we write a record: the registry's once registered, else the shipped one."""
        return self._ids[record]

    async def fetch(self, schema_id: int) -> Lookup:
        """Look an unknown id up; concurrent calls share one request and failures are remembered for a while."""
        if schema_id in self._writers:
            return Lookup.FOUND
        if not self.url:
            return Lookup.ABSENT
        lookup, until = self._refused.get(schema_id, (Lookup.ABSENT, 0.0))
        if self._clock() < until:
            return lookup
        if (task := self._asked.get(schema_id)) is None:
            task = self._asked[schema_id] = asyncio.create_task(self._fetch(schema_id))
            task.add_done_callback(lambda _: self._asked.pop(schema_id, None))
        return await asyncio.shield(task)

    async def learn(self, value: bytes, headers: Headers = ()) -> Writer | None:
        """Return the schema of a record's value, fetched if need be; None when it names none that can be had."""
        framed = frame.unframe(value, headers)
        if framed is None or framed.schema_id is None:
            return None
        await self.fetch(framed.schema_id)
        return self.get(framed.schema_id)

    async def register(self) -> dict[str, int]:
        """Register every shipped version under its record's subject and write under the ids it gives.

        The registry answers with the id it has where it already knows the schema, so this may be repeated. Raises
        TouchpointError when it is not there or refuses.
        """
        for record in shipped.RECORDS:
            for version in shipped.versions(record):
                schema_id = await self._register(subject(record), version)
                self._keep(writer(schema_id, version.parsed))
                self._ids[record] = schema_id
        return dict(self._ids)

    async def close(self) -> None:
        """Close the connections; the schemas stay."""
        for task in tuple(self._asked.values()):
            task.cancel()
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _keep(self, known: Writer) -> None:
        self._writers[known.schema_id] = known
        if known.is_flat:
            self.flat.add(frame.prefix(known.schema_id))

    async def _fetch(self, schema_id: int) -> Lookup:
        lookup = await self._look_up(schema_id)
        if lookup is not Lookup.FOUND:
            wait = UNREACHABLE_SEC if lookup is Lookup.UNREACHABLE else ABSENT_SEC
            self._refused[schema_id] = (lookup, self._clock() + wait)
        return lookup

    async def _look_up(self, schema_id: int) -> Lookup:
        try:
            status, answer = await self.ask("GET", f"schemas/ids/{schema_id}")
        except (OSError, TimeoutError, ValueError):
            return Lookup.UNREACHABLE
        if status == _NOT_FOUND:
            return Lookup.ABSENT
        if status != _OK:
            return Lookup.UNREACHABLE
        return self._accept(schema_id, answer)

    def _accept(self, schema_id: int, answer: Any) -> Lookup:
        try:
            if answer.get("schemaType", "AVRO") != "AVRO" or answer.get("references"):
                return Lookup.UNUSABLE
            self._keep(writer(schema_id, shipped.parse(msgspec.json.decode(answer["schema"]))))
        except Exception:  # noqa: BLE001  the parser raises its own errors and those of what it trips over
            return Lookup.UNUSABLE
        return Lookup.FOUND

    async def _register(self, name: str, version: shipped.Shipped) -> int:
        place = redacted(self.url)
        remedy = "check TOUCHPOINT_SCHEMA_REGISTRY_URL, or leave it out: the shipped schemas then have fixed ids"
        try:
            status, answer = await self.ask("POST", f"subjects/{name}/versions", {"schema": version.text})
        except (OSError, TimeoutError, ValueError) as error:
            raise TouchpointError("the schema registry does not answer", place=place, remedy=remedy) from error
        if status != _OK:
            said = str(answer.get("message", ""))[:200] if isinstance(answer, dict) else ""
            raise TouchpointError(
                f"the schema registry refuses {name} version {version.version} with {status}: {said}",
                place=place,
                remedy=remedy,
            )
        return int(answer["id"])

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and document of one request; raises OSError, TimeoutError or ValueError."""
        session = self._open()
        headers = {"Accept": f"{_CONTENT_TYPE}, application/json", "Content-Type": _CONTENT_TYPE}
        data = None if body is None else msgspec.json.encode(body)
        async with session.request(method, f"{self.url}/{path}", data=data, headers=headers) as response:
            return response.status, msgspec.json.decode(await response.read() or b"null")

    def _open(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415  slow to import, and most runs have no registry

        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SEC))
        return self._session


async def compatibility(store: SchemaStore, record: str) -> bool | None:
    """Return whether a registry would take our newest schema of a record; None where it has none of that name yet.

    Raises OSError, TimeoutError or ValueError when it does not answer as a registry does.
    """
    body = {"schema": shipped.latest(record).text}
    status, answer = await store.ask("POST", f"compatibility/subjects/{subject(record)}/versions/latest", body)
    if status == _NOT_FOUND:
        return None
    if status != _OK:
        raise ValueError(f"it answers with {status}")
    return bool(answer.get("is_compatible"))


def subject(record: str) -> str:
    """Return the registry's subject of a record, named after the record since many topics carry it."""
    return f"streams.{shipped.latest(record).parsed['name'].rpartition('.')[2]}"


def redacted(url: str) -> str:
    """Return the address without what may be a secret in it."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}".partition("?")[0]


@cache
def shipped_store() -> SchemaStore:
    """Return the store that knows the shipped schemas alone."""
    return SchemaStore()


async def register(url: str) -> dict[str, int]:
    """Register the shipped schemas with a registry and return the ids that it gives to the newest versions."""
    store = SchemaStore(url)
    try:
        return await store.register()
    finally:
        await store.close()
