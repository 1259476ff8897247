"""Which fault happens when: a function of a seed, so a bad run can be had again."""

import random
from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What is done to a deployment; also the text of the report."""

    KILL = "a worker: kill -9"
    KILL_AGAIN = "a worker: kill -9, and again while it recovers"
    TERMINATE = "a worker: SIGTERM"
    FREEZE = "a worker: frozen past its session, a zombie after it"
    SCALE = "workers: one is added, later removed"
    KILL_ALL = "workers: kill -9 of all at once"
    BROKER_RESTART = "the broker: clean restart"
    BROKER_KILL = "the broker: kill -9 and start"
    BROKER_PAUSE = "the broker: frozen"
    DISK_FULL = "the broker: its disk is full"
    SLOW = "the network: every answer 100 ms late"
    CUT = "the network: cut off from the workers"
    ABORTED = "a producer: aborted transactions"
    ABANDONED = "a producer: killed within a transaction"


EACH: Final = tuple(Kind)
OFTEN: Final = (Kind.KILL, Kind.KILL_AGAIN, Kind.KILL, Kind.TERMINATE, Kind.FREEZE, Kind.SCALE, Kind.ABORTED) * 3
SECONDS: Final = {  # how long it lasts, where that is not decided by what is hurt
    Kind.FREEZE: (8.0, 12.0),  # the session is 6 s
    Kind.SCALE: (8.0, 16.0),
    Kind.BROKER_PAUSE: (2.0, 9.0),
    Kind.DISK_FULL: (4.0, 8.0),
    Kind.SLOW: (8.0, 16.0),
    Kind.CUT: (1.0, 9.0),
}
SPREAD: Final = 0.5  # of the time between two faults


class Fault(NamedTuple):
    """One thing to do: `at_sec` after the start, to which of the workers that are always there, and how long.

    `rest_sec`: how long what was ended stays away.
    """

    at_sec: float
    kind: Kind
    worker: int
    seconds: float
    rest_sec: float


def schedule(
    seed: int, seconds: float, every_sec: float, *, workers: int = 2, without: Collection[Kind] = ()
) -> tuple[Fault, ...]:
    """Return the faults of so many seconds, one about every `every_sec`; each kind comes once before any comes again.

    The first deck holds each kind once, later ones the frequent kinds more often.
    """
    rng = random.Random(seed)
    faults, at, kinds = [], every_sec, _kinds(rng, frozenset(without))
    while at < seconds:
        kind = next(kinds)
        least, most = SECONDS.get(kind, (0.0, 0.0))
        lasting = round(rng.uniform(least, most), 1)
        faults.append(Fault(round(at, 1), kind, rng.randrange(workers), lasting, round(rng.uniform(0.0, 3.0), 1)))
        at += every_sec * rng.uniform(1 - SPREAD, 1 + SPREAD)
    return tuple(faults)


def _kinds(rng: random.Random, without: frozenset[Kind]) -> Iterator[Kind]:
    """Deal kinds from one shuffled deck after the other."""
    deck = [kind for kind in EACH if kind not in without]
    while True:
        yield from rng.sample(deck, len(deck))
        deck = [kind for kind in (*EACH, *OFTEN) if kind not in without]
