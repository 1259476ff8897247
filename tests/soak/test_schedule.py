"""What the driver of faults plans."""

from tests.soak.schedule import EACH, Kind, schedule

HALF_AN_HOUR = 1_800.0


def test_a_seed_gives_the_same_schedule() -> None:
    """A bad run can be had again, and another seed is another run."""
    assert schedule(7, 600, 5) == schedule(7, 600, 5)
    assert schedule(7, 600, 5) != schedule(8, 600, 5)


def test_each_kind_comes_before_any_comes_again() -> None:
    """A short run misses none."""
    faults = schedule(3, HALF_AN_HOUR, 5)
    assert {fault.kind for fault in faults[: len(EACH)]} == set(EACH)


def test_half_an_hour_has_two_hundred_faults() -> None:
    """By the command's own time between two faults, whatever the seed."""
    for seed in range(20):
        assert len(schedule(seed, HALF_AN_HOUR, 7.0)) >= 200


def test_a_kind_can_be_left_out() -> None:
    """Where a machine cannot do it."""
    kinds = {fault.kind for fault in schedule(1, HALF_AN_HOUR, 5, without=[Kind.DISK_FULL])}
    assert kinds == set(EACH) - {Kind.DISK_FULL}


def test_faults_come_in_order_and_within_the_time() -> None:
    """The runner waits for one after the other."""
    times = [fault.at_sec for fault in schedule(5, 300, 4)]
    assert times == sorted(times)
    assert times[-1] < 300
