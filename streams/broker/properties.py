"""`server.properties` of a single broker, as a pure function."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"

# One node: no copies. A group that starts need not wait for more members, and 4 instead of 50 partitions of each
# internal topic save a second at the first use of groups and transactions.
SINGLE_NODE: Final = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "group.initial.rebalance.delay.ms": "0",
    # Topics come from the catalogue: a mistyped name is an error, not a new topic.
    "auto.create.topics.enable": "false",
    # The defaults are sized for a machine that does nothing else: 128 MB for compaction alone.
    "log.cleaner.dedupe.buffer.size": "33554432",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "num.recovery.threads.per.data.dir": "2",
    # A clean stop takes a tenth of a second; on a machine without spare time it must still end within ten.
    "controlled.shutdown.max.retries": "1",
}


def server_properties(
    *, port: int, controller_port: int, log_dir: Path, overrides: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the settings of a loopback-only broker; overrides win, one by one."""
    return {
        **SINGLE_NODE,
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "log.dirs": str(log_dir),
        **(overrides or {}),
    }


def render(properties: Mapping[str, str]) -> str:
    """Write the settings as a Java properties file, in which a backslash begins an escape."""
    return "".join(f"{key}={value.replace(chr(92), chr(92) * 2)}\n" for key, value in sorted(properties.items()))
