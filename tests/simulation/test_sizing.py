"""The arithmetic of sizes against a deployment that is played second by second: balance, failover, catching up.

Customers are hashed by Kafka's own partitioner and partitions are dealt out by the assignor that the workers use.
"""

import random
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil
from typing import Final

import pytest
from faust.assignor.client_assignment import CopartitionedAssignment
from faust.assignor.copartitioned_assignor import CopartitionedAssignor

from streams.codec.partitioner import home_of
from streams.sizing.figures import Figures
from streams.sizing.plan import Load, Plan, plan

LEAST_CUSTOMERS: Final = 50_000  # each stands for many
OF_A_PARTITION: Final = 2_000  # with fewer one customer alone would be several per cent of a large deployment
LOADS: Final = (
    Load(touchpoints_per_sec=100_000, journeys=10_000_000),
    Load(touchpoints_per_sec=1_000, journeys=1_000_000),
    Load(touchpoints_per_sec=40_000, journeys=2_000_000),
    Load(touchpoints_per_sec=5_000_000, journeys=500_000_000),  # one of its deployments
)
SEEDS: Final = range(3)
FIGURES: Final = Figures()
ROUNDING: Final = 1e-9
SWAP_OF: Final = 20  # survivors, of whom one may have to give a partition away
Owners = Mapping[str, frozenset[int]]


def rates(made: Plan, seed: int) -> list[float]:
    """Return the touchpoints/s of each partition of one deployment: a few customers do much more than most."""
    draw, partitions = random.Random(seed), made.partitions
    found = [0.0] * partitions
    for number in range(max(LEAST_CUSTOMERS, OF_A_PARTITION * partitions)):
        found[home_of(f"customer-{seed}-{number}".encode(), partitions)] += draw.paretovariate(1.5)
    return [each * made.load.touchpoints_per_sec / made.deployments / sum(found) for each in found]


def assign(workers: Sequence[str], partitions: int, before: Owners | None = None) -> Owners:
    """Deal partitions out as the group's leader does, from what each member had."""
    had = {name: CopartitionedAssignment(actives=set((before or {}).get(name, ())), topics={"t"}) for name in workers}
    found = CopartitionedAssignor({"t"}, had, partitions, replicas=0).get_assignment()
    return {name: frozenset(each.actives) for name, each in found.items()}


