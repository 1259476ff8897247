"""Records of one timestamp are folded in event-time order, each topic in its own."""

from streams.touchpoints.touchpoint import Touchpoint
from streams.worker.ties import MixedInput, settle


def one(topic: int, offset: int, time: int) -> MixedInput:
    """Return an input of a topic at an event time."""
    return (topic, offset, b"c", Touchpoint(f"{topic}/{offset}", "//test", "page.viewed", time, "c"))


def test_ties_between_topics_go_by_event_time() -> None:
    """The topic with the lower number does not come first when its touchpoint is the later one."""
    late, early, after = one(0, 0, 30), one(5, 0, 10), one(0, 1, 5)
    assert settle([late, early, after], [100, 100, 101]) == [early, late, after]


def test_a_topic_keeps_its_own_order() -> None:
    """Offsets of a topic ascend even where event times do not, or the fold would take the earlier one for a replay."""
    first, second, other = one(0, 0, 30), one(0, 1, 10), one(5, 0, 20)
    assert settle([first, second, other], [100, 100, 100]) == [other, first, second]
