"""A broker that wants to know who is there: every client signs in as the settings say, and access rules hold."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.broker.properties import HOST
from streams.codec.touchpoint import to_json
from streams.testing.patience import PATIENCE_SEC
from streams.testing.workers import WorkerProcess
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.findings import findings

pytestmark = pytest.mark.kafka
NOW: Final = 1_777_636_800_000
PASSWORD: Final = "a password of this test alone"  # noqa: S105
LOGIN: Final = "org.apache.kafka.common.security.plain.PlainLoginModule"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The listener of a broker where `touchpoint` may do everything, and `stranger` may sign in and nothing else."""
    plain, signed, controller = (free_port() for _ in range(3))
    users = f'user_touchpoint="{PASSWORD}" user_stranger="{PASSWORD}"'
    overrides = {
        "listeners": f"PLAINTEXT://{HOST}:{plain},SIGNED://{HOST}:{signed},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{plain},SIGNED://{HOST}:{signed}",
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SIGNED:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.signed.plain.sasl.jaas.config": f"{LOGIN} required {users};",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS;User:touchpoint",
    }
    with EmbeddedKafka(tmp_path_factory.mktemp("signed"), port=plain, overrides=overrides):
        yield f"{HOST}:{signed}"


def environ(servers: str, folder: Path, user: str, password: str = PASSWORD) -> dict[str, str]:
    """Return what a process is told; the password is in a file, as secret stores have it."""
    secret = folder / "password"
    secret.write_text(f"{password}\n")
    secret.chmod(0o600)
    return {
        "TOUCHPOINT_BOOTSTRAP_SERVERS": servers,
        "TOUCHPOINT_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "TOUCHPOINT_SASL_MECHANISM": "PLAIN",
        "TOUCHPOINT_SASL_USERNAME": user,
        "TOUCHPOINT_SASL_PASSWORD_FILE": str(secret),
        "TOUCHPOINT_PARTITIONS": "2",
        "TOUCHPOINT_DATA_DIR": str(folder / "data"),
    }


def touchpoint(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "streams.cli", *arguments]
    return subprocess.run(command, env={**os.environ, **environ}, capture_output=True, check=False, text=True)


async def test_touchpoints_become_alerts_behind_a_sign_in(servers: str, tmp_path: Path) -> None:
    """Topics are made, a worker owns its partitions, and what is sent comes out as an alert."""
    told = environ(servers, tmp_path, "touchpoint")
    created = await asyncio.to_thread(touchpoint, told, "topics", "create", "--retention", "forever")
    assert created.returncode == 0, created.stderr
    with WorkerProcess("worker", tmp_path, told, ("--clock", "event")).start() as worker:
        await asyncio.to_thread(worker.wait_ready)
        failures = [Touchpoint(str(n), "//test", "payment.failed", NOW + n, "ana", "order:1") for n in range(3)]
        file = tmp_path / "touchpoints.jsonl"
        file.write_bytes(b"\n".join(map(to_json, failures)))
        sent = await asyncio.to_thread(touchpoint, told, "send", "--speed", "max", str(file))
        assert sent.returncode == 0, sent.stderr
        async with asyncio.timeout(PATIENCE_SEC):
            while not (lines := await _alerts(told)):  # noqa: ASYNC110 - another process makes them
                await asyncio.sleep(0.2)
    assert {line["customer"] for line in lines} == {"ana"}


def test_who_may_do_nothing_is_told_what_is_missing(servers: str, tmp_path: Path) -> None:
    """By the doctor, topic by topic."""
    told = environ(servers, tmp_path, "stranger")
    found = findings(lambda: touchpoint(told, "doctor", "--component", "gateway", "--json").stdout)
    (line,) = [one for one in found if one["check"] == "access"]
    assert line["state"] == "failed"
    assert line["seen"].startswith("gateway lacks Write on topic touchpoints.web")
    assert "deploy/kafka/ACLS.md" in line["remedy"]


def test_who_may_not_use_the_group_is_told_so(servers: str, tmp_path: Path) -> None:
    """A worker without it would wait for ever, and without its transactional ids as well."""
    found = {}
    for user in ("stranger", "touchpoint"):
        told = environ(servers, tmp_path, user)
        every = findings(lambda told=told: touchpoint(told, "doctor", "--component", "worker", "--json").stdout)  # type: ignore[misc] # bound now
        found[user] = [one["seen"] for one in every if one["check"] == "access"]
    assert found["stranger"][0].startswith("worker lacks Read on topic ")
    assert found["touchpoint"] == ["worker may do what deploy/kafka/ACLS.md lists"]


def test_a_wrong_password_is_one_line(servers: str, tmp_path: Path) -> None:
    """Which names the settings, and not what was in them."""
    done = touchpoint(environ(servers, tmp_path, "touchpoint", "wrong"), "topics", "list")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "TOUCHPOINT_SASL_PASSWORD" in done.stderr
    assert "wrong" not in done.stderr


async def _alerts(told: dict[str, str]) -> list[dict[str, str]]:
    arguments = ("alerts", "tail", "--from-beginning", "--exit-at-end", "--json")
    done = await asyncio.to_thread(touchpoint, told, *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
