"""Law L10: the alerts on the topic and from `backtest --output` are the same, on a real broker, by the commands."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from streams.broker.embedded import EmbeddedKafka
from streams.codec.vocabulary import shipped
from streams.testing.deployment import SESSION_SEC, Deployment
from streams.testing.patience import PATIENCE_SEC
from streams.testing.workers import WorkerProcess

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]

RULES: Final = Path(__file__).parents[2] / "deploy" / "rules"
CUSTOMERS: Final = 4_600
LEAST_TOUCHPOINTS: Final = 50_000
PARTITIONS: Final = 8
SETTLED_POLLS: Final = 6  # for deadlines, once all that was sent is folded
BY_ARRIVAL: Final = ("revision", "detected_at")  # all that may depend on how touchpoints arrived


class Commands:
    """The command line against one broker."""

    def __init__(self, servers: str) -> None:
        """Point every command at this broker."""
        self.environ = {"TOUCHPOINT_BOOTSTRAP_SERVERS": servers, "TOUCHPOINT_LANE_SESSION_SEC": SESSION_SEC}

    def run(self, *arguments: str | Path) -> str:
        """Run a command to its end and return what it printed."""
        command = [sys.executable, "-m", "streams.cli", *map(str, arguments)]
        environ = os.environ | self.environ
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def alerts(self) -> list[dict[str, Any]]:
        """Return every revision on the alerts topic."""
        return rows(self.run("alerts", "tail", "--from-beginning", "--exit-at-end", "--json"))

    def settled_alerts(self, least: int) -> list[dict[str, Any]]:
        """Return the alerts once there are enough of them and no more come."""
        found, still = self.alerts(), 0
        deadline = time.monotonic() + PATIENCE_SEC
        while (len(found) < least or still < SETTLED_POLLS) and time.monotonic() < deadline:
            before, found = len(found), self.alerts()
            still = still + 1 if len(found) == before else 0
        return found


def rows(lines: str) -> list[dict[str, Any]]:
    """Return the objects of JSON lines."""
    return [json.loads(line) for line in lines.splitlines()]


def standing(alerts: list[dict[str, Any]]) -> list[str]:
    """Return the last revision of each alert that was not retracted, as sorted lines, without what arrival decides."""
    last: dict[str, dict[str, Any]] = {}
    for alert in sorted(alerts, key=lambda alert: alert["revision"]):
        last[alert["alert_id"]] = alert
    kept = [alert for alert in last.values() if alert["status"] != "retracted"]
    return sorted(json.dumps({k: v for k, v in alert.items() if k not in BY_ARRIVAL}) for alert in kept)


@pytest.mark.parametrize("late", ["0", "0.05"])
def test_the_topic_holds_what_the_backtest_says(
    late: str, fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path
) -> None:
    """Fifty thousand touchpoints in order, or one in twenty late and doubled: the same alerts stand, byte by byte."""
    servers = fresh_broker().bootstrap_servers
    commands = Commands(servers)
    events, output = tmp_path / "events.jsonl", tmp_path / "alerts.jsonl"
    shares = ("--late", late, "--duplicates", late)
    commands.run("simulate", "--customers", str(CUSTOMERS), "--seed", "11", "--output", events, *shares)
    summary = json.loads(commands.run("backtest", "--rules", RULES, "--events", events, "--output", output, "--json"))
    assert summary["touchpoints"] >= LEAST_TOUCHPOINTS
    expected = standing(rows(output.read_text()))
    commands.run("topics", "create", "--partitions", str(PARTITIONS), "--retention", "forever")
    arguments = ("--clock", "event", "--rules", str(RULES))
    with WorkerProcess("worker", tmp_path, commands.environ, arguments) as worker:
        worker.start().wait_ready()
        commands.run("send", events)
        asyncio.run(Deployment(servers, "", shipped(), PARTITIONS).wait_committed(2 * PATIENCE_SEC))
        found = commands.settled_alerts(len(expected))
        worker.terminate()
        assert worker.wait() == 0
    assert standing(found) == expected
    assert len({(alert["alert_id"], alert["revision"]) for alert in found}) == len(found)
