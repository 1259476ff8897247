"""How pauses are measured, with time moved by hand."""

import asyncio

from tests.soak.watch import Watch


def test_a_pause_is_the_time_between_two_steps_of_one_partition() -> None:
    """Another partition's progress does not hide it, and looking often does not shorten it."""
    watch = Watch("", "")
    watch.see({0: 10, 1: 10}, 0.0)
    watch.see({0: 20, 1: 10}, 1.0)
    watch.see({0: 30, 1: 10}, 2.0)
    watch.see({0: 40, 1: 11}, 7.0)
    assert watch.pauses == {0: [1.0, 1.0, 5.0], 1: [7.0]}
    assert watch.longest_sec(8.0) == 7.0


def test_what_stands_still_at_the_end_counts() -> None:
    """Else a partition that nobody owns any more would be the best of all."""
    watch = Watch("", "")
    watch.see({0: 10}, 0.0)
    assert watch.longest_sec(60.0) == 60.0


async def test_whoever_waits_for_progress_of_all_waits_for_the_last() -> None:
    """What got on earlier does not count, and nobody waits for ever."""
    watch = Watch("", "")
    watch.see({0: 10, 1: 10}, 0.0)
    watch.see({0: 20, 1: 10}, 5.0)
    await watch.wait_progress(4.0, 1, 60.0)
    waiting = asyncio.ensure_future(watch.wait_progress(4.0, 2, 60.0))
    await asyncio.sleep(0)
    assert not waiting.done()
    watch.see({0: 20, 1: 20}, 6.0)
    await waiting
    await watch.wait_progress(7.0, 1, 0.0)
