"""A mapping file as data."""

import pytest

from tests.unit.gateway.providers.made import mapping


@pytest.mark.parametrize(
    ("name", "alias"),
    [("late", "late"), ("late:by:air", "late"), ("gone:air", "gone:air"), ("gone:air:now", "gone:air"), ("gone", None)],
)
def test_a_name_falls_under_what_precedes_its_colons(name: str, alias: str | None) -> None:
    """The longest part of a name that has an alias decides, and a shorter alias never reaches further."""
    assert mapping().alias_of(name) == alias


@pytest.mark.parametrize("name", ["", ":", "later", "la:te", "x" * 10_000, ":" * 1_000_000, "late:" * 100])
def test_an_unknown_name_has_none(name: str) -> None:
    """Whatever a provider comes up with ends somewhere."""
    assert mapping().alias_of(name) is None
