"""Numbers beside dates, and numbers that look like one."""

import pytest

from streams.gateway.identity import phones


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+993 12 34-56-78", "[phone]"),
        ("+34600112233 12/05/2026", "[phone] 12/05/2026"),
        ("12-05-2026", "12-05-2026"),
    ],
)
def test_a_number_that_holds_what_looks_like_a_date_is_masked(text: str, expected: str) -> None:
    """A date by itself stays."""
    assert phones.mask(text, 0, len(text), "", is_prose=True) == expected
