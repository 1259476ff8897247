"""`score`: weights that fade."""

from typing import Final

import pytest

from streams.journeys.folded import State
from streams.journeys.handler import EMPTY
from streams.journeys.state import Evidence
from streams.rules.model import Score
from streams.rules.operators.score import HALVINGS, IDS, ScoreLeaf, decayed
from streams.testing.journeys import SHOP, at, touchpoint

WEIGHTS: Final = (("payment.failed", 4.0), ("shipment.*", 1.0), ("order.completed", -3.0))


def leaf(at_least: float) -> ScoreLeaf:
    """Return a leaf that halves every ten minutes."""
    return ScoreLeaf("r@1#0", "clause", Score(WEIGHTS, 600_000, at_least), SHOP.kinds)


def see(looked: ScoreLeaf, state: State, kind: str, minute: float) -> Evidence | None:
    """Let the leaf see a touchpoint."""
    return looked.see(state, touchpoint(kind, minute), EMPTY, "")


def test_what_was_is_halved_with_every_half_life() -> None:
    """Four, after ten minutes two and four more."""
    looked, state = leaf(6), State()
    assert see(looked, state, "payment.failed", 0) is None
    found = Evidence("clause", 6, 6, ("payment.failed@0", "payment.failed@10"))
    assert see(looked, state, "payment.failed", 10) == found
    assert looked.holds(state, "", at(10)) == found
    assert looked.holds(state, "", at(10) + 1) is None


def test_groups_have_weights_and_good_things_may_take_away() -> None:
    """Each type of a group weighs the same; a score may fall below nothing."""
    looked, state = leaf(1), State()
    assert looked.types == {"payment.failed", "shipment.delayed", "shipment.delivered", "order.completed"}
    assert see(looked, state, "shipment.delayed", 0) is not None
    assert see(looked, state, "order.completed", 0) is None
    assert see(looked, state, "payment.failed", 0) is not None
    assert state.slots["r@1#0\x1f"][1] == 2


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 1, 1.7, 9.999, 31])
def test_what_is_left_is_two_to_the_power_of_minus_the_half_lives(share: float) -> None:
    """To nine digits."""
    assert decayed(100.0, round(share * 10**9), 10**9) == pytest.approx(100 * 2**-share, rel=1e-8)


def test_a_slot_holds_the_last_ids_and_nothing_else() -> None:
    """However much happens."""
    looked, state = leaf(1), State()
    for minute in range(50):
        see(looked, state, "payment.failed", minute)
    (slot,) = state.slots.values()
    assert len(slot) == 2 + IDS
    assert slot[-1] == "payment.failed@49"


def test_after_very_long_a_score_is_nothing() -> None:
    """What is stale is what would not be used; with the episode it is forgotten as well."""
    looked, state = leaf(4), State()
    see(looked, state, "payment.failed", 0)
    (slot,) = state.slots.values()
    end = HALVINGS * 10
    assert (looked.is_stale(slot, at(end)), looked.is_stale(slot, at(end) + 1)) == (False, True)
    assert looked.holds(state, "", at(end) + 1) is None
    see(looked, state, "payment.failed", end + 1)
    assert state.slots["r@1#0\x1f"][1:] == [4.0, f"payment.failed@{end + 1}"]
    looked.reset(state, "")
    assert state.slots == {}
