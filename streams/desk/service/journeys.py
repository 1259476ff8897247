"""A customer's journey: from the worker that owns it where one answers, else from what alerts have shown."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from streams.alerts.alert import Alert
from streams.codec.times import from_rfc3339

TIMEOUT_SEC: Final = 1.0
MOST_BYTES: Final = 8 << 20


class Seen(msgspec.Struct, frozen=True):
    """One touchpoint as the desk knows it; `data` is empty where only an alert has shown it."""

    at: int
    type: str
    source: str
    id: str
    subject: str
    data: dict[str, Any]


class _Touchpoint(msgspec.Struct):
    id: str
    source: str
    type: str
    time: str
    subject: str = ""
    data: dict[str, Any] = {}


class _Journey(msgspec.Struct):
    recent: list[_Touchpoint] = []


_decode: Final = msgspec.json.Decoder(_Journey).decode
Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Returns every address of a host; raises OSError where it has none."""


async def addresses_of(host: str) -> Sequence[str]:
    """Ask the system."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Journeys:
    """Asks the workers at these addresses, all at once; close it at the end.

    A name may stand for many workers, as that of a scaled service does: every address behind it is asked.
    """

    def __init__(self, workers: Sequence[str], resolve: Resolve = addresses_of) -> None:
        self._workers = tuple(worker.rstrip("/") for worker in workers)
        self._resolve = resolve
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SEC, trust_env=False)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def of(self, customer: str, alerts: Iterable[Alert]) -> Sequence[Seen]:
        """Return what is known, oldest first, each touchpoint once."""
        found = {(one.source, one.id): one for one in shown_by(alerts)}
        if customer:
            groups = await asyncio.gather(*map(self._every, self._workers))
            workers = dict.fromkeys(worker for group in groups for worker in group)
            for answer in await asyncio.gather(*(self._ask(worker, customer) for worker in workers)):
                found |= {(one.source, one.id): one for one in answer}
        return sorted(found.values(), key=lambda one: (one.at, one.source, one.id))

    async def _every(self, worker: str) -> Sequence[str]:
        """Return the worker once for each address of its host; as it is where TLS or a password needs its name."""
        parts = urlsplit(worker)
        if parts.scheme != "http" or not parts.hostname or "@" in parts.netloc:
            return [worker]
        try:
            async with asyncio.timeout(TIMEOUT_SEC):
                addresses = await self._resolve(parts.hostname)
            port = f":{parts.port}" if parts.port else ""
        except (OSError, TimeoutError, ValueError):
            return ()
        hosts = [f"[{address}]" if ":" in address else address for address in addresses]
        return [f"http://{host}{port}{parts.path}" for host in hosts]

    async def _ask(self, worker: str, customer: str) -> Sequence[Seen]:
        """Return what one worker has of a customer: nothing, unless it owns the journey and answers in time."""
        try:
            answer = await self._client.get(f"{worker}/journey/{quote(customer, safe='')}")
            if answer.status_code != httpx.codes.OK or len(answer.content) > MOST_BYTES:
                return ()
            return [
                Seen(from_rfc3339(one.time) or 0, one.type, one.source, one.id, one.subject, one.data)
                for one in _decode(answer.content).recent
            ]
        except (httpx.HTTPError, msgspec.DecodeError, ValueError):
            return ()


def shown_by(alerts: Iterable[Alert]) -> Iterable[Seen]:
    """Return the touchpoints that alerts have shown."""
    for alert in alerts:
        for one in alert.recent:
            yield Seen(one.time, one.type, one.source, one.id, one.subject, {})
