"""Three minutes of the soak: every kind of fault on a real broker, and nothing lost, doubled or made up.

`make soak` does it for half an hour.
"""

from pathlib import Path
from typing import Final

import pytest

from tests.soak.disk import can_be_filled
from tests.soak.run import soak
from tests.soak.schedule import EACH, Kind, schedule

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

SEED: Final = 2
EVERY_SEC: Final = 7.0
PER_SEC: Final = 100.0
PATIENCE_SEC: Final = 600.0


@pytest.mark.timeout(1500)
async def test_every_fault_once(tmp_path: Path) -> None:
    """Journeys and alerts are what a replay without faults says, and the changelog was compacted."""
    without = [] if can_be_filled(tmp_path) else [Kind.DISK_FULL]
    kinds = [kind for kind in EACH if kind not in without]
    faults = schedule(SEED, 2 * EVERY_SEC * len(EACH), EVERY_SEC, without=without)[: len(kinds)]
    outcome = await soak(tmp_path, faults, seed=SEED, per_sec=PER_SEC, say=print, grace_sec=PATIENCE_SEC)
    assert outcome.troubles == []
    assert outcome.verdict.wrong == {}, outcome.verdict.examples
    assert outcome.faults == dict.fromkeys(kinds, 1)
    assert outcome.verdict.alerts > 0
    assert outcome.verdict.compacted > 0
    assert outcome.undone > 0
