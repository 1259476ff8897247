"""The worker's core keeps its laws in hundreds of seeded runs full of faults; `make soak` plays ten thousand."""

import gc
import logging
from collections.abc import Iterator
from typing import Final

import pytest

from tests.simulation.__main__ import CHUNK, describe, play

SEEDS: Final = 300


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep what workers log about their faults out of the report, and modules out of the collector's way."""
    logging.disable(logging.CRITICAL)
    gc.freeze()
    yield
    gc.unfreeze()
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_law_is_broken(first: int) -> None:
    """Nothing is lost, doubled, said too early or too late, whatever happens to processes, network and broker."""
    _, effects, broken = play(range(first, first + CHUNK))
    assert effects > CHUNK
    assert not broken, "\n".join(map(describe, broken))
