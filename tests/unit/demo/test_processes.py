import subprocess
import time
from pathlib import Path

import pytest

from streams.demo import processes as processes_module
from streams.demo.child import STOP_SEC
from streams.demo.desk import Desk
from streams.demo.gateway import Gateway
from streams.demo.processes import Guard, Processes
from streams.demo.worker import Worker
from streams.testing.patience import PATIENCE_SEC


def sleeper() -> subprocess.Popen[bytes]:
    """Start a process that would live for a minute, in a group of its own."""
    return subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)


def test_the_guard_ends_what_it_looks_after() -> None:
    """It does so when its pipe ends, which is when the demo does, however that happens."""
    guard, process = Guard(), sleeper()
    guard.watch(process.pid)
    guard.close()
    assert process.wait(PATIENCE_SEC) == -15


@pytest.mark.parametrize("trap", ["", "trap '' TERM;"], ids=["willing", "stubborn"])
def test_all_are_ended_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str) -> None:
    """Three that do not want to end take no longer than one, so that all of it is over within ten seconds."""
    monkeypatch.setattr(processes_module, "STOP_SEC", 0.5 if trap else STOP_SEC)  # the willing need not be quick
    one = Processes(tmp_path, 0, 0, 0, 0)
    one.worker, one.desk, one.gateway = Worker("", tmp_path, 0), Desk("", tmp_path, 0, ""), Gateway("", tmp_path, 0)
    started = []
    for child in (one.worker, one.desk, one.gateway):
        command = ["/bin/sh", "-c", f"{trap} echo up; while :; do sleep 0.05; done"]
        child._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert child._process.stdout is not None
        assert child._process.stdout.readline() == b"up\n"
        child._process.stdout.close()
        started.append(child._process)
    began = time.monotonic()
    one.stop()
    assert time.monotonic() - began < 3 * STOP_SEC
    assert [process.returncode for process in started] == [-9 if trap else -15] * 3


def test_the_guard_leaves_alone_what_was_released() -> None:
    """A group that has ended may have given its number to another."""
    guard, process = Guard(), sleeper()
    guard.watch(process.pid)
    guard.release(process.pid)
    guard.close()
    assert process.poll() is None
    process.kill()
    process.wait()


def test_a_guard_that_was_killed_is_missed_by_nobody() -> None:
    """The demo goes on without."""
    guard = Guard()
    guard._process.kill()
    guard._process.wait()
    guard.watch(1)
    guard.close()
