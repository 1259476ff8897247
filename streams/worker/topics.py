"""The topics of the catalogue as the worker uses them, and whether the broker has them so.

A topic id changes when a topic is deleted and created again under its name. aiokafka does not ask for it, so the
request is declared here (KIP-516, Metadata 12).
"""

import asyncio
import uuid
from collections.abc import Iterable
from typing import Any, Final

from aiokafka import errors
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

from streams.codec import catalogue
from streams.errors import BrokerError
from streams.settings.kafka import client_options
from streams.worker.kit import Topics

_UNKNOWN_TOPIC: Final = 3
_NOT_AUTHORIZED: Final = 29
_WAIT_SEC: Final = 10.0


class _Uuid(AbstractType[uuid.UUID]):
    @classmethod
    def encode(cls, value: uuid.UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: Any) -> uuid.UUID:
        return uuid.UUID(bytes=data.read(16))


class _MetadataResponse(Response):
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", _Uuid),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("in_sync", CompactArray(Int32)),
                        ("offline", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _MetadataRequestV12(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY = 3
    API_VERSION = 12
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", _Uuid), ("name", CompactString("utf-8")), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequestV12]):
    API_KEY = 3

    def __init__(self, topics: Iterable[str], *, with_permissions: bool = False) -> None:
        self._topics = list(topics)
        self._with_permissions = with_permissions

    def build(self, request_struct_class: type[_MetadataRequestV12]) -> _MetadataRequestV12:
        none = uuid.UUID(int=0)
        return request_struct_class([(none, topic, {}) for topic in self._topics], False, self._with_permissions, {})


class Found(dict[str, tuple[int, str]]):
    """Topic -> its number of partitions and its topic id; a topic that does not exist is missing."""


async def describe(client: AIOKafkaClient, topics: Iterable[str]) -> Found:
    """Ask any broker; raises aiokafka's KafkaError when none answers."""
    answer = await client.send(client.get_random_node(), _MetadataRequest(topics))
    return Found(
        {
            name: (len(partitions), str(topic_id))
            for error, name, topic_id, _, partitions, *_ in answer.topics
            if error != _UNKNOWN_TOPIC
        }
    )


async def permitted(servers: str, topics: Iterable[str]) -> dict[str, int]:
    """Return for each topic that is there what we may do, one bit for each of Kafka's operations (KIP-430).

    Raises aiokafka's KafkaError when no broker answers.
    """
    client = AIOKafkaClient(bootstrap_servers=servers, **client_options())
    try:
        await asyncio.wait_for(client.bootstrap(), _WAIT_SEC)
        request = _MetadataRequest(topics, with_permissions=True)
        answer = await client.send(client.get_random_node(), request)
    finally:
        await client.close()
    return {name: operations for error, name, *_, operations, _ in answer.topics if error in {0, _NOT_AUTHORIZED}}


def worker_topics(partitions: int, namespace: str = "") -> Topics:
    """Return the catalogue as the worker uses it; `namespace` goes in front of every name."""
    return Topics(
        touchpoints={namespace + topic.name: topic.number for topic in catalogue.sources()},
        changelog=namespace + catalogue.CHANGELOG,
        alerts=namespace + catalogue.ALERTS,
        dead=namespace + catalogue.DEAD,
        dead_partitions=catalogue.topic(catalogue.DEAD).count(partitions),
        sources=namespace + catalogue.SOURCES,
        rules=namespace + catalogue.RULES,
        stats=namespace + catalogue.STATS,
        recovery=f"{namespace}{catalogue.TOUCHPOINTS}recovery",
    )


async def check(bootstrap_servers: str, partitions: int, topics: Topics) -> dict[str, str]:
    """Return the topic ids of what is folded; raise BrokerError when the broker is away or its topics are not right."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap_servers, **client_options())
    try:
        await asyncio.wait_for(client.bootstrap(), _WAIT_SEC)
        wanted = dict.fromkeys([*topics.touchpoints, topics.changelog, topics.alerts, topics.stats], partitions)
        wanted |= {topics.dead: topics.dead_partitions, topics.sources: 1, topics.rules: 1}
        found = await asyncio.wait_for(describe(client, wanted), _WAIT_SEC)
    except (errors.KafkaError, OSError, TimeoutError) as error:
        raise BrokerError(
            "no Kafka broker answers",
            remedy="start one (`touchpoint broker start`), or set TOUCHPOINT_BOOTSTRAP_SERVERS",
            place=bootstrap_servers,
        ) from error
    finally:
        await client.close()
    if missing := sorted(wanted.keys() - found.keys()):
        raise BrokerError(
            f"topics are missing: {', '.join(missing)}", remedy="`touchpoint topics create`", place=bootstrap_servers
        )
    for topic, count in wanted.items():
        if found[topic][0] != count:
            raise BrokerError(
                f"the topic has {found[topic][0]} partitions, this deployment works with {count}",
                remedy="set TOUCHPOINT_PARTITIONS to what the topics have; `touchpoint topics check` shows all",
                place=topic,
            )
    return {topic: found[topic][1] for topic in topics.touchpoints}
