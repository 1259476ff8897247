"""`touchpoint demo`, as a person types it and as a person ends it."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from streams.backtest.replay import Replay
from streams.codec.rules import read
from streams.codec.vocabulary import shipped
from streams.demo.data import prepare
from streams.demo.options import Selection
from streams.demo.tally import Summary
from streams.rules.compile import compile_rules
from streams.settings.places import DEPLOY
from streams.testing.patience import PATIENCE_SEC

pytestmark = pytest.mark.kafka

SMALL = Selection(households=150, simulated=100)
COMMAND = (
    *(str(Path(sys.executable).with_name("touchpoint")), "demo"),
    *("--households", str(SMALL.households), "--simulated", str(SMALL.simulated)),
)
ENDS_SEC = 30.0  # it takes less than ten; a machine with four other lanes of tests is given three times as long
PROCESSES = 6  # the broker and its guard, the worker, the desk, the gateway, the demo's own guard
Started = subprocess.Popen[str]
Start = Callable[..., Started]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a small demo; whatever happens, it is gone after the test."""
    running: list[Started] = []

    def run(*arguments: str) -> Started:
        options = () if "--data" in arguments else ("--data", str(tmp_path / "data"))
        running.append(
            subprocess.Popen(
                [*COMMAND, *options, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=0
            )
        )
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate(timeout=PATIENCE_SEC)


def children(parent: int) -> dict[int, str]:
    """Return the processes that a process has started, with their command lines."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent and fields[0] != "Z":
                    found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def lives(process: int) -> bool:
    """Return whether a process runs; one that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition: Callable[[], bool], timeout_sec: float) -> float:
    """Return how long it took until the condition held; fail when it does not in time."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < timeout_sec, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - began


def gone(processes: Iterable[int], timeout_sec: float = PATIENCE_SEC) -> None:
    """Wait until none of these runs any more."""
    wait_for(lambda: not any(map(lives, processes)), timeout_sec)


def wait_until_said(process: Started, *texts: str, timeout_sec: float = PATIENCE_SEC) -> None:
    """Read the demo's standard output until it has said all of these, which may come in one piece."""
    assert process.stdout is not None
    deadline, said = time.monotonic() + timeout_sec, ""
    while not all(text in said for text in texts):
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"not said in time, but: {said[-2000:]}"
        chunk = os.read(process.stdout.fileno(), 65536).decode(errors="replace")
        assert chunk, f"it ended after: {said[-2000:]} {process.stderr and process.stderr.read()}"
        said += chunk


def started(process: Started, what: str) -> int:
    """Return the demo's child with this in its command line, once there is one."""
    wait_for(lambda: any(what in line for line in children(process.pid).values()), PATIENCE_SEC)
    return next(child for child, line in children(process.pid).items() if what in line)


def test_it_plays_to_the_end_and_counts(start: Start, tmp_path: Path) -> None:
    """Everything sent is folded, and the alerts are those that a backtest finds in the same touchpoints (law L10)."""
    process = start("--exit", "--json", "--speed", "max")
    started(process, " desk ")
    all_of_it = children(process.pid)
    printed, error = process.communicate(timeout=2 * PATIENCE_SEC)
    assert process.returncode == 0, error
    assert printed.count("\n") == 1
    summary = msgspec.json.decode(printed, type=Summary)
    material = prepare(SMALL)
    assert summary.touchpoints == summary.real + summary.simulated == len(material.touchpoints)
    assert summary.sources == {"real": material.real, "simulated": material.simulated}
    assert summary.dead_letters == 0
    assert set(summary.moments) == {"ZMOT", "FMOT", "SMOT", "TMOT"}
    known = shipped()
    replay = Replay(compile_rules(read([DEPLOY / "rules"], known), known), known)
    lines = [(number, touchpoint, None) for number, touchpoint in enumerate(material.touchpoints)]
    expected = replay.run({"demo": lines}, None, lambda _: None)
    assert summary.journeys == expected.journeys
    assert {rule: count.alerts for rule, count in sorted(summary.rules.items()) if count.alerts} == expected.alerts
    assert summary.alerts == sum(expected.alerts.values()) == sum(summary.moments.values())
    assert summary.first_alert_seconds is not None
    assert summary.broker_seconds < summary.ready_seconds < summary.first_alert_seconds < summary.seconds
    for said in ("real", "simulated", "//completejourney/stores", "//shop.example/web", "dead letters"):
        assert said in error
    assert "→" in error
    assert len(all_of_it) >= PROCESSES - 1  # the gateway comes last, and may not be needed any more
    gone(all_of_it)


