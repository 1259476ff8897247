"""What goes wrong between a system and us: for some hours nothing of it arrives, and then all of it at once.

An outage is of one source, chosen by the seed; what happened in it arrives when it is over. A store whose tills are
offline keeps what they recorded, uploads it when they are back, and then uploads it all once more.
Both begin on a working day, in the hours in which journeys begin, so that they meet many of them.
"""

from typing import Final, NamedTuple

from streams.datasets.story import DAY, HOUR, Dice

OUTAGE_MIN: Final = 4 * HOUR
OFFLINE_MIN: Final = 8 * HOUR
AGAIN_MIN: Final = 10  # after the first upload
STORES: Final = ("madrid-014", "sevilla-002", "porto-007")
TILLS: Final = "//pos.example/stores"
BUSY: Final = (  # something comes from each of these in any hour of a working day
    "//shop.example/web",
    "//mailer.example/campaigns",
    "//chat.example/widget",
    "//calls.example/centre",
    "//orders.example/oms",
    "//carriers.example/tracking",
)
_OPENING: Final = 8 * HOUR
_SPREAD: Final = 2 * HOUR
_WEEK: Final = 7
_WORKING_DAYS: Final = 5


class Mishap(NamedTuple):
    """One source, or one store of it, from which nothing arrives for a time; minutes since the first Monday."""

    source: str
    store: str  # empty: all of the source
    begins_min: float
    ends_min: float
    twice: bool

    def covers(self, source: str, store: str, minute: float) -> bool:
        """Return whether what this source, or this store of it, says of that minute has to wait."""
        return source == self.source and self.store in ("", store) and self.begins_min <= minute < self.ends_min


def mishaps(seed: int, days: int, outages: int, offline_tills: int) -> tuple[Mishap, ...]:
    """Return the mishaps of a seed, the same for the same arguments; no source has a second outage before all have."""
    dice = Dice(f"{seed}/mishaps")
    left: list[str] = []
    found = []
    for _ in range(outages):
        left = left or list(BUSY)
        source = dice.one_of(left)
        left.remove(source)
        begins = _beginning(dice, days) + dice.within(0, _SPREAD)
        found.append(Mishap(source, "", begins, begins + OUTAGE_MIN, twice=False))
    for _ in range(offline_tills):
        store, begins = dice.one_of(STORES), _beginning(dice, days)
        found.append(Mishap(TILLS, store, begins, begins + OFFLINE_MIN, twice=True))
    return tuple(found)


def _beginning(dice: Dice, days: int) -> float:
    """Return opening time of a working day."""
    working = [day for day in range(days) if day % _WEEK < _WORKING_DAYS]
    return dice.one_of(working) * DAY + _OPENING
