"""Time, moved by hand."""

from typing import Final

import pytest

NOW: Final = 1_800_000_000_000


class Clock:
    """Moved by hand; ms."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        """Return the time."""
        return self.now

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += int(seconds * 1000)


@pytest.fixture
def clock() -> Clock:
    """Begin at one time always."""
    return Clock()