def test_it_ends_in_the_middle(start: Start) -> None:
    """SIGTERM while touchpoints flow ends all processes within ten seconds; with --exit the work was not done."""
    process = start("--exit", "--speed", "3600")
    wait_until_said(process, "the worker is ready", " sent · ", "the desk is open", "the gateway is open")
    all_of_it = children(process.pid)
    process.terminate()
    began = time.monotonic()
    _, error = process.communicate(timeout=PATIENCE_SEC)
    assert time.monotonic() - began < ENDS_SEC
    assert (process.returncode, error) == (128 + signal.SIGTERM, "")
    assert len(all_of_it) == PROCESSES
    gone(all_of_it)


def test_it_stays_up_until_the_terminal_closes(start: Start) -> None:
    """Without --exit it says where to look further; a closed terminal or Ctrl-C then ends it as a success."""
    process = start("--speed", "max")
    wait_until_said(process, "stay up until Ctrl-C", "/metrics", "the desk is open", "the gateway is open")
    all_of_it = children(process.pid)
    began = time.monotonic()
    process.send_signal(signal.SIGHUP)
    _, error = process.communicate(timeout=PATIENCE_SEC)
    assert time.monotonic() - began < ENDS_SEC
    assert (process.returncode, error) == (0, "")
    gone(all_of_it)


def test_nothing_outlives_a_demo_that_was_killed(start: Start) -> None:
    """The guard ends what the demo could not."""
    process = start("--speed", "max")
    started(process, " gateway ")
    all_of_it = children(process.pid)
    assert len(all_of_it) == PROCESSES
    process.kill()
    gone(all_of_it)


def test_a_worker_that_dies_is_reported(start: Start, tmp_path: Path) -> None:
    """The error names its end and its log; the broker goes with it."""
    process = start("--exit", "--json")
    broker = started(process, "kafka.Kafka")
    os.kill(started(process, " worker "), signal.SIGKILL)
    printed, error = process.communicate(timeout=PATIENCE_SEC)
    assert (process.returncode, printed) == (1, "")
    assert f"error: {tmp_path}/data/worker.log: the worker was killed by SIGKILL" in error
    assert "Traceback" not in error
    gone([broker])


def test_a_broker_that_dies_is_reported(start: Start, tmp_path: Path) -> None:
    """The error is about the broker, not about a client that misses it."""
    process = start("--exit", "--json")
    broker = started(process, "kafka.Kafka")
    worker = started(process, " worker ")
    os.kill(broker, signal.SIGKILL)
    printed, error = process.communicate(timeout=PATIENCE_SEC)
    assert (process.returncode, printed) == (1, "")
    assert f"error: {tmp_path}/data/broker" in error
    assert "the broker was killed by signal 9" in error
    gone([worker])


def test_a_port_in_use(start: Start) -> None:
    """The error names the port and the option."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process = start("--port", str(port))
        _, error = process.communicate(timeout=PATIENCE_SEC)
    assert process.returncode == 1
    assert f"port {port} is in use by another program" in error
    assert "--port" in error


def test_a_folder_that_is_not_empty(start: Start, tmp_path: Path) -> None:
    """Each demo begins anew, and never throws away what it finds."""
    (tmp_path / "kept").touch()
    process = start("--data", str(tmp_path))
    _, error = process.communicate(timeout=PATIENCE_SEC)
    assert process.returncode == 2
    assert f"{tmp_path} is not empty" in error
