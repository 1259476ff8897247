"""A child process from its start to its end; a shell stands in for Java."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.broker.jvm import Jvm
from streams.testing.patience import PATIENCE_SEC

Start = Callable[[str], Jvm]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start shell scripts, and leave none behind."""
    made: list[Jvm] = []

    def run(script: str) -> Jvm:
        made.append(Jvm(["/bin/sh", "-c", script], log=tmp_path / "child.log", cwd=tmp_path))
        return made[-1]

    yield run
    for child in made:
        child.stop(0)


def test_what_it_prints_is_kept(start: Start) -> None:
    """Both outputs go to the log, and the tail gives them back."""
    child = start("echo out; echo err >&2")
    assert child.wait() == 0
    assert child.log_tail() == "out\nerr\n"


def test_the_last_log_is_kept_too(start: Start, tmp_path: Path) -> None:
    """A restart does not wipe out why the last run ended."""
    start("echo first").wait()
    start("echo second").wait()
    assert (tmp_path / "child.log.1").read_text() == "first\n"
    assert (tmp_path / "child.log").read_text() == "second\n"


def test_stop_lets_it_end_by_itself(start: Start) -> None:
    """SIGTERM is handled, so the exit code is the program's own."""
    child = start("trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done")
    while not child.log_tail():
        pass
    child.stop()
    assert child.returncode == 7


def test_stop_kills_the_stubborn(start: Start) -> None:
    """A program that ignores SIGTERM is gone after the time all the same."""
    child = start("trap '' TERM; echo up; while :; do sleep 0.01; done")
    while not child.log_tail():
        pass
    child.stop(0.05)
    assert child.returncode == -9


def test_waiting_has_an_end(start: Start) -> None:
    """A wait with a time-out says which process did not end."""
    child = start("exec sleep 60")
    with pytest.raises(TimeoutError, match=str(child.pid)):
        child.wait(0.01)


def test_a_forgotten_child_is_taken_along(start: Start, tmp_path: Path) -> None:
    """When its owner is collected, the child does not stay behind."""
    child = Jvm(["/bin/sh", "-c", "exec sleep 60"], log=tmp_path / "forgotten.log", cwd=tmp_path)
    pid = child.pid
    del child
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_ctrl_c_does_not_reach_it(start: Start) -> None:
    """It lives in a session of its own, so its owner decides when it ends."""
    child = start("exec sleep 60")
    assert os.getsid(child.pid) == child.pid


OWNER = """
import os, sys
from pathlib import Path
from streams.broker.jvm import Jvm
folder = Path(sys.argv[1])
Jvm(["/bin/sh", "-c", "exec sleep 600"], log=folder / "child.log", cwd=folder, keep_open=[int(sys.argv[2])])
os.kill(os.getpid(), 9)
"""


def test_it_does_not_outlive_an_owner_that_was_killed(tmp_path: Path) -> None:
    """No broker stays behind a killed test run: what the child holds open is closed soon after."""
    reading, writing = os.pipe()
    try:
        owner = subprocess.run(
            [sys.executable, "-c", OWNER, str(tmp_path), str(writing)],
            pass_fds=[writing],
            check=False,
            timeout=PATIENCE_SEC,
        )
        os.close(writing)
        assert owner.returncode == -9
        assert os.read(reading, 1) == b""
    finally:
        os.close(reading)
