"""Clients of a broker that fail fast and say so in one line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    NodeNotReadyError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnknownTopicOrPartitionError,
)

from streams.broker.refusal import refusal
from streams.errors import BrokerError, UsageError
from streams.settings.kafka import client_options, kafka_settings

TIMEOUT_MS: Final = 5_000  # for a broker that does not answer; one that refuses is noticed at once

_ACCESS: Final = (
    "grant what deploy/kafka/ACLS.md lists for who signs in here; `touchpoint doctor` names what is missing"
)
_SIGN_IN: Final = "see TOUCHPOINT_SECURITY_PROTOCOL, TOUCHPOINT_SASL_USERNAME, TOUCHPOINT_SASL_PASSWORD[_FILE]"
_UNANSWERED: Final = (KafkaConnectionError, NodeNotReadyError, TimeoutError)
_REFUSED: Final = {
    TopicAuthorizationFailedError: "topics",
    GroupAuthorizationFailedError: "groups",
    TransactionalIdAuthorizationFailed: "transactional ids",
    ClusterAuthorizationFailedError: "the cluster itself",
}


@asynccontextmanager
async def admin(servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give a started admin client; raises BrokerError when no broker answers, then or within the block."""
    async with explained(servers):
        client = AIOKafkaAdminClient(
            bootstrap_servers=_hosts(servers), request_timeout_ms=TIMEOUT_MS, **client_options()
        )
        try:
            await client.start()
            yield client
        finally:
            await client.close()


@asynccontextmanager
async def consumer(servers: str, *topics: str, **options: Any) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a started consumer, which sees committed records only unless told; raises BrokerError as `admin` does."""
    async with explained(servers):
        client = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=_hosts(servers),
            request_timeout_ms=TIMEOUT_MS,
            **{"isolation_level": "read_committed", **options},
            **client_options(),
        )
        try:
            await client.start()
            yield client
        finally:
            await client.stop()


@asynccontextmanager
async def producer(servers: str, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """Give a started idempotent producer that waits for all replicas; raises BrokerError as `admin` does."""
    async with explained(servers):
        client = AIOKafkaProducer(
            bootstrap_servers=_hosts(servers),
            request_timeout_ms=TIMEOUT_MS,
            enable_idempotence=True,
            **options,
            **client_options(),
        )
        try:
            await client.start()
            yield client
        finally:
            await client.stop()


@asynccontextmanager
async def explained(servers: str) -> AsyncIterator[None]:
    """Turn what the client raises into a BrokerError with the remedy; where nobody answers, find out why."""
    try:
        yield
    except _UNANSWERED as error:
        if (refused := await refusal(servers)) is not None:
            raise refused from error
        is_signed = kafka_settings().security_protocol != "PLAINTEXT"
        remedy = "start one with `touchpoint broker start`, or name yours with --bootstrap-servers"
        remedy += f"; where it is there, {_SIGN_IN}" if is_signed else ""
        raise BrokerError("no Kafka broker answers", place=servers, remedy=remedy) from error
    except UnknownTopicOrPartitionError as error:
        raise BrokerError("a topic is missing", place=servers, remedy="touchpoint topics create") from error
    except tuple(_REFUSED) as error:
        raise BrokerError(f"the cluster does not let us at {_what(error)}", place=servers, remedy=_ACCESS) from error
    except KafkaError as error:
        raise BrokerError(f"Kafka refuses: {error}", place=servers, remedy="see the broker's log") from error


def missing(topic: str, servers: str) -> BrokerError:
    """Return what to raise where a topic is not there, or not for us: a cluster does not tell which."""
    is_signed = kafka_settings().security_protocol != "PLAINTEXT"
    remedy = f"touchpoint topics create{f'; where it is there, {_ACCESS}' if is_signed else ''}"
    return BrokerError(f"topic {topic} is missing", place=servers, remedy=remedy)


def _what(error: KafkaError) -> str:
    """Return the kind of thing that is refused, and its name where the client tells."""
    names = sorted({name for each in error.args for name in ([each] if isinstance(each, str) else each)})
    return f"{_REFUSED[type(error)]}{' ' if names else ''}{', '.join(names)}"


def _hosts(servers: str) -> str:
    for server in servers.split(","):
        host, _, port = server.strip().rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise UsageError(f"`{server}` is not host:port", place="--bootstrap-servers", remedy="write 127.0.0.1:9092")
    return servers
