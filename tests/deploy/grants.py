"""What deploy/kafka/acls.sh grants, and a broker that enforces it.

The processes of the test come as `User:ANONYMOUS`, one component at a time; only the listener of the super user asks
for a password.
"""

import asyncio
import os
import re
import subprocess
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.testing.patience import PATIENCE_SEC

SCRIPT: Final = Path(__file__).parents[2] / "deploy" / "kafka" / "acls.sh"
COMPONENTS: Final = ("worker", "gateway", "desk", "canary", "topics", "operator", "scaler")
EVERYBODY: Final = "User:ANONYMOUS"
PASSWORD: Final = "of this test alone"  # noqa: S105 - made up
_TYPES: Final = {"topic": 2, "group": 3, "transactional-id": 5}
_PATTERNS: Final = {"literal": 3, "prefixed": 4}
_OPERATIONS: Final = {
    "Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10, "AlterConfigs": 11,
}  # fmt: skip
_ANY: Final = 1
_ALLOW: Final = 3


class Grant(NamedTuple):
    """One right of one principal."""

    principal: str
    operation: str
    resource: str
    name: str
    pattern: str


def granted(folder: Path, component: str, principal: str = EVERYBODY) -> list[Grant]:
    """Run the script for one component with a recorder in the place of Kafka's tool; return what it would grant."""
    record, tool = folder / f"{component}.txt", folder / "kafka-acls"
    tool.write_text('#!/bin/sh\nfor each in "$@"; do printf "%s\\t" "$each"; done >>"$RECORD"; echo >>"$RECORD"\n')
    tool.chmod(0o700)
    environ = {"PATH": os.environ["PATH"], "KAFKA_ACLS": str(tool), "BOOTSTRAP_SERVERS": "kafka:9092"}
    environ |= {"RECORD": str(record), component.upper(): principal}
    subprocess.run(["/bin/bash", str(SCRIPT)], env=environ, check=True)
    return [grant for line in record.read_text().splitlines() for grant in _parse(line.rstrip("\t").split("\t"))]


def _parse(arguments: list[str]) -> Iterable[Grant]:
    assert arguments[:3] == ["--bootstrap-server", "kafka:9092", "--add"], arguments
    pairs = list(zip(arguments[3::2], arguments[4::2], strict=True))
    given = dict(pairs)
    (resource,) = given.keys() - {"--allow-principal", "--operation", "--resource-pattern-type"}
    for option, operation in pairs:
        if option == "--operation":
            pattern = given.get("--resource-pattern-type", "literal")
            yield Grant(given["--allow-principal"], operation, resource.removeprefix("--"), given[resource], pattern)


class Authorizer:
    """Grants and takes back on a broker, as the super user that `login` makes a client of; returns once it is so."""

    def __init__(self, login: dict[str, Any]) -> None:
        self._login = login

    def allow(self, grants: Iterable[Grant]) -> None:
        """Grant exactly this: what was granted before is taken back."""
        asyncio.run(self._change(taken=None, granted=list(grants)))

    def add(self, *grants: Grant) -> None:
        """Grant this, too."""
        asyncio.run(self._change(taken=(), granted=list(grants)))

    def take(self, *grants: Grant) -> None:
        """Take this back."""
        asyncio.run(self._change(taken=grants, granted=[]))

    async def _change(self, *, taken: Collection[Grant] | None, granted: list[Grant]) -> None:
        client = AIOKafkaClient(**self._login)
        await client.bootstrap()
        try:
            node = client.get_random_node()
            before = await self._in_force(client, node)
            for each in taken or ():
                await client.send(node, DeleteAclsRequest(*_fields(each)))
            if taken is None:
                await client.send(node, DeleteAclsRequest(_ANY, None, _ANY, None, None, _ANY, _ANY))
            for each in granted:
                answer = await client.send(node, CreateAclsRequest(*_fields(each)))
                assert [code for code, _ in answer.creation_responses] == [0], each
            wanted = (set() if taken is None else before - set(taken)) | set(granted)
            deadline = time.monotonic() + PATIENCE_SEC
            while await self._in_force(client, node) != wanted:
                assert time.monotonic() < deadline, "the grants are not in force"
                await asyncio.sleep(0.05)
        finally:
            await client.close()

    @staticmethod
    async def _in_force(client: AIOKafkaClient, node: int) -> set[Grant]:
        types, patterns, operations = (
            {number: name for name, number in each.items()} for each in (_TYPES, _PATTERNS, _OPERATIONS)
        )
        answer = await client.send(node, DescribeAclsRequest(_ANY, None, _ANY, None, None, _ANY, _ANY))
        return {
            Grant(principal, operations[operation], types[kind], name, patterns[pattern])
            for kind, name, pattern, rights in answer.resources
            for principal, _, operation, _ in rights
        }


def _fields(grant: Grant) -> tuple[int | str, ...]:
    """Return a grant as Kafka's requests have it: from every host, and allowed."""
    kind, pattern = _TYPES[grant.resource], _PATTERNS[grant.pattern]
    return kind, grant.name, pattern, grant.principal, "*", _OPERATIONS[grant.operation], _ALLOW


class GuardedKafka:
    """A broker with Kafka's own authorizer: who is not granted something is refused."""

    def __init__(self, folder: Path) -> None:
        port, admin, controller = free_port(), free_port(), free_port()
        self.admin_servers = f"127.0.0.1:{admin}"
        login = (
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'username="admin" password="{PASSWORD}" user_admin="{PASSWORD}";'
        )
        clients = f"PLAINTEXT://127.0.0.1:{port},ADMIN://127.0.0.1:{admin}"
        overrides = {
            "listeners": f"{clients},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": clients,
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,ADMIN:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
            "inter.broker.listener.name": "ADMIN",
            "sasl.enabled.mechanisms": "PLAIN",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "listener.name.admin.plain.sasl.jaas.config": login,
            "listener.name.controller.plain.sasl.jaas.config": login,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:admin",
        }
        self.kafka = EmbeddedKafka(folder / "guarded", port=port, overrides=overrides)

    @property
    def servers(self) -> str:
        """Where the components connect to."""
        return self.kafka.bootstrap_servers

    def allow(self, grants: Iterable[Grant]) -> None:
        """Grant exactly this: what was granted before is taken back."""
        Authorizer(self._login).allow(grants)

    def end_of(self, topic: str, partitions: int) -> int:
        """Return how many records a topic has got."""
        return asyncio.run(self._end_of(topic, partitions))

    @property
    def _login(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.admin_servers,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": "admin",
            "sasl_plain_password": PASSWORD,
        }

    async def _end_of(self, topic: str, partitions: int) -> int:
        consumer = AIOKafkaConsumer(**self._login)
        await consumer.start()
        try:
            ends = await consumer.end_offsets([TopicPartition(topic, number) for number in range(partitions)])
            return sum(ends.values())
        finally:
            await consumer.stop()


def rows(document: Path) -> set[tuple[str, ...]]:
    """Return the rows of the table of rights in a document: component, right, resource, name, pattern."""
    found = re.findall(r"^\| (\w+) \| (\w+) \| ([-\w]+) \| `([^`]+)` \| (\w+) \|$", document.read_text(), re.MULTILINE)
    return set(found)
