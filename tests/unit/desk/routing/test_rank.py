"""Ranks, every factor shown, and the budget of attention."""

import pytest

from streams.desk.routing.rank import HOUR_MS, Budget, RankPolicy, Shared, Wanting, rank, share

POLICY = RankPolicy()


def test_a_rank_is_the_product_of_its_factors_in_both_languages() -> None:
    """Critical, 300 at risk, half a day left."""
    found = rank(POLICY, "critical", 300.0, 12 * HOUR_MS, 0)
    assert found.rank == 60.0
    assert [(each.name, each.factor, each.because) for each in found.factors] == [
        ("severity", 8.0, {"en": "severity critical", "es": "gravedad crítica"}),
        ("value", 3.0, {"en": "value at risk 300.00", "es": "valor en riesgo 300,00"}),
        ("time", 2.5, {"en": "12 h 0 min left", "es": "quedan 12 h 0 min"}),
    ]


@pytest.mark.parametrize(
    ("due_at", "factor", "text"),
    [
        (0, 1.0, "no time limit"),
        (1_000 + 72 * HOUR_MS, 1.0, "3 d left"),
        (1_000 + 24 * HOUR_MS, 1.0, "24 h 0 min left"),
        (1_000 + 6 * HOUR_MS, 3.25, "6 h 0 min left"),
        (1_001, 4.0, "1 min left"),
        (1_000, 2.0, "its time is over"),
    ],
)
def test_less_time_is_more_urgent_until_it_is_over(due_at: int, factor: float, text: str) -> None:
    """Who can still be saved comes before who cannot."""
    found = rank(POLICY, "low", None, due_at, 1_000).factors[2]
    assert (found.factor, found.because["en"]) == (factor, text)


@pytest.mark.parametrize("value", [None, 0.0, -5.0, float("nan"), float("inf")])
def test_a_value_that_is_not_known_counts_as_one(value: float | None) -> None:
    """It neither helps nor hurts."""
    assert rank(POLICY, "low", value, 0, 0).rank == 1.0


def test_the_first_by_rank_get_attention_and_the_rest_are_returned() -> None:
    """By team; one without a budget has no bound."""
    wanting = [Wanting(f"k{number}", "support", number) for number in range(5)] + [Wanting("x", "stores", 0)]
    assert share({"support": Budget(open_cases=2)}, wanting) == Shared(("k4", "k3", "x"), ("k2", "k1", "k0"))


def test_who_has_attention_keeps_it() -> None:
    """And fills the budget before anybody else; pages count only for those who have none yet."""
    wanting = [Wanting("old", "a", 1, has=True), Wanting("new", "a", 9), Wanting("newer", "a", 5)]
    assert share({"a": Budget(open_cases=2)}, wanting) == Shared(("new", "old"), ("newer",))
    budget = {"a": Budget(pages_per_hour=3)}
    assert share(budget, wanting, {"a": 2}) == Shared(("new", "old"), ("newer",))
    assert share(budget, wanting, {"a": 9}) == Shared(("old",), ("new", "newer"))