def names(count: int) -> list[str]:
    """Return the names of so many workers."""
    return [f"worker-{number}" for number in range(count)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("load", LOADS, ids=lambda load: f"{load.touchpoints_per_sec:.0f}")
def test_the_busiest_worker_is_within_the_skew_that_is_reckoned_with(load: Load, seed: int) -> None:
    """With all workers, and with one gone; nobody is without work."""
    made = plan(load)
    arriving = rates(made, seed)
    every = assign(names(made.workers), made.partitions)
    fewer = assign(names(made.workers)[1:], made.partitions, every)
    for owners in (every, fewer):
        loads = [sum(arriving[number] for number in owned) for owned in owners.values()]
        assert all(loads)
        whole = max(map(len, owners.values())) / made.partitions  # partitions are dealt out whole
        assert max(loads) <= FIGURES.skew * whole * sum(loads)
    assert max(sum(arriving[number] for number in owned) for owned in fewer.values()) <= (
        made.busiest_share * FIGURES.worker_rate * (1 + ROUNDING)
    )


@pytest.mark.parametrize("load", LOADS, ids=lambda load: f"{load.touchpoints_per_sec:.0f}")
def test_survivors_keep_what_they_have(load: Load) -> None:
    """So little but the journeys of the one that is gone is read back, by all; of dozens a few swap a partition."""
    made = plan(load)
    before = assign(names(made.workers), made.partitions)
    gone, *rest = names(made.workers)
    after = assign(rest, made.partitions, before)
    assert sum(len(before[name] - after[name]) for name in rest) <= made.workers // SWAP_OF
    assert before[gone] <= frozenset().union(*(after[name] - before[name] for name in rest))
    most = ceil(ceil(made.partitions / made.workers) / len(rest))  # as the arithmetic has it
    assert max(len(after[name] - before[name]) for name in rest) <= most


class Failover:
    """Plays the death of a worker: its partitions wait for the session, all stand still, some are read back."""

    def __init__(self, made: Plan, arriving: Sequence[float], figures: Figures = FIGURES) -> None:
        self.made, self.figures, self.arriving = made, figures, arriving
        before = assign(names(made.workers), made.partitions)
        _, *rest = sorted(before, key=lambda name: -sum(arriving[number] for number in before[name]))
        self.after = assign(rest, made.partitions, before)
        self.moved = frozenset().union(*(self.after[name] - before[name] for name in rest))
        per_partition = made.load.journeys / made.deployments * made.changelog_records / made.partitions
        reading = {name: len(owned & self.moved) * per_partition for name, owned in self.after.items()}
        began = figures.session_sec + figures.pause_sec
        self.open_at = {
            number: began + reading[name] / figures.recovery_rate if number in self.moved else 0.0
            for name, owned in self.after.items()
            for number in owned
        }
        self.lag = dict.fromkeys(range(made.partitions), 0.0)

    def step(self, second: int) -> None:
        """Let a second pass: touchpoints arrive, and each worker folds what it can of what it may."""
        figures = self.figures
        for number, rate in enumerate(self.arriving):
            self.lag[number] += rate
        if figures.session_sec <= second < figures.session_sec + figures.pause_sec:
            return
        for owned in self.after.values():
            room = figures.worker_rate
            # The least behind first: what everybody would notice is not held up by what is behind anyway.
            for number in sorted(owned, key=self.lag.__getitem__):
                if second >= self.open_at[number]:
                    taken = min(room, self.lag[number])
                    self.lag[number] -= taken
                    room -= taken

    def run(self, limit_sec: int) -> tuple[float, int]:
        """Return after how many seconds all partitions fold again, and after how many nobody is behind."""
        folding = max(self.open_at.values())
        for second in range(limit_sec):
            self.step(second)
            if second > folding and all(lag <= 1.0 for lag in self.lag.values()):
                return folding, second
        raise AssertionError(f"{sum(self.lag.values()):,.0f} touchpoints are behind after {limit_sec} s")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("load", LOADS, ids=lambda load: f"{load.touchpoints_per_sec:.0f}")
def test_a_worker_dies_and_the_others_catch_up_in_the_time_that_is_stated(load: Load, seed: int) -> None:
    """The busiest one dies at the peak; its partitions fold again, and nobody is behind, no later than planned."""
    made = plan(load)
    folding, drained = Failover(made, rates(made, seed)).run(3_600)
    assert folding <= made.failover_sec
    assert drained <= made.failover_sec + made.drain_sec
    assert drained >= 0.2 * (made.failover_sec + made.drain_sec), "the plan states far more than it takes"


def test_a_deployment_that_is_too_small_never_catches_up() -> None:
    """The simulation can fail: with workers at half the rate that was reckoned with, the lag grows for ever."""
    made = plan(LOADS[0])
    slow = Figures(worker_rate=FIGURES.worker_rate / 2)
    with pytest.raises(AssertionError, match="are behind"):
        Failover(made, rates(made, 0), slow).run(1_200)


def test_more_load_never_takes_less() -> None:
    """Workers, partitions, disks and brokers grow with the rate and with the journeys."""
    plans = [plan(Load(touchpoints_per_sec=rate, journeys=rate * 100)) for rate in (10, 1_000, 30_000, 1_000_000)]
    for less, more in pairwise(plans):
        assert less.workers * less.deployments <= more.workers * more.deployments
        assert less.partitions * less.deployments <= more.partitions * more.deployments
        assert less.changelog_bytes < more.changelog_bytes
        assert less.brokers <= more.brokers
