"""Whether a signed time is near enough to now."""

import pytest

from streams.gateway.providers.signatures.freshness import is_fresh, to_ms

AT = 1_795_341_600_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1795341600", AT),
        (" 1795341600 ", AT),
        ("1795341600000", AT),
        ("2026-11-22T10:00:00Z", AT),
        ("2026-11-22T10:00:00", None),
        ("", None),
        ("-5", None),
        ("٣", None),
        ("9" * 40, None),
    ],
)
def test_a_time_is_read_as_it_is_written(text: str, expected: int | None) -> None:
    """Seconds, milliseconds and RFC 3339 are told apart; anything else is no time."""
    assert to_ms(text) == expected


@pytest.mark.parametrize(("off", "found"), [(0, True), (5_000, True), (-5_000, True), (5_001, False), (-5_001, False)])
def test_the_window_is_on_both_sides(off: int, found: bool) -> None:
    """A clock may be behind or ahead by the tolerance, and no more."""
    assert is_fresh(str(AT), 5_000, AT + off) is found
