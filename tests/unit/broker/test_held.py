"""A program between its start and its beginning."""

import os
import subprocess
import sys
from pathlib import Path

from streams.broker.held import begin, hold
from streams.testing.patience import PATIENCE_SEC


def test_it_begins_when_it_is_told(tmp_path: Path) -> None:
    """As the same process, in a session of its own, with nothing to read."""
    process = hold(["/bin/sh", "-c", 'echo $$ "$1"; cat', "it", "two words"], stdout=subprocess.PIPE, cwd=tmp_path)
    assert os.getsid(process.pid) == process.pid
    begin(process)
    assert process.stdout is not None
    with process.stdout as said:
        assert said.read() == f"{process.pid} two words\n".encode()
    assert process.wait(PATIENCE_SEC) == 0


def test_whoever_was_killed_meanwhile_is_not_told(tmp_path: Path) -> None:
    """Its owner learns of the end as of any other."""
    process = hold(["touch", tmp_path / "begun"])
    process.kill()
    assert process.wait(PATIENCE_SEC) == -9
    begin(process)
    assert not (tmp_path / "begun").exists()


OWNER = """
import os, sys
from streams.broker.held import hold
hold(["touch", sys.argv[1]], pass_fds=[int(sys.argv[2])])
os.kill(os.getpid(), 9)
"""


def test_it_goes_with_an_owner_that_was_killed_before_it_could_begin(tmp_path: Path) -> None:
    """It has done nothing, and nobody need end it."""
    reading, writing = os.pipe()
    try:
        command = [sys.executable, "-c", OWNER, str(tmp_path / "begun"), str(writing)]
        owner = subprocess.run(command, pass_fds=[writing], check=False, timeout=PATIENCE_SEC)
        os.close(writing)
        assert owner.returncode == -9
        assert os.read(reading, 1) == b""
        assert not (tmp_path / "begun").exists()
    finally:
        os.close(reading)
