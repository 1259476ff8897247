"""The lanes of one worker as the group deals them out."""

from types import SimpleNamespace
from typing import Any

import pytest

from streams.errors import BrokerError
from streams.worker.fence import FenceLost
from streams.worker.store import Lanes, Standing

NOTHING = Standing({}, {}, {})


class Amnesiac:
    """A lane to which its changelog does not say what was folded."""

    number = 0

    def __init__(self, *, is_ours: bool) -> None:
        self.why = ""
        self._is_ours = is_ours

    def admit(self, *_: Any) -> dict[str, int]:
        """Refuse."""
        raise BrokerError("it was lost")

    async def prove(self) -> None:
        """Ask the broker."""
        if not self._is_ours:
            raise FenceLost("another has claimed")

    def lose(self, why: str) -> None:
        """Take note."""
        self.why = why


@pytest.fixture
def lanes(monkeypatch: pytest.MonkeyPatch) -> Lanes:
    """Those of a worker that owns nothing yet."""
    monkeypatch.setattr(Lanes, "_facts", lambda *_: (None, {}))
    return Lanes("lanes://", SimpleNamespace(), SimpleNamespace(name="journeys"))


async def test_a_lost_changelog_ends_its_owner(lanes: Lanes) -> None:
    """Going on without it would be amnesia."""
    with pytest.raises(BrokerError, match="lost"):
        await lanes._admit(Amnesiac(is_ours=True), NOTHING)  # type: ignore[arg-type] # a double


async def test_what_a_successor_has_folded_is_no_lost_changelog(lanes: Lanes) -> None:
    """A worker that was frozen while it read back loses the lane quietly: it has not seen what was written since."""
    lane = Amnesiac(is_ours=False)
    assert await lanes._admit(lane, NOTHING) == {}  # type: ignore[arg-type] # a double
    assert lane.why == "another has claimed"
