"""A customer's journey: from the worker that owns it where one answers, else from what alerts have shown."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import quote

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


class Journeys:
    """Asks the workers at these addresses, all at once; close it at the end."""

    def __init__(self, workers: Sequence[str]) -> None:
        self._workers = tuple(workers)
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SEC, trust_env=False)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def of(self, customer: str, alerts: Iterable[Alert]) -> Sequence[Seen]:
        """Return what is known, oldest first, each touchpoint once."""
        found = {(one.source, one.id): one for one in shown_by(alerts)}
        if customer:
            for answer in await asyncio.gather(*(self._ask(worker, customer) for worker in self._workers)):
                found |= {(one.source, one.id): one for one in answer}
        return sorted(found.values(), key=lambda one: (one.at, one.source, one.id))

    async def _ask(self, worker: str, customer: str) -> Sequence[Seen]:
        """Return what one worker has of a customer: nothing, unless it owns the journey and answers in time."""
        try:
            answer = await self._client.get(f"{worker.rstrip('/')}/journey/{quote(customer, safe='')}")
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
