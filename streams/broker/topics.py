"""Topics on a broker against topics of the catalogue: create what is missing, name what differs."""

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.new_partitions import NewPartitions
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from streams.broker.connect import admin
from streams.codec import catalogue
from streams.codec.catalogue import Topic
from streams.errors import BrokerError

SETTLED_SEC: Final = 60.0  # for a change to be seen by every broker
POLL_SEC: Final = 0.05

_FOREVER: Final = "forever"
_RETENTION: Final = "retention.ms"
_REFUSAL: Final = (
    "the cluster's policy or access rules refuse it: see deploy/kafka/ACLS.md, and ask who runs the cluster"
)


_OWN: Final = 1  # the source of an entry that was set on the topic itself


class _Entry(NamedTuple):
    name: str
    value: str
    is_own: bool


class What(StrEnum):
    """What of a topic differs."""

    MISSING = "missing"
    PARTITIONS = "partitions"
    REPLICATION = "replication_factor"
    CONFIG = "config"


class Difference(msgspec.Struct, frozen=True):
    """One thing that a broker has otherwise than the catalogue, with the command or setting that mends it."""

    topic: str
    what: What
    name: str  # of the configuration entry, or the same as `what`
    expected: str
    actual: str
    remedy: str

    def __str__(self) -> str:
        """Return the difference as one line."""
        if self.what is What.MISSING:
            return f"{self.topic}: missing ({self.remedy})"
        return f"{self.topic}: {self.name} is {self.actual} instead of {self.expected} ({self.remedy})"


class TopicState(msgspec.Struct, frozen=True):
    """A topic as it is on a broker, or as it should be there."""

    name: str
    partitions: int
    replication_factor: int
    config: dict[str, str]


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """What a deployment decides over the catalogue. `retention` is of the touchpoint topics; empty = the catalogue's.

    Kafka counts retention from the records' own timestamps, so a replay of old touchpoints needs `forever`.
    """

    partitions: int = 8
    replication_factor: int = 1
    retention: str = ""

    def wants(self, topic: Topic) -> TopicState:
        """Return how a topic of the catalogue should be in this deployment."""
        config = topic.settings
        if self.retention and topic.schema == "touchpoint":
            config[_RETENTION] = _retention_ms(self.retention)
        return TopicState(topic.name, topic.count(self.partitions), self.replication_factor, config)


def _retention_ms(text: str) -> str:
    return str(catalogue.FOREVER if text == _FOREVER else catalogue.duration_ms(text, "--retention"))


async def create(servers: str, deployment: Deployment, *, alter: bool = False) -> tuple[list[str], list[Difference]]:
    """Create what is missing; return the names made and what still differs in the topics that were there before.

    With `alter` the configuration of those is mended first; their other entries stay. Returns when each partition of
    the new topics has a leader. Raises BrokerError when the broker refuses.
    """
    wanted = [deployment.wants(topic) for topic in catalogue.shipped()]
    async with admin(servers) as client:
        found = await describe(client)
        missing = [topic for topic in wanted if topic.name not in found]
        if missing:
            await make(client, missing, servers)
        there = [topic for topic in wanted if topic.name in found]
        differences = compare(there, found)
        if alter and any(difference.what is What.CONFIG for difference in differences):
            await _alter(client, differences, servers)
            differences = await _altered(client, there)
    return [topic.name for topic in missing], differences


async def check(servers: str, deployment: Deployment) -> list[Difference]:
    """Return everything that a broker has otherwise than the catalogue."""
    wanted = [deployment.wants(topic) for topic in catalogue.shipped()]
    async with admin(servers) as client:
        return compare(wanted, await describe(client))


async def found(servers: str) -> dict[str, TopicState]:
    """Return the catalogue's topics that a broker has, as they are there."""
    async with admin(servers) as client:
        return await describe(client)


def compare(wanted: Iterable[TopicState], found: Mapping[str, TopicState]) -> list[Difference]:
    """Return each difference; configuration that the catalogue does not speak of is the operator's own business."""
    differences: list[Difference] = []
    for topic in wanted:
        there = found.get(topic.name)
        if there is None:
            differences.append(Difference(topic.name, What.MISSING, What.MISSING, "", "", "touchpoint topics create"))
        else:
            differences += _compare(topic, there)
    return differences


def _compare(topic: TopicState, there: TopicState) -> list[Difference]:
    differences = []
    if there.partitions != topic.partitions:
        remedy = f"use --partitions {there.partitions}; more of them: `touchpoint topics grow`"
        numbers = str(topic.partitions), str(there.partitions)
        differences.append(Difference(topic.name, What.PARTITIONS, What.PARTITIONS, *numbers, remedy))
    if there.replication_factor < topic.replication_factor:
        numbers = str(topic.replication_factor), str(there.replication_factor)
        remedy = "kafka-reassign-partitions.sh adds replicas"
        differences.append(Difference(topic.name, What.REPLICATION, What.REPLICATION, *numbers, remedy))
    for name, value in topic.config.items():
        if not _is_same(value, actual := there.config.get(name, "")):
            remedy = "touchpoint topics create --alter"
            differences.append(Difference(topic.name, What.CONFIG, name, value, actual, remedy))
    return differences


