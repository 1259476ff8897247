"""The clock of a replay: event time alone, shared by all partitions of a process."""

from streams.journeys.replay_clock import ReplayClock

WEB, ORDER = 0, 5


def test_in_a_replay_it_is_event_time_up_to_what_was_recorded_before_everything_unread() -> None:
    """A topic read ahead of the others must not take the clock along."""
    clock = ReplayClock().join(0, [WEB, ORDER])
    clock.read(WEB, recorded=1_010, event=1_000)
    clock.read(WEB, recorded=2_020, event=2_000)
    assert clock.now(99_000) == 0
    clock.read(ORDER, recorded=1_515, event=1_500)
    assert clock.now(99_000) == 1_500
    clock.caught_up(ORDER, 3_000)
    assert clock.now(99_000) == 2_000


def test_all_partitions_share_it() -> None:
    """Deadlines after a partition's own last touchpoint fire when another partition's time has passed them."""
    shared = ReplayClock()
    quiet, busy = shared.join(0, [WEB]), shared.join(1, [WEB])
    busy.read(WEB, recorded=5_000, event=4_000)
    assert quiet.now(99_000) == 0
    quiet.caught_up(WEB, 6_000)
    assert (quiet.now(99_000), busy.now(99_000)) == (4_000, 4_000)


def test_a_partition_that_left_is_not_waited_for() -> None:
    """It is another process's now."""
    shared = ReplayClock()
    stays, _ = shared.join(0, [WEB]), shared.join(1, [WEB])
    stays.read(WEB, recorded=5_000, event=4_000)
    assert stays.now(99_000) == 0
    shared.leave(1)
    assert stays.now(99_000) == 4_000


def test_a_clock_already_reached_is_not_gone_back_behind() -> None:
    """A partition brings the clock that its record remembers."""
    assert ReplayClock().join(0, [WEB], since=700).now(99_000) == 700


def test_a_touchpoint_dated_ahead_of_its_record_takes_the_clock_no_further() -> None:
    """It cannot have happened after it was recorded."""
    clock = ReplayClock().join(0, [WEB])
    clock.read(WEB, recorded=500, event=90_000)
    assert clock.now(99_000) == 500
