"""Regimes of rules: what counts as a change, since when each rule is in force, and the way from one to another."""

from typing import Any, Final

import msgspec
import pytest

from streams.rules.model import Mode, Moment, Rule, Seen, Selector, Sequence, Severity, Step
from streams.rules.regime import KEPT, NUMBERS, Regime, behaviours, borders, passage, succeed
from streams.testing.journeys import rule

ONE: Final = rule("one", Seen(Selector(("payment.failed",))))
OTHER: Final = rule("other", Seen(Selector(("error.shown",))), hidden_by=("one",))


def but(one: Rule, **changes: Any) -> Rule:
    """Return the rule with other fields."""
    return msgspec.structs.replace(one, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": {"en": "x", "es": "y"}},
        {"advice": {"en": "x", "es": "y"}},
        {"owner": "sales"},
        {"moment": Moment.TMOT},
        {"legal_basis": "contract"},
        {"path": "b.yaml", "line": 7, "hidden_at": (3, 4)},
    ],
)
def test_words_do_not_change_what_a_rule_does(changes: dict[str, Any]) -> None:
    """Nor does the place where it stands."""
    assert behaviours([but(ONE, **changes), OTHER]) == behaviours([ONE, OTHER])


@pytest.mark.parametrize(
    "changes", [{"version": 2}, {"severity": Severity.LOW}, {"cooldown_ms": 1}, {"when": OTHER.when}]
)
def test_everything_else_does_and_so_it_changes_those_it_hides(changes: dict[str, Any]) -> None:
    """A hidden rule would say other things under another hider."""
    before, after = behaviours([ONE, OTHER]), behaviours([but(ONE, **changes), OTHER])
    assert before["one"] != after["one"]
    assert before["other"] != after["other"]


def test_a_step_without_times_does_what_it_did_before_there_were_any() -> None:
    """So a worker that is upgraded keeps the partial matches of its journeys."""
    steps = (Step(Selector(("payment.failed",))), Step(Selector(("error.shown",)), 60, times=2))
    first, second = msgspec.json.decode(msgspec.json.encode(Sequence(steps)))["steps"]
    assert set(first) == {"selector", "within_ms", "absent", "working"}
    assert set(second) == {*first, "times"}


def test_promotion_changes_a_rule_only_for_those_it_hides() -> None:
    """Shadow or live, it does the same itself; in shadow it hides nobody."""
    shadow, live = behaviours([but(ONE, mode=Mode.SHADOW), OTHER]), behaviours([ONE, OTHER])
    assert shadow["one"] == live["one"]
    assert shadow["other"] != live["other"]


def after(*sets: dict[str, str]) -> tuple[Regime, ...]:
    """Return the regimes after these sets, at clock 0, 100, 200 and so on, of version 1, 2, 3."""
    regimes: tuple[Regime, ...] = ()
    for number, does in enumerate(sets):
        regimes = succeed(regimes, does, version=number + 1, digest=str(does), clock=100 * number, now=number)
    return regimes


def test_a_rule_is_in_force_since_it_last_changed() -> None:
    """The first rules have been in force from the beginning; a rule that comes back begins anew."""
    regimes = after({"a": "1", "b": "1"}, {"a": "1", "b": "2"}, {"a": "1", "c": "1"}, {"a": "1", "b": "1", "c": "1"})
    assert [regime.rules for regime in regimes] == [
        {"a": ("1", 0), "b": ("1", 0)},
        {"a": ("1", 0), "b": ("2", 100)},
        {"a": ("1", 0), "c": ("1", 200)},
        {"a": ("1", 0), "b": ("1", 300), "c": ("1", 200)},
    ]
    assert [(regime.number, regime.since) for regime in regimes] == [(1, 0), (2, 100), (3, 200), (4, 300)]


def test_other_words_are_another_version_of_the_same_regime() -> None:
    """No journey has to pass over to it."""
    [only] = after({"a": "1"}, {"a": "1"})
    assert (only.number, only.version, only.since, only.began_at) == (1, 2, 0, 1)
    assert succeed((only,), {"a": "1"}, version=2, digest=only.digest, clock=9, now=9) == (only,)


def test_a_journey_keeps_the_rules_that_were_the_same_all_the_way() -> None:
    """Also over regimes that it never saw; without a number it was folded under the first."""
    regimes = after({"a": "1", "b": "1"}, {"a": "1"}, {"a": "1", "b": "1", "c": "1"})
    assert passage(regimes, 1).kept == passage(regimes, 0).kept == passage(regimes, 2).kept == {"a"}
    assert passage(regimes, 1).begun == passage(regimes, 2).begun == {"b", "c"}
    assert passage(regimes, 2).is_removed("gone")
    assert [passage(regimes, number).is_same for number in (0, 1, 2, 3)] == [False, False, False, True]
    assert borders(regimes[-1]) == {"b": 200, "c": 200}


def test_of_an_unknown_regime_nothing_is_the_same() -> None:
    """Only so many are remembered, and the numbers begin again."""
    regimes = after(*({"a": str(number % 2)} for number in range(NUMBERS + 3)))
    assert len(regimes) == KEPT
    assert [regime.number for regime in regimes[-4:]] == [NUMBERS, 1, 2, 3]
    unknown = passage(regimes, 50)
    assert (unknown.kept, unknown.begun, unknown.is_unknown) == (frozenset(), frozenset({"a"}), True)
