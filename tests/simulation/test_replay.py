"""One seed is one run: whoever plays it again, in whatever process, sees the same things happen."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.simulation.run import run

ROOT: Final = Path(__file__).parent.parent.parent
SEEDS: Final = (5, 8)


def trace(seed: int, hash_seed: str) -> str:
    """Return what the command prints for a seed in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seed", str(seed)],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_seed_is_the_same_run(seed: int) -> None:
    """Twice in this process, whatever ran before."""
    first, second = run(seed), run(seed)
    assert first.trace == second.trace
    assert first.effects == second.effects > 0


def test_a_seed_does_not_depend_on_the_process() -> None:
    """Nor on how strings are hashed there: what a failure prints is played again as it was."""
    first, second = (trace(SEEDS[0], each) for each in ("1", "2"))
    assert first == second
    assert " starts" in first


def test_seeds_differ() -> None:
    """Or thousands of them would be one."""
    assert run(SEEDS[0]).trace != run(SEEDS[1]).trace
