"""A simulation that finds nothing must be one that would have: each deliberate breakage of the worker is caught."""

import logging
from collections.abc import Iterator
from typing import Final

import pytest

from tests.simulation.breakages import BREAKAGES, Breakage
from tests.simulation.run import run

SEEDS: Final = 15  # within so many a breakage must be found


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep what broken workers log out of the report."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.name)
def test_a_breakage_is_caught(breakage: Breakage) -> None:
    """Within a few seeds, and as a breach of a law that it breaks."""
    found: list[str] = []
    with breakage.apply():
        for seed in range(SEEDS):
            found += run(seed, mix=breakage.mix).problems
            if any(problem.startswith(breakage.laws) for problem in found):
                return
    pytest.fail(f"{breakage.sentence} Nobody noticed in {SEEDS} runs; other problems: {found[:3]}")
