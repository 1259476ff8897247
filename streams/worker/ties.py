"""Records of several topics with one and the same timestamp, put in the order of their event times.

In a replay a millisecond of record time is minutes of event time. Each topic keeps its own order, whatever its times.
"""

import heapq
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from streams.touchpoints.touchpoint import Touchpoint

MixedInput = tuple[int, int, bytes | None, Touchpoint]  # topic, offset, Kafka key, touchpoint


def settle(inputs: Sequence[MixedInput], recorded: Sequence[int]) -> list[MixedInput]:
    """Return the inputs, of which `recorded` has the ascending record timestamps, with ties in event-time order."""
    settled: list[MixedInput] = []
    for _, tied in groupby(zip(recorded, inputs, strict=True), key=itemgetter(0)):
        topics: dict[int, list[MixedInput]] = {}
        for _, one in tied:
            topics.setdefault(one[0], []).append(one)
        settled += heapq.merge(*topics.values(), key=_event_time)
    return settled


def _event_time(one: MixedInput) -> int:
    return one[3].time
