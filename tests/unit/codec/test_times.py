"""Instants on the outside and inside."""

import pytest

from streams.codec.times import from_rfc3339, to_rfc3339


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-05-01T12:00:00.123456Z", 1_777_636_800_123),
        ("2026-05-01t14:00:00.123+02:00", 1_777_636_800_123),
        ("2026-05-01 06:30:00.1239-05:30", 1_777_636_800_123),
        ("1969-12-31T23:59:59.9995Z", -1),
    ],
)
def test_any_offset_is_read_and_what_is_finer_than_a_millisecond_is_cut(text: str, ms: int) -> None:
    """RFC 3339 in all its spellings."""
    assert from_rfc3339(text) == ms


@pytest.mark.parametrize("text", ["", "now", "2026-05-01", "2026-05-01T12:00:00", "2026-13-01T00:00:00Z"])
def test_a_time_without_an_offset_is_no_instant(text: str) -> None:
    """A local time could be any of twenty-six hours."""
    assert from_rfc3339(text) is None


def test_instants_are_written_in_utc_with_milliseconds() -> None:
    """One spelling on the way out."""
    assert to_rfc3339(1_777_636_800_120) == "2026-05-01T12:00:00.120Z"
