"""What the shipped pack is worth, all rules together: over real orders, and over made journeys with every mishap."""

from pathlib import Path
from typing import Final

import pytest

from tests.quality.measure import EARLY, Measured, is_tuned_on, made, real

SHARED: Final = Path(__file__).parents[2].parent / "shared"
CUSTOMERS: Final = 4_000
MOST_HEALED: Final = 0.15
MOST_RETRACTED: Final = 0.01
needs_tables = pytest.mark.skipif(not SHARED.exists(), reason="the real tables are not part of this repository")


@pytest.fixture(scope="module")
def orders() -> Measured:
    """Return what the pack says about real orders."""
    return real(SHARED / "data" / "olist")


@pytest.fixture(scope="module", params=[1, 2])
def journeys(request: pytest.FixtureRequest) -> Measured:
    """Return what the pack says about made journeys with noise, duplicates, lateness, outages and an offline till."""
    return made(CUSTOMERS, request.param)


@needs_tables
def test_real_bad_reviews_are_found_and_little_else(orders: Measured) -> None:
    """All rules together, the one that reads the score included: without it nobody can know of a bad product."""
    score = orders.score()
    assert (score.precision or 0) >= 0.75
    assert (score.recall or 0) >= 0.85


@needs_tables
@pytest.mark.parametrize("is_tuned", [True, False], ids=["tuned on", "tried on"])
def test_thresholds_hold_on_customers_that_they_were_not_chosen_on(orders: Measured, *, is_tuned: bool) -> None:
    """Both halves keep the figures, and the dispatch rule by itself is right in three cases of four."""

    def half(customer: str) -> bool:
        return is_tuned_on(customer) is is_tuned

    assert (orders.score(customers=half).precision or 0) >= 0.75
    assert (orders.score(("not-dispatched",), half).precision or 0) >= 0.75


@needs_tables
def test_what_can_be_known_early_is_known_two_days_before_the_review(orders: Measured) -> None:
    """Not dispatched and late together foresee more than four bad reviews of five, and seldom a good one."""
    score = orders.score(EARLY)
    assert score.lead_time_hours is not None
    assert score.lead_time_hours.p50 >= 48
    assert score.decided_before_label / (score.true_positives + score.false_negatives) > 0.8
    assert (score.precision or 0) > 0.7


@needs_tables
def test_real_pages_are_seldom_for_nothing(orders: Measured) -> None:
    """Few parcels come by themselves on the day after the page, and no page is taken back."""
    assert orders.nuisance.pages > 1_000
    assert (orders.nuisance.healed_share or 0) <= MOST_HEALED
    assert (orders.nuisance.retracted_share or 0) <= MOST_RETRACTED


def test_known_bad_moments_are_found_and_little_else(journeys: Measured) -> None:
    """In spite of noise, duplicates, late touchpoints, two outages and a till that uploads its day twice."""
    score = journeys.score()
    assert (score.precision or 0) >= 0.95
    assert (score.recall or 0) >= 0.95


def test_made_pages_are_seldom_for_nothing(journeys: Measured) -> None:
    """Although one touchpoint of twenty is late, hardly any page is taken back."""
    assert journeys.nuisance.pages > 400
    assert (journeys.nuisance.healed_share or 0) <= MOST_HEALED
    assert (journeys.nuisance.retracted_share or 0) <= MOST_RETRACTED
