"""`touchpoint broker start`, as a person types it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port, is_free
from streams.testing.patience import PATIENCE_SEC

pytestmark = pytest.mark.kafka

ENDS_SEC = 30.0  # it takes less than ten; a machine with four other lanes of tests is given three times as long
COMMAND = (str(Path(sys.executable).with_name("touchpoint")), "broker", "start")
Started = subprocess.Popen[str]
Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the command with a data folder of its own; whatever happens, it is gone after the test."""
    running: list[Started] = []

    def run(*arguments: str, environment: Mapping[str, str] | None = None) -> Started:
        options = arguments if "--data" in arguments else (*arguments, "--data", str(tmp_path / "data"))
        running.append(
            subprocess.Popen(
                [*COMMAND, *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, **(environment or {})},
            )
        )
        return running[-1]

    yield run
    for process in running:
        process.terminate()
        process.communicate(timeout=PATIENCE_SEC)


def _refused(process: Started) -> str:
    """Return the one line of a command that did not start, after checking that it is one."""
    printed, error = process.communicate(timeout=PATIENCE_SEC)
    assert process.returncode == 1
    assert printed == ""
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_end(start: Start, ending: signal.Signals) -> None:
    """One line says where it is ready; SIGTERM and Ctrl-C end it cleanly within ten seconds, and the port is free."""
    port = free_port()
    process = start("--port", str(port))
    assert process.stdout is not None
    assert process.stdout.readline() == f"ready on 127.0.0.1:{port}\n"
    began = time.monotonic()
    process.send_signal(ending)
    printed, error = process.communicate(timeout=PATIENCE_SEC)
    assert time.monotonic() - began < ENDS_SEC
    assert (process.returncode, printed, error) == (0, "", "")
    assert is_free(port)


def test_a_port_of_another_broker(start: Start, broker: EmbeddedKafka) -> None:
    """The error says that a Kafka is there already, and which option helps."""
    error = _refused(start("--port", str(broker.port)))
    assert f"port {broker.port} is in use by a Kafka broker" in error
    assert "--port" in error


def test_a_port_of_something_else(start: Start) -> None:
    """The error tells another program from a broker."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert f"port {port} is in use by another program" in _refused(start("--port", str(port)))


def test_a_data_folder_of_another_broker(start: Start, broker: EmbeddedKafka) -> None:
    """Two brokers on one folder would destroy each other's files."""
    error = _refused(start("--port", "0", "--data", str(broker.data)))
    assert str(broker.data) in error
    assert "another broker is using this data folder" in error


def test_a_data_folder_that_cannot_be_written(start: Start, tmp_path: Path) -> None:
    """The error names the folder and the option."""
    (tmp_path / "file").touch()
    error = _refused(start("--port", "0", "--data", str(tmp_path / "file" / "data")))
    assert "cannot use the data folder" in error
    assert "--data" in error


def test_no_network_and_nothing_downloaded(start: Start, tmp_path: Path) -> None:
    """Behind a dead proxy the error names the package, the cause, and the way around."""
    proxy = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}
    error = _refused(start("--port", "0", environment={**proxy, "TOUCHPOINT_CACHE_DIR": str(tmp_path / "cache")}))
    assert "could not be fetched" in error
    assert "HTTPS_PROXY" in error


def test_a_broken_download_without_network(start: Start, tmp_path: Path, broker: EmbeddedKafka) -> None:
    """An archive that was damaged on disk is not used, and the error names it."""
    from streams.broker.cache import cache_folder  # noqa: PLC0415 - beside its use

    shutil.copytree(cache_folder() / "packages", tmp_path / "cache" / "packages")
    damaged = next((tmp_path / "cache" / "packages").glob("kafka-raft-*.jar"))
    damaged.write_bytes(damaged.read_bytes()[:-100])
    dead = {"TOUCHPOINT_CACHE_DIR": str(tmp_path / "cache"), "TOUCHPOINT_MAVEN_REPOSITORY": "http://127.0.0.1:9"}
    assert "kafka-raft" in _refused(start("--port", "0", environment=dead))
