"""The brake on guessing."""

import pytest

from streams.desk.access import attempts
from streams.desk.access.attempts import Brake, BrakePolicy
from tests.unit.desk.access.conftest import Clock


def test_a_place_waits_until_its_oldest_failure_is_old_enough(clock: Clock) -> None:
    """So a try is let in as each of them becomes old."""
    brake = Brake(BrakePolicy(failures=2, window_sec=60), clock)
    brake.failed("a")
    clock.forward(20)
    assert brake.wait_sec("a") == 0
    brake.failed("a")
    assert (brake.wait_sec("a"), brake.wait_sec("b")) == (40, 0)
    clock.forward(39.5)
    assert brake.wait_sec("a") == 1
    clock.forward(0.5)
    assert brake.wait_sec("a") == 0


def test_who_signs_in_has_a_clean_slate(clock: Clock) -> None:
    """The failures before are forgotten."""
    brake = Brake(BrakePolicy(failures=1), clock)
    brake.failed("a")
    brake.passed("a")
    assert brake.wait_sec("a") == 0


def test_so_many_places_are_remembered(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the one that has been quiet longest is forgotten."""
    monkeypatch.setattr(attempts, "PLACES", 2)
    brake = Brake(BrakePolicy(failures=1), clock)
    for place in ("a", "b", "a", "c"):
        brake.failed(place)
    assert [brake.wait_sec(place) > 0 for place in ("a", "b", "c")] == [True, False, True]
