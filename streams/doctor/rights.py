"""What each component must be allowed on a cluster with access rules, and what of it the cluster does not allow.

The same as deploy/kafka/acls.sh grants; a test compares them.
"""

import asyncio
from collections.abc import Iterator
from typing import Final, NamedTuple

from streams.broker import groups, transactional
from streams.codec import catalogue
from streams.settings.declared import Part
from streams.worker.topics import permitted

READ: Final = "Read"
WRITE: Final = "Write"
DESCRIBE: Final = "Describe"
USERS: Final = (Part.WORKER, Part.GATEWAY, Part.DESK, Part.CANARY)
_BITS: Final = {READ: 3, WRITE: 4, DESCRIBE: 8}  # Kafka's numbers
GROUPS: Final = {Part.WORKER: "journeys", Part.DESK: "desk"}


class Right(NamedTuple):
    """One operation on one topic, group or transactional-id, by name or by the prefix of names."""

    operation: str
    resource: str
    name: str
    is_prefix: bool = False

    def __str__(self) -> str:
        """Return it as the document of rights has it."""
        return f"{self.operation} on {self.resource} {self.name}{'*' if self.is_prefix else ''}"


def needed(part: Part, namespace: str = "") -> list[Right]:
    """Return everything that a component must be allowed; `namespace` goes in front of the worker's names."""
    before = namespace if part is Part.WORKER else ""
    rights = [Right(each.operation, each.resource, f"{before}{each.name}", each.is_prefix) for each in _needed(part)]
    return list(dict.fromkeys(rights))


def _needed(part: Part) -> Iterator[Right]:
    for topic in catalogue.shipped():
        if part in topic.consumers:
            yield Right(READ, "topic", topic.name)
        if part in topic.producers:
            yield Right(WRITE, "topic", topic.name)
        elif part is Part.GATEWAY and topic in catalogue.sources():
            yield Right(DESCRIBE, "topic", topic.name)  # it looks whether all are there
    if part in {Part.WORKER, Part.CANARY}:
        yield Right(READ, "topic", catalogue.ALERTS)  # a worker says nothing twice
    if part in GROUPS:
        yield Right(READ, "group", GROUPS[part])
    if part is Part.WORKER:
        yield Right(WRITE, "transactional-id", f"{catalogue.CHANGELOG}/", is_prefix=True)


async def lacking(servers: str, part: Part, namespace: str = "") -> list[Right]:
    """Return what the cluster does not allow us; topics that are not there are left out, unless we may not see them.

    Raises BrokerError as `admin` does, and aiokafka's KafkaError where no broker answers.
    """
    rights = needed(part, namespace)
    topics = [right for right in rights if right.resource == "topic"]
    allowed, others = await asyncio.gather(
        permitted(servers, sorted({right.name for right in topics})),
        asyncio.gather(*(_is_allowed(servers, right) for right in rights if right.resource != "topic")),
    )
    refused = [one for one in topics if one.name in allowed and not _has(allowed[one.name], one.operation)]
    return refused + [right for right, is_allowed in others if not is_allowed]


async def _is_allowed(servers: str, right: Right) -> tuple[Right, bool]:
    if right.resource == "group":
        return right, _has(await groups.permitted(servers, right.name), right.operation)
    return right, await transactional.may_write(servers, right.name)


def _has(operations: int, operation: str) -> bool:
    return bool(operations >> _BITS[operation] & 1)
