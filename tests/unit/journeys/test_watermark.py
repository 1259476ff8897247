"""The clock of a partition: it says how far time has certainly passed, and never goes back."""

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.journeys.watermark import Watermark

WEB, ORDER, CHAT = 0, 5, 2
TOPICS: Final = (WEB, ORDER, CHAT)


def test_before_anything_is_read_the_clock_stands_at_its_start() -> None:
    """A topic that nobody has looked at may hold anything."""
    assert Watermark(TOPICS).now(1_000) == 0
    assert Watermark(TOPICS, since=700).now(1_000) == 700


def test_it_is_the_slowest_topic_that_counts() -> None:
    """Caught up, a topic is known up to the fetch that proved it; else up to its largest event time."""
    clock = Watermark(TOPICS)
    clock.caught_up(WEB, 900)
    clock.caught_up(CHAT, 950)
    assert clock.now(1_000) == 0
    clock.read(ORDER, recorded=850, event=800)
    assert clock.now(1_000) == 800
    clock.caught_up(ORDER, 990)
    assert clock.now(1_000) == 900
    assert clock.is_caught_up()


def test_a_proof_counts_from_the_fetch_and_ends_with_the_next_record() -> None:
    """The clock does not run on by itself between proofs."""
    clock = Watermark([WEB])
    clock.caught_up(WEB, 900)
    assert clock.now(5_000) == 900
    clock.behind(WEB)
    assert (clock.now(5_000), clock.is_caught_up()) == (900, False)
    clock.read(WEB, recorded=1_000, event=100)
    assert clock.now(5_000) == 900
    clock.caught_up(WEB, 1_200)
    assert clock.now(5_000) == 1_200


def test_it_is_never_above_the_wall() -> None:
    """Whatever a touchpoint claims."""
    clock = Watermark([WEB])
    clock.read(WEB, recorded=90_000, event=90_000)
    assert clock.now(1_000) == 1_000


def test_a_touchpoint_dated_ahead_of_its_record_takes_the_clock_no_further_than_its_record() -> None:
    """What is still unread was recorded after that, and may have happened before the date that it claims."""
    clock = Watermark([WEB])
    clock.read(WEB, recorded=500, event=90_000)
    assert clock.now(1_000) == 500


Step = tuple[int, int, int, int]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(TOPICS), st.integers(0, 500), st.integers(0, 500))))
def test_it_never_goes_back_and_never_passes_the_wall(steps: list[Step]) -> None:
    """Through reads, proofs, new backlogs and a wall clock that is set back."""
    clock, last = Watermark(TOPICS), 0
    for what, topic, one, other in steps:
        if what == 0:
            clock.read(topic, one, other)
        elif what == 1:
            clock.caught_up(topic, one)
        elif what == 2:
            clock.behind(topic)
        now = clock.now(other)
        assert last <= now <= max(last, other)
        last = now
