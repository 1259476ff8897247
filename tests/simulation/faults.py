"""Which faults befall a run, and at which effect: all drawn before it begins."""

import random
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

EFFECTS: Final = 350  # so many a run has, more or less: where faults may strike


class Fault(StrEnum):
    """What can befall a worker, the network or the broker."""

    KILL = "kill"  # kill -9, with whatever is on its way
    STOP = "stop"  # SIGTERM
    NAP = "nap"  # stopped for less than its session
    FREEZE = "freeze"  # stopped for longer: a zombie once it wakes
    REBALANCE = "rebalance"  # the group deals its partitions out anew
    OUTAGE = "outage"  # the broker answers nobody for a while
    LOSE = "lose"  # a request is lost on its way to the broker
    MUTE = "mute"  # its answer is: it has happened, and nobody knows
    ABANDON = "abandon"  # the client gives up on a request, whether it has happened or not
    COMPACT = "compact"  # the cleaner runs over the changelog


WEIGHTS: Final[Mapping[Fault, int]] = {
    Fault.KILL: 5,
    Fault.STOP: 2,
    Fault.NAP: 2,
    Fault.FREEZE: 4,
    Fault.REBALANCE: 2,
    Fault.OUTAGE: 1,
    Fault.LOSE: 4,
    Fault.MUTE: 4,
    Fault.ABANDON: 4,
    Fault.COMPACT: 2,
}


class Faults:
    """The faults of one run by the number of the effect; over when the run is to come to rest."""

    def __init__(self, seed: int, mix: Mapping[Fault, int] = WEIGHTS) -> None:
        """Draw them; `mix` says how likely each kind is."""
        draw = random.Random(f"faults {seed}")
        kinds, weights = list(mix), list(mix.values())
        self.seconds = random.Random(f"durations {seed}")
        self.is_over = False
        self.effects = 0
        self._at = {
            draw.randrange(EFFECTS): draw.choices(kinds, weights)[0] for _ in range(draw.choice((1, 2, 4, 6, 10)))
        }

    def strike(self) -> Fault | None:
        """Count one more effect; return what befalls it."""
        self.effects += 1
        return None if self.is_over else self._at.pop(self.effects, None)
