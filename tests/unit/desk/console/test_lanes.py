"""A journey as a drawing."""

from itertools import groupby

from streams.desk.console import lanes
from streams.desk.service.views import Step
from streams.testing.desk_cases import steps


def test_each_channel_has_its_lane_and_each_silence_its_mark() -> None:
    """Touchpoints go from left to right in the order of time, and all of them are within the picture."""
    course = steps()
    drawing = lanes.draw(course)
    assert [lane.channel for lane in drawing.lanes] == list(dict.fromkeys(step.channel for step in course))
    assert [gap.ms for gap in drawing.gaps] == [step.gap_ms for step in course if step.gap_ms]
    places = [dot.x for dot in drawing.dots]
    assert places == sorted(set(places))
    assert max(places) < drawing.width
    assert {dot.y for dot in drawing.dots} == {lane.y for lane in drawing.lanes}
    assert [stage.moment for stage in drawing.stages] == [
        moment for moment, _ in groupby(step.moment for step in course)
    ]
    assert max(lane.y for lane in drawing.lanes) < drawing.height


def test_a_long_journey_is_shown_in_parts_that_leave_nothing_out() -> None:
    """From the newest back to the first, each touchpoint once; and forward again."""
    course = [Step(at, "page.viewed", "web", "ZMOT", 0) for at in range(300)]
    seen: list[int] = []
    before = 0
    while True:
        part = lanes.part(course, before)
        seen = [step.at for step in part.steps] + seen
        before = part.earlier
        if not before:
            break
    assert seen == list(range(300))
    assert lanes.part(course, 60).later == 180
    assert lanes.part(course, 9_999).later == 0


def test_no_journey_is_an_empty_drawing() -> None:
    """Nothing is known yet, and nothing breaks."""
    assert lanes.draw(()).dots == ()
    assert lanes.part((), 0) == lanes.Part((), 0, 0, 0)
