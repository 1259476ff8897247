"""A burst of one line is a few lines and a count, whatever breaks and however often."""

import logging
from collections.abc import Callable

import pytest

from streams.telemetry import suppression
from streams.telemetry.suppression import Suppression


class Log:
    """A filter with a clock that is moved by hand, and what passed it."""

    def __init__(self, first: int = 2) -> None:
        self.now = 0.0
        self.said: list[str] = []
        self.waiting: list[tuple[float, Callable[[], None]]] = []
        self.filter = Suppression(self._say, first=first, clock=lambda: self.now, later=self._later)

    def __call__(self, message: str, *arguments: object, name: str = "touchpoint.worker", level: int = 30) -> None:
        """Log a line."""
        record = logging.LogRecord(name, level, "file.py", 1, message, arguments, None)
        if self.filter.filter(record):
            self._say(record)

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and do what is due by then."""
        until = self.now + seconds
        while due := [one for one in self.waiting if one[0] <= until]:
            first = min(due, key=lambda one: one[0])
            self.waiting.remove(first)
            self.now = first[0]
            first[1]()
        self.now = until

    def _later(self, delay_sec: float, what: Callable[[], None]) -> None:
        self.waiting.append((self.now + delay_sec, what))

    def _say(self, record: logging.LogRecord) -> None:
        more = getattr(record, suppression.SUPPRESSED, None)
        self.said.append(record.getMessage() + (f" +{more}" if more is not None else ""))


@pytest.fixture
def log() -> Log:
    """Two lines of a kind pass."""
    return Log()


def test_of_a_burst_the_first_lines_and_a_count_are_said(log: Log) -> None:
    """The last one comes at the end of the minute, with how many more there were."""
    for number in range(100):
        log("attempt %d failed", number)
    assert log.said == ["attempt 0 failed", "attempt 1 failed"]
    log.pass_time(60)
    assert log.said[2:] == ["attempt 99 failed +97"]
    assert log.waiting == []


def test_a_burst_that_goes_on_is_one_line_a_minute(log: Log) -> None:
    """Not the first few again each minute."""
    for _ in range(180):
        log("down")
        log.pass_time(1)
    assert log.said == ["down", "down", "down +57", "down +59", "down +59"]


def test_after_a_quiet_minute_it_is_news_again(log: Log) -> None:
    """The next outage is said at once."""
    for _ in range(5):
        log("down")
    log.pass_time(121)
    log("down")
    assert log.said == ["down", "down", "down +2", "down"]


def test_kinds_do_not_silence_one_another(log: Log) -> None:
    """Another logger, level or text is another kind; other arguments are not."""
    for _ in range(3):
        log("partition %d is lost", 1)
    log("partition %d is lost", 2)
    log("partition %d is lost", 3, name="touchpoint.desk")
    log("partition %d is lost", 4, level=40)
    log("partition is lost")
    assert log.said == ["partition 1 is lost"] * 2 + ["partition 3 is lost", "partition 4 is lost", "partition is lost"]


def test_what_is_remembered_is_bounded(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many kinds the one that was silent for longest is forgotten, and would be said again."""
    monkeypatch.setattr(suppression, "KINDS", 3)
    for _ in range(3):
        log("first")
    for number in range(3):
        log(f"other {number}")
    log("first")
    assert log.said.count("first") == 3


def test_lines_that_come_rarely_are_all_said(log: Log) -> None:
    """Normal operation is never suppressed."""
    for _ in range(10):
        log("source %s is blind", "//shop")
        log.pass_time(61)
    assert len(log.said) == 10
