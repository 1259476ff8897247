"""The hot path as C extension modules is the same program: it passes the same tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent.parent
COMPILED: Final = ROOT / ".compiled"
SUITES: Final = ("journeys", "rules", "alerts", "codec", "worker", "backtest", "gateway/identity", "gateway/sink")


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command at the root of the checkout."""
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.timeout(3_000)
@pytest.mark.skipif(shutil.which("cc") is None, reason="without a C compiler the sources run as they are")
def test_the_compiled_hot_path_passes_the_same_tests() -> None:
    """`make compile` builds it; the pure packages' tests, the properties included, run against it."""
    built = run("make", "compile", f"PYTHON={sys.executable}")
    assert built.returncode == 0, built.stderr
    path = {"PYTHONPATH": f"{COMPILED}{os.pathsep}{ROOT}"}
    found = run(sys.executable, "-P", "-c", "import streams.journeys.arrival as a; print(a.__file__)", **path)
    assert found.stdout.startswith(str(COMPILED)), found
    assert found.stdout.strip().endswith(".so")
    pytest_command = Path(sys.executable).with_name("pytest")
    suites = [f"tests/unit/{suite}" for suite in SUITES]
    options = ("-q", "-p", "no:cacheprovider", "--ignore-glob=*test_desk_*")  # nothing of the desk is compiled
    tested = run(str(pytest_command), *options, *suites, "tests/property", **path)
    assert tested.returncode == 0, tested.stdout[-5_000:]
