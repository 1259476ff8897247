"""Counters of lanes that come and go."""

from types import SimpleNamespace
from typing import Any

from streams.testing.journeys import partition, rfc3339, touchpoint
from streams.worker.gains import Gains


class Lane:
    """What is asked of a lane."""

    def __init__(self) -> None:
        self.core = partition([])
        self.teller = SimpleNamespace(uncounted=lambda: {"crowds": 0})
        self._offset = 0

    def fold(self) -> None:
        """Fold an order with a promise."""
        self._offset += 1
        order = touchpoint("order.completed", self._offset, subject=f"{self._offset}", promised_at=rfc3339(600))
        self.core.fold(0, [(self._offset, b"c1", order)], 0)


def taken(gains: Gains, *lanes: Any) -> tuple[int, int]:
    """Return how many touchpoints were gained, and promises made."""
    gained = gains.take(lanes)
    return gained["in_order"], gained["delivery", "made"]


def test_what_came_on_top_is_told_once() -> None:
    """Of all lanes together."""
    gains, first, second = Gains(), Lane(), Lane()
    first.fold()
    assert taken(gains, first, second) == (1, 1)
    second.fold()
    second.fold()
    assert taken(gains, first, second) == (2, 2)
    assert taken(gains, first, second) == (0, 0)


def test_what_a_lane_gained_before_it_went_is_not_lost() -> None:
    """Its partition goes to another worker between two readings; and nothing is told again when it comes back."""
    gains, staying, leaving = Gains(), Lane(), Lane()
    assert taken(gains, staying, leaving) == (0, 0)
    leaving.fold()
    staying.fold()
    assert taken(gains, staying) == (2, 2)
    assert taken(gains, staying) == (0, 0)
    leaving.fold()
    assert taken(gains, staying, leaving) == (1, 1)
