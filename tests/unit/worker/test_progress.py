"""What stands still, and for how long it may."""

from collections.abc import Hashable

from streams.worker.progress import NOWHERE, Aspect, Progress, Stall, Work, limits

LOOK_SEC = 1.0
STALL_SEC = 60.0


def stalls(*standings: Hashable, is_over: bool = False, seconds: float = LOOK_SEC) -> list[Stall]:
    """Return what has stalled after one reading stood so at one look after the other."""
    progress, found = Progress(limits(STALL_SEC, 30, 10), LOOK_SEC), list[Stall]()
    for number, standing in enumerate(standings):
        found = progress.look([Work(Aspect.READING, 3, standing, is_over)], number * seconds)
    return found


def test_what_stands_still_stalls_at_its_limit() -> None:
    """And not before."""
    assert stalls(*[7] * 60) == []
    assert stalls(*[7] * 61) == [Stall(Aspect.READING, 3, 60.0)]


def test_a_trickle_is_progress() -> None:
    """However slow: one step within the limit is enough."""
    assert stalls(*[number // 50 for number in range(500)]) == []


def test_what_is_over_does_not_stall() -> None:
    """Neither what has nothing to do nor what must wait."""
    assert stalls(*[7] * 500, is_over=True) == []


def test_the_limit_begins_when_there_is_something_to_do() -> None:
    """Idle hours do not count."""
    progress = Progress(limits(STALL_SEC, 30, 10), LOOK_SEC)
    for now in range(3_600):
        progress.look([Work(Aspect.READING, 3, 7, is_over=True)], now)
    assert progress.look([Work(Aspect.READING, 3, 7, is_over=False)], 3_600) == []
    assert progress.spent == LOOK_SEC / STALL_SEC


def test_a_frozen_process_is_given_the_time_it_had_not() -> None:
    """A minute in which nothing ran is no stall."""
    progress = Progress(limits(STALL_SEC, 30, 10), LOOK_SEC)
    work = [Work(Aspect.READING, 3, 7, is_over=False)]
    progress.look(work, 0)
    assert progress.look(work, 1_000) == []
    assert progress.spent == 2 * LOOK_SEC / STALL_SEC


def test_a_partition_that_left_is_forgotten() -> None:
    """When it comes back its time begins anew."""
    progress = Progress(limits(STALL_SEC, 30, 10), LOOK_SEC)
    work = [Work(Aspect.READING, 3, 7, is_over=False)]
    for now in range(50):
        progress.look(work, now)
    progress.look([], 50)
    progress.look(work, 51)
    assert progress.spent == 0


def test_partitions_stall_by_themselves() -> None:
    """The longest first; others get on beside them."""
    progress, found = Progress(limits(STALL_SEC, 30, 10), LOOK_SEC), list[Stall]()
    for now in range(100):
        works = [Work(Aspect.READING, 1, now, is_over=False), Work(Aspect.READING, 2, now // 20, is_over=False)]
        found = progress.look([*works, Work(Aspect.OPENING, NOWHERE, 0, is_over=False)], now)
    assert found == [Stall(Aspect.OPENING, NOWHERE, 99.0)]


def test_what_is_forgiven_begins_anew() -> None:
    """It was no stall, and may become one."""
    progress = Progress(limits(STALL_SEC, 30, 10), LOOK_SEC)
    work = [Work(Aspect.READING, 3, 7, is_over=False)]
    for now in range(61):
        found = progress.look(work, now)
    progress.forgive(found[0])
    assert progress.look(work, 61) == []


def test_limits_leave_room_for_what_takes_long() -> None:
    """A rebalance takes sessions, a flush its periods; a broker that takes no writes is given five times as long."""
    found = limits(60, 30, 10)
    assert found[Aspect.JOINING] == 150
    assert found[Aspect.WRITING] == 300
    assert limits(60, 30, 600)[Aspect.WRITING] == 1_800


def test_a_stall_names_its_partition() -> None:
    """And what stands still, and for how long."""
    assert str(Stall(Aspect.READING, 3, 61.4)) == "partition 3: it has records to read and folds none, for 61 s"
    assert str(Stall(Aspect.JOINING, NOWHERE, 150)) == "the group has given it no partitions, for 150 s"
