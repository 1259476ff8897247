"""The steps of bringing up one broker process: give its folder a cluster id, start it, wait until it serves."""

import base64
import shutil
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from streams.broker.diagnosis import explain_end
from streams.broker.jvm import Jvm
from streams.broker.packages import LOCKS
from streams.broker.probe import serving_brokers
from streams.broker.scram import credential
from streams.errors import BrokerError

START_TIMEOUT_SEC: Final = 90.0  # 2 s are usual; a loaded machine may take ten times as long
POLL_SEC: Final = 0.02
PROPERTIES: Final = "server.properties"
LOG: Final = "broker.log"
EMPTY: Final[Mapping[str, str]] = MappingProxyType({})

Command = Sequence[str | Path]
"""A Java command line up to the class path; the main class and its arguments follow."""


def log_dir(data: Path) -> Path:
    """Where Kafka keeps its own files within the data folder."""
    return data / "kafka"


def format_storage(command: Command, data: Path, port: int, users: Mapping[str, str] = EMPTY) -> None:
    """Give an empty folder its cluster id, and its users their passwords.

    The marker is written last, so a half formatted folder is done again.
    """
    marker = data / "formatted"
    if marker.exists():
        return
    shutil.rmtree(log_dir(data), ignore_errors=True)
    cluster = base64.urlsafe_b64encode(b"\x00" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
    done = subprocess.run(  # noqa: S603 - the command is built here, from no outside text
        [
            *(*command, "kafka.tools.StorageTool", "format", "--cluster-id", cluster, "--config", data / PROPERTIES),
            *(word for user, password in users.items() for word in ("--add-scram", credential(user, password))),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=data,
    )
    if done.returncode:
        raise explain_end(done.returncode, done.stdout + done.stderr, data, port)
    marker.write_text(f"{cluster}\n")


def launch(command: Command, data: Path, keep_open: Sequence[int] = ()) -> Jvm:
    """Start the broker process; it does not serve yet."""
    logging = f"-Dlog4j2.configurationFile={LOCKS / 'log4j2.properties'}"
    scratch = f"-Djava.io.tmpdir={data / 'tmp'}"  # native libraries are unpacked there, and a kill leaves them
    (data / "tmp").mkdir(exist_ok=True)
    for leftover in (data / "tmp").iterdir():
        if leftover.is_file():
            leftover.unlink()
    head, *rest = command
    return Jvm(
        [head, logging, scratch, *rest, "kafka.Kafka", data / PROPERTIES], log=data / LOG, cwd=data, keep_open=keep_open
    )


def wait_until_serving(jvm: Jvm, port: int) -> None:
    """Return when the broker answers as a member of its cluster; raise BrokerError with the cause when it cannot."""
    deadline = time.monotonic() + START_TIMEOUT_SEC
    while not serving_brokers(port):
        if (code := jvm.returncode) is not None:
            raise explain_end(code, jvm.log_tail(), jvm.log, port)
        if time.monotonic() > deadline:
            raise BrokerError(
                f"the broker did not serve within {START_TIMEOUT_SEC:.0f} s",
                remedy="look at its log, and at the load of this machine",
                place=str(jvm.log),
            )
        time.sleep(POLL_SEC)
