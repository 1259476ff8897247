"""Times, durations and amounts in words."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from streams.desk.console import words

NOW = 1_772_449_200_000  # 2026-03-02T11:00:00Z


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (-5, "0 s"), (59_999, "59 s"), (60_000, "1 min"), (3_599_000, "59 min"), (3_600_000, "1 h"),
        (7_500_000, "2 h 5 min"), (86_400_000, "1 d"), (349_200_000, "4 d 1 h"),
    ],
)  # fmt: skip
def test_a_duration_has_its_two_largest_units(ms: int, text: str) -> None:
    """Never negative, never longer than one can read at a glance."""
    assert words.lasting(ms) == text


def test_a_time_says_its_day_only_where_it_is_another() -> None:
    """In the zone of the people."""
    madrid = ZoneInfo("Europe/Madrid")
    assert words.clock(NOW, NOW, madrid) == "12:00"
    assert words.clock(NOW - 86_400_000, NOW, UTC) == "1.3. 11:00"
    assert words.clock(NOW - 366 * 86_400_000, NOW, UTC) == "1.3.2025 11:00"
    assert words.clock(10**18, NOW, madrid).startswith("1.1.9999")
    assert words.iso(NOW) == "2026-03-02T11:00:00Z"


def test_amounts_and_shares_are_written_as_the_language_does() -> None:
    """Cents only where there are some and they matter."""
    space = "\N{NO-BREAK SPACE}"
    assert words.amount(184.9, "en", "EUR") == f"184.90{space}EUR"
    assert words.amount(1184.9, "es", "EUR") == f"1.185{space}EUR"
    assert words.amount(25, "es") == "25"
    assert words.share(1, 3) == f"33{space}%"
    assert words.share(0, 0) == "\N{EN DASH}"
    assert [words.number(each) for each in (3.0, 2.511, 2_000_000)] == ["3", "2.51", "2,000,000"]
