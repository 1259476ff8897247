from itertools import pairwise

from streams.codec.times import to_ms
from streams.demo.data import BEGINS, LASTS, prepare
from streams.demo.options import Selection

SMALL = Selection(households=60, simulated=20)


def test_every_touchpoint_is_in_its_place() -> None:
    """All are unique, in the order of time, and within the four weeks."""
    made = prepare(SMALL).touchpoints
    assert len({(touchpoint.source, touchpoint.id) for touchpoint in made}) == len(made)
    assert all(one.time <= other.time for one, other in pairwise(made))
    assert to_ms(BEGINS) <= made[0].time <= made[-1].time < to_ms(BEGINS + LASTS)


def test_what_is_real_and_what_is_simulated_is_told_apart() -> None:
    """The sources add up to all touchpoints, and none is both."""
    material = prepare(SMALL)
    assert sum(material.real.values()) + sum(material.simulated.values()) == len(material.touchpoints)
    assert all(source.startswith("//completejourney/") for source in material.real)
    assert all(".example/" in source for source in material.simulated)


def test_one_journey_holds_both() -> None:
    """Simulated contacts belong to customers who really shopped, as many as asked for."""
    customers: dict[bool, set[str]] = {True: set(), False: set()}
    for touchpoint in prepare(SMALL).touchpoints:
        customers[touchpoint.source.startswith("//completejourney/")].add(touchpoint.customer)
    assert customers[False] < customers[True]
    assert len(customers[False]) == SMALL.simulated


def test_the_same_selection_gives_the_same_touchpoints() -> None:
    """Only the seed changes the simulated ones, and nothing the real ones."""
    first, other = prepare(SMALL), prepare(Selection(households=60, simulated=20, seed=2))
    assert prepare(SMALL) == first
    assert other.real == first.real
    assert other.touchpoints != first.touchpoints


def test_more_simulated_than_there_are_households() -> None:
    """Then all who shopped have simulated contacts; and there may be none at all."""
    every = prepare(Selection(households=10, simulated=500))
    assert len({touchpoint.customer for touchpoint in every.touchpoints}) <= 10
    assert every.simulated
    assert prepare(Selection(households=10, simulated=0)).simulated == {}
