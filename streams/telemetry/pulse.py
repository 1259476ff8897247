"""Whether Kafka and a schema registry answer, asked as our own clients would ask."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import aiohttp
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from streams.settings.kafka import client_options
from streams.telemetry.dependencies import PATIENCE_SEC, Check, Dependency, follow

_TYPES: Final = "/schemas/types"  # small, and the same whatever the registry holds
_BROKEN: Final = 500


class KafkaPulse:
    """One connection that is kept, since a sign-in costs both sides some milliseconds; closed by `close`."""

    def __init__(self, servers: str) -> None:
        self._servers = [server.strip() for server in servers.split(",")]
        self._connection: Any = None

    async def beats(self) -> bool:
        """Return whether a broker lets us in and counts somebody as alive in its cluster; itself, if nobody else."""
        if self._connection is not None and await self._is_answered():
            return True
        for server in self._servers:
            host, _, port = server.rpartition(":")
            limit_ms = int(PATIENCE_SEC * 1000 / len(self._servers))
            try:
                self._connection = await create_conn(
                    host.strip("[]"), int(port), request_timeout_ms=limit_ms, **client_options()
                )
            except (KafkaError, OSError, asyncio.IncompleteReadError):
                continue
            if await self._is_answered():
                return True
        return False

    def close(self) -> None:
        """Let the connection go; the next beat makes another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _is_answered(self) -> bool:
        try:
            answer = await self._connection.send(MetadataRequest([]))
        except BaseException as error:  # a time-out cancels; whatever was asked, its answer is nobody's now
            self.close()
            if isinstance(error, KafkaError | OSError):
                return False
            raise
        return bool(answer.brokers)


async def registry_answers(url: str) -> bool:
    """Return whether somebody answers there, whatever it is but an error of its own."""
    limit = aiohttp.ClientTimeout(total=PATIENCE_SEC)
    async with aiohttp.ClientSession(timeout=limit) as session, session.get(f"{url.rstrip('/')}{_TYPES}") as answer:
        return answer.status < _BROKEN


async def watch(
    tell: Callable[[str, bool], None],
    servers: str,
    registry_url: str = "",
    others: Mapping[Dependency, Check] = MappingProxyType({}),
) -> None:
    """Tell of Kafka, of the registry where there is one, and of others whether they answer, until cancelled."""
    pulse = KafkaPulse(servers)
    checks: dict[Dependency, Check] = {Dependency.KAFKA: pulse.beats, **others}
    if registry_url:
        checks[Dependency.REGISTRY] = partial(registry_answers, registry_url)
    try:
        await follow(checks, tell)
    finally:
        pulse.close()