def _is_same(value: str, actual: str) -> bool:
    try:
        return float(value) == float(actual)
    except ValueError:
        return value == actual


async def describe(client: AIOKafkaAdminClient) -> dict[str, TopicState]:
    """Return the catalogue's topics that the broker has.

    It asks for all topics, since asking for one by name would create it on a broker that creates topics by itself.
    """
    names = {topic.name for topic in catalogue.shipped()}
    there = [topic for topic in await client.describe_topics() if topic["topic"] in names]
    if not there:
        return {}
    entries = await _configs(client, [topic["topic"] for topic in there])
    return {
        topic["topic"]: TopicState(
            topic["topic"],
            len(topic["partitions"]),
            min((len(partition["replicas"]) for partition in topic["partitions"]), default=0),
            {entry.name: entry.value for entry in entries[topic["topic"]]},
        )
        for topic in there
    }


async def _configs(client: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, list[_Entry]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs: dict[str, list[_Entry]] = {}
    for response in await client.describe_configs(resources):
        for error_code, message, _, name, entries in response.resources:
            if error_code:
                raise BrokerError(f"the configuration of {name} cannot be read: {message}", remedy=_REFUSAL)
            configs[name] = [_Entry(entry[0], entry[1] or "", entry[3] == _OWN) for entry in entries]
    return configs


async def _alter(client: AIOKafkaAdminClient, differences: Iterable[Difference], servers: str) -> None:
    """Set what differs. The request replaces all entries of a topic, so what the topic has of its own goes with it."""
    changes: dict[str, dict[str, str]] = {}
    for difference in differences:
        if difference.what is What.CONFIG:
            changes.setdefault(difference.topic, {})[difference.name] = difference.expected
    own = {
        name: {entry.name: entry.value for entry in entries if entry.is_own}
        for name, entries in (await _configs(client, changes)).items()
    }
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, name, own[name] | changed) for name, changed in changes.items()
    ]
    for response in await client.alter_configs(resources):
        for error_code, message, _, name in response.resources:
            if error_code:
                raise BrokerError(f"{name} cannot be altered: {message}", place=servers, remedy=_REFUSAL)


async def _altered(client: AIOKafkaAdminClient, there: list[TopicState]) -> list[Difference]:
    """Return what still differs once the changes are seen everywhere; the broker answers before they are."""
    until = time.monotonic() + SETTLED_SEC
    while True:
        differences = compare(there, await describe(client))
        is_settled = not any(difference.what is What.CONFIG for difference in differences)
        if is_settled or time.monotonic() > until:
            return differences
        await asyncio.sleep(POLL_SEC)


async def make(client: AIOKafkaAdminClient, topics: Collection[TopicState], servers: str) -> None:
    """Make topics; return when each of their partitions has a leader, which the broker's own answer does not say.

    A topic that is there already stays as it is. Raises BrokerError when the broker refuses one, or none leads in time.
    """
    new = [
        NewTopic(topic.name, topic.partitions, topic.replication_factor, topic_configs=topic.config) for topic in topics
    ]
    response: Any = await client.create_topics(new)
    for name, error_code, message in response.topic_errors:
        if error_code and for_code(error_code) is not TopicAlreadyExistsError:  # another `create` at the same time
            raise BrokerError(f"{name} cannot be created: {message}", place=servers, remedy=_REFUSAL)
    await _led(client, {topic.name: topic.partitions for topic in topics}, servers)


async def extend(client: AIOKafkaAdminClient, counts: Mapping[str, int], servers: str) -> None:
    """Give topics that are there more partitions; return when each has a leader.

    A topic that has as many stays as it is. Raises BrokerError when the broker refuses, as it does for fewer.
    """
    found = {topic["topic"]: len(topic["partitions"]) for topic in await client.describe_topics()}
    wanted = {name: NewPartitions(count) for name, count in counts.items() if found.get(name) != count}
    if wanted:
        try:
            await client.create_partitions(wanted)
        except KafkaError as error:
            raise BrokerError(f"the topics cannot grow: {error}", place=servers, remedy=_REFUSAL) from error
    await _led(client, counts, servers)


async def _led(client: AIOKafkaAdminClient, counts: Mapping[str, int], servers: str) -> None:
    """Wait until producers and consumers can use each partition; the broker answers before they can."""
    try:
        async with asyncio.timeout(SETTLED_SEC):
            while True:
                topics = await client.describe_topics()
                led = {topic["topic"]: sum(each["leader"] >= 0 for each in topic["partitions"]) for topic in topics}
                if all(led.get(name) == count for name, count in counts.items()):
                    return
                await asyncio.sleep(POLL_SEC)
    except TimeoutError as error:
        raise BrokerError(
            "the new topics have no leader yet", place=servers, remedy="see the broker's log, then check again"
        ) from error
