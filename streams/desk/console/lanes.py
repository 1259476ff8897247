"""A journey as a drawing: one lane for each channel, touchpoints from left to right, long silences marked; pure."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import msgspec

from streams.desk.service.views import Step

STEPS: Final = 120  # touchpoints on one page
_STEP: Final = 34  # pixels between two touchpoints: the name of a moment fits
_GAP: Final = 44  # more where it was silent for long
_LANE: Final = 34
_LEFT: Final = 104  # for the names of the channels
_TOP: Final = 22
_FOOT: Final = 24  # room for the moments of truth


class Part(msgspec.Struct, frozen=True):
    """The touchpoints of one page; `earlier` and `later` say where the pages beside it end, 0 is nowhere."""

    steps: Sequence[Step]
    first: int
    earlier: int
    later: int


class Dot(msgspec.Struct, frozen=True):
    """One touchpoint in the drawing."""

    x: int
    y: int
    step: Step


class Gap(msgspec.Struct, frozen=True):
    """A long silence."""

    x: int
    ms: int


class Stage(msgspec.Struct, frozen=True):
    """Touchpoints in a row that belong to the same moment of truth."""

    x: int
    width: int
    moment: str


class Lane(msgspec.Struct, frozen=True):
    """One channel."""

    channel: str
    y: int


class Drawing(msgspec.Struct, frozen=True):
    """All of it."""

    width: int
    height: int
    left: int  # width of the names beside it
    lanes: tuple[Lane, ...]
    dots: tuple[Dot, ...]
    gaps: tuple[Gap, ...]
    stages: tuple[Stage, ...]
    points: str  # of the line from touchpoint to touchpoint


def part(steps: Sequence[Step], before: int) -> Part:
    """Return the touchpoints right before this place, or the newest where it is 0 or beyond the end."""
    end = before if 0 < before < len(steps) else len(steps)
    first = max(0, end - STEPS)
    later = min(end + STEPS, len(steps)) if end < len(steps) else 0
    return Part(steps[first:end], first, first, later)


def draw(steps: Sequence[Step]) -> Drawing:
    """Place each touchpoint on the lane of its channel, in the order of time."""
    channels = list(dict.fromkeys(step.channel for step in steps))
    lanes = {channel: _TOP + _LANE * place + _LANE // 2 for place, channel in enumerate(channels)}
    dots: list[Dot] = []
    gaps: list[Gap] = []
    x = 0
    for step in steps:
        if step.gap_ms and dots:
            gaps.append(Gap(x + _GAP // 2 + _STEP // 2, step.gap_ms))
            x += _GAP
        x += _STEP
        dots.append(Dot(x, lanes[step.channel], step))
    return Drawing(
        width=x + _STEP,
        height=_TOP + _LANE * len(channels) + _FOOT,
        left=_LEFT,
        lanes=tuple(Lane(channel, y) for channel, y in lanes.items()),
        dots=tuple(dots),
        gaps=tuple(gaps),
        stages=tuple(_stages(dots)),
        points=" ".join(f"{dot.x},{dot.y}" for dot in dots),
    )


def _stages(dots: Sequence[Dot]) -> Iterator[Stage]:
    for moment, run in groupby(dots, key=lambda dot: dot.step.moment):
        places = [dot.x for dot in run]
        if moment:
            yield Stage(places[0] - _STEP // 2 + 1, places[-1] - places[0] + _STEP - 2, moment)
