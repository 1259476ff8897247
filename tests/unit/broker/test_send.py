"""Sending touchpoints from a file: what needs no broker."""

import pytest

from streams.broker.send import KEPT_BAD, BadLine, Pace, check
from streams.codec.vocabulary import shipped
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import SKEW_MS, Touchpoint

NOW_MS = 1_777_636_800_000
GOOD = Touchpoint("1", "s", "payment.failed", NOW_MS, "ana")
BAD = Rejection(Reason.UNDECODABLE, "the value is not valid JSON")


def test_bad_lines_are_named() -> None:
    """By number, reason and detail: of the line, of its type, of its time against when it was recorded."""
    unknown = Touchpoint("1", "s", "payment.faild", NOW_MS, "ana")
    outcomes: list[tuple[int, Touchpoint | Rejection, int | None]] = [
        (1, GOOD, NOW_MS),
        (3, BAD, None),
        (4, unknown, NOW_MS),
        (5, GOOD, NOW_MS - SKEW_MS - 86_400_000),
    ]
    summary = check(iter(outcomes), shipped())
    assert (summary.lines, summary.bad, summary.sent) == (4, 3, 0)
    assert summary.bad_lines == [
        BadLine(3, "undecodable", "the value is not valid JSON"),
        BadLine(4, "unknown_type", "the vocabulary has no type 'payment.faild'; did you mean payment.failed?"),
        BadLine(5, "bad_time", "time is 2.0 days after it was recorded"),
    ]


def test_only_so_many_bad_lines_are_kept() -> None:
    """A file of another kind has millions of them."""
    summary = check(((number, BAD, None) for number in range(1, 5_001)), shipped())
    assert (summary.bad, len(summary.bad_lines)) == (5_000, KEPT_BAD)


class Clock:
    """Time moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        """Return seconds."""
        return self.now


def test_event_time_moves_at_speed() -> None:
    """A minute of events takes a second at 60, counted from the first event."""
    clock = Clock()
    pace = Pace(60.0, clock)
    waits = [pace.wait_sec(NOW_MS), pace.wait_sec(NOW_MS + 60_000)]
    clock.now += 1.0
    assert [*waits, pace.wait_sec(NOW_MS + 60_000)] == pytest.approx([0.0, 1.0, 0.0])


def test_an_earlier_event_is_due_at_once() -> None:
    """Files need not be in the order of time."""
    pace = Pace(1.0, Clock())
    pace.wait_sec(NOW_MS)
    assert pace.wait_sec(NOW_MS - 60_000) <= 0


def test_without_a_speed_nothing_waits() -> None:
    """As fast as it goes."""
    pace = Pace(0.0, Clock())
    assert [pace.wait_sec(NOW_MS), pace.wait_sec(NOW_MS + 1 << 40)] == [0.0, 0.0]
