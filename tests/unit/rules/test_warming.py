"""How far back a rule looks, and until when it is warming."""

from typing import Final

import pytest

from streams.rules import model
from streams.rules.model import Condition, Rise, Selector, Severity, Step
from streams.rules.operators.score import HALVINGS
from streams.rules.regime import Regime
from streams.rules.warming import UNBOUNDED, reach_ms, warming_until
from streams.testing.journeys import rule

FAILED: Final = Selector(("payment.failed",))
GOLD: Final = model.Trait((model.Predicate("tier", "equals", "gold"),))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (model.Seen(FAILED), 0),
        (model.Seen(FAILED, 60), 60),
        (model.Count(FAILED, 2, 60), 60),
        (model.Measure(FAILED, "sum", "amount", 60, 1), 60),
        (model.Distinct(FAILED, "channel", 60, 2), 60),
        (model.Rate(FAILED, 60, 3, 2, 1), 240),
        (model.Score((("payment.failed", 1),), 60, 1), 60 * HALVINGS),
        (model.Absence(FAILED, FAILED, 60), 60),
        (model.Broken("delivery", 60), 60),
        (model.Feedback(FAILED, ("NPS",), 6), 0),
        (model.Sequence((Step(FAILED), Step(FAILED, 60), Step(FAILED, 30, absent=True))), 90),
        (model.Sequence((Step(FAILED), Step(FAILED))), UNBOUNDED),
        (model.Sequence((Step(FAILED, 20, times=3), Step(FAILED, 60, times=2))), 80),
        (model.Sequence((Step(FAILED, times=3), Step(FAILED, 60))), UNBOUNDED),
        (GOLD, UNBOUNDED),
        (model.AllOf((model.Seen(FAILED), model.Not(model.AnyOf((model.Seen(FAILED, 7), model.Seen(FAILED, 9)))))), 9),
    ],
)
def test_the_longest_of_its_conditions_counts(when: Condition, expected: int) -> None:
    """Each looks back as far as its memory goes."""
    assert reach_ms(rule("r", when)) == expected


def test_what_hinders_and_what_makes_worse_counts_too() -> None:
    """They remember as `when` does."""
    now = model.Seen(FAILED)
    assert reach_ms(rule("r", now, unless=model.Seen(FAILED, 60))) == 60
    raises = (Rise(Severity.LOW, 99), Rise(Severity.HIGH, when=model.Count(FAILED, 2, 70)))
    assert reach_ms(rule("r", now, raises=raises)) == 70


def test_a_rule_is_warm_when_every_journey_holds_what_it_looks_at() -> None:
    """Since the slowest partition; rules from the beginning are warm, and those that look no further than is held."""
    rules = [rule(name, model.Seen(FAILED, within)) for name, within in (("near", 50), ("far", 250), ("old", 999))]
    rules.append(rule("trait", model.AllOf((model.Seen(FAILED), GOLD))))
    in_force = [
        Regime(2, 1, "", since, 0, {"near": ("", since), "far": ("", since), "old": ("", 0), "trait": ("", since)})
        for since in (1_000, 1_200)
    ]
    assert warming_until(rules, in_force, 100) == {"far": 1_350, "trait": UNBOUNDED}
    assert warming_until(rules, [], 100) == {}
