"""What the counters of lanes gained since they were last read; what a lane gained before it went is not lost."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from weakref import WeakKeyDictionary

import msgspec

from streams.worker.lane import Lane

Name = str | tuple[str, str]  # of a counter; of promises kind and outcome


class _Told:
    """The counters of one lane, which outlive it, and what was told of them."""

    def __init__(self, lane: Lane) -> None:
        self._counters = lane.core.counters
        self._promises = lane.core.figures.promises
        self._before: dict[Name, int] = {}

    def gain(self, more: Mapping[str, int]) -> Counter[Name]:
        """Return what came on top since the last call, of these counters too."""
        counters: dict[str, int] = msgspec.structs.asdict(self._counters)
        now: dict[Name, int] = dict(chain(counters.items(), self._promises.items(), more.items()))
        before, self._before = self._before, self._before | now
        return Counter({name: count - before.get(name, 0) for name, count in now.items()})


class Gains:
    """Remembers what was told of each lane."""

    def __init__(self) -> None:
        self._told: WeakKeyDictionary[Lane, _Told] = WeakKeyDictionary()
        self._present: list[_Told] = []

    def take(self, lanes: Sequence[Lane]) -> Counter[Name]:
        """Return by name what all lanes together gained since the last call, those that have gone since included."""
        gained: Counter[Name] = Counter()
        before, self._present = self._present, [self._told.setdefault(lane, _Told(lane)) for lane in lanes]
        for lane, told in zip(lanes, self._present, strict=True):
            gained += told.gain(lane.teller.uncounted())
        for told in before:
            if told not in self._present:
                gained += told.gain({})
        return gained
