"""Clients of a broker that fail fast and say so in one line."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from streams.errors import BrokerError, UsageError

TIMEOUT_MS: Final = 5_000  # for a broker that does not answer; one that refuses is noticed at once

_ACCESS: Final = "grant read and write on the topics of `touchpoint topics list`"
_UNANSWERED: Final = (KafkaConnectionError, NodeNotReadyError, TimeoutError)


@asynccontextmanager
async def admin(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give a started admin client; raises BrokerError when no broker answers, then or within the block."""
    with explained(servers):
        client = AIOKafkaAdminClient(bootstrap_servers=_hosts(servers), request_timeout_ms=TIMEOUT_MS)
        try:
            await client.start()
            yield client
        finally:
            await client.close()


@asynccontextmanager
async def consumer(servers: str, *topics: str, **options: Any) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a started consumer that sees committed records only; raises BrokerError as `admin` does."""
    with explained(servers):
        client = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=_hosts(servers),
            request_timeout_ms=TIMEOUT_MS,
            isolation_level="read_committed",
            **options,
        )
        try:
            await client.start()
            yield client
        finally:
            await client.stop()


@asynccontextmanager
async def producer(servers: str, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """Give a started idempotent producer that waits for all replicas; raises BrokerError as `admin` does."""
    with explained(servers):
        client = AIOKafkaProducer(
            bootstrap_servers=_hosts(servers), request_timeout_ms=TIMEOUT_MS, enable_idempotence=True, **options
        )
        try:
            await client.start()
            yield client
        finally:
            await client.stop()


@contextmanager
def explained(servers: str) -> Iterator[None]:
    """Turn what the client raises into a BrokerError with the remedy."""
    try:
        yield
    except _UNANSWERED as error:
        raise BrokerError(
            "no Kafka broker answers",
            place=servers,
            remedy="start one with `touchpoint broker start`, or name yours with --bootstrap-servers",
        ) from error
    except UnknownTopicOrPartitionError as error:
        raise BrokerError("a topic is missing", place=servers, remedy="touchpoint topics create") from error
    except TopicAuthorizationFailedError as error:
        raise BrokerError("the cluster does not let us at the topics", place=servers, remedy=_ACCESS) from error
    except KafkaError as error:
        raise BrokerError(f"Kafka refuses: {error}", place=servers, remedy="see the broker's log") from error


def _hosts(servers: str) -> str:
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise UsageError(f"`{server}` is not host:port", place="--bootstrap-servers", remedy="write 127.0.0.1:9092")
    return servers
