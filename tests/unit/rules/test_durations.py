"""Durations as people write them."""

import pytest

from streams.rules import durations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250ms", 250),
        ("90s", 90_000),
        ("10m", 600_000),
        ("72h", 259_200_000),
        ("3d", 259_200_000),
        ("2w", 1_209_600_000),
        ("1h30m", 5_400_000),
        ("0m", 0),
    ],
)
def test_a_duration_is_a_number_with_its_unit(text: str, expected: int) -> None:
    """Units from milliseconds to weeks, one after the other if need be."""
    assert durations.parse(text) == expected


@pytest.mark.parametrize("text", ["", "10", "m", "10 m", "-10m", "1.5h", "10M", "10min", "h1", "9999999w", "\u0661h"])
def test_anything_else_is_none(text: str) -> None:
    """No guessing: a bare number could be minutes or days."""
    assert durations.parse(text) is None


@pytest.mark.parametrize("text", ["0m", "90s", "1m30s", "10m", "1d12h", "21d", "250ms"])
def test_show_reads_back(text: str) -> None:
    """What is shown parses to the same."""
    shown = durations.show(durations.parse(text) or 0)
    assert durations.parse(shown) == durations.parse(text)


def test_show_is_short() -> None:
    """Days are the largest unit, since `14d` reads better than `2w`."""
    assert [durations.show(each) for each in (90_000, 5_400_000, 1_209_600_000)] == ["1m30s", "1h30m", "14d"]
