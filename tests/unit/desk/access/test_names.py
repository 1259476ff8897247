"""What people may be called."""

import pytest

from streams.desk.access.names import is_name


@pytest.mark.parametrize("name", ["anna", "Anna Pérez", "anna@example.com", "o'hara", "machines", "x" * 200])
def test_people_are_called_as_they_are(name: str) -> None:
    """Mail addresses too, as providers say them."""
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    ["", " ", " anna", "a\nb", "a\0b", "x" * 201, "machine", "Machine", "-", "link:mail", "Slack:U1", "a\u202eb"],
)
def test_nobody_passes_for_the_machine_or_a_link(name: str) -> None:
    """Nor breaks the line of a trail."""
    assert not is_name(name)
