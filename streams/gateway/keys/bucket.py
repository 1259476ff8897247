"""How much a key may send: a token bucket as a function of its state, the time and what is asked for."""

import math
from typing import Final

import msgspec

_SECOND: Final = 1_000


class Wait(msgspec.Struct, frozen=True):
    """A key has used up what it may send."""

    sec: int


class Bucket(msgspec.Struct, frozen=True):
    """What is left at a time (ms); below zero after a request that was larger than the bucket."""

    level: float
    at: int


def take(bucket: Bucket | None, rate: float, burst: int, now: int, items: int) -> tuple[Bucket, Wait | None]:
    """Return what is left once so many items are taken; with a Wait nothing is taken. None is a full bucket.

    Over any time no more than `burst + rate x time` is let through, and what one request is above `burst`: a request
    that is larger than a full bucket is let through when the bucket is full, and paid off by those that follow, since
    it would wait for ever otherwise. A clock that is set back adds nothing and takes nothing away.
    """
    level = float(burst)
    if bucket is not None:
        level = min(level, bucket.level + max(0, now - bucket.at) * rate / _SECOND)
    missing = min(items, burst) - level
    if missing > 0:
        return Bucket(level, now), Wait(max(1, math.ceil(missing / rate)))
    return Bucket(level - items, now), None
