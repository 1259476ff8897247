"""Which steps a touchpoint takes among those of many rules."""

import pytest

from streams.journeys.choices import Choices, remembered
from streams.journeys.state import key


def named(name: str) -> object:
    """Return a step that can be told apart."""

    def act(*_: object) -> None:
        raise AssertionError(name)

    act.__name__ = name
    return act


FIRST, SECOND, THIRD, FOURTH = (named(name) for name in ("first", "second", "third", "fourth"))


@pytest.fixture
def choices() -> Choices:
    """One step for everybody, two for shop 7, one of these also for shop 8 and for a truth."""
    made = Choices()
    made.where(3, FOURTH, [("shop", "7")], "fourth@1")  # type: ignore[arg-type] # is a step
    made.where(0, FIRST, [("shop", "7"), ("shop", "8"), ("new", True)], "first@1")  # type: ignore[arg-type]
    made.always(1, SECOND)  # type: ignore[arg-type]
    return made


def test_takes_what_the_data_asks_for_in_the_order_of_the_rules(choices: Choices) -> None:
    """Steps come in order, whatever led to them, and each of them once."""
    assert choices.of({"shop": "7", "new": True}, {}) == [FIRST, SECOND, FOURTH]
    assert choices.of({"shop": "8"}, {}) == [FIRST, SECOND]
    assert choices.of({"shop": "9"}, {}) == [SECOND]
    assert choices.of({}, {}) == [SECOND]


def test_takes_what_the_journey_remembers(choices: Choices) -> None:
    """A rule with memory in the journey takes its step whatever the data says."""
    assert choices.of({}, {key("fourth@1#0", "order:1"): [], key("fourth@1#2", "order#2"): []}) == [SECOND, FOURTH]
    assert choices.of({"shop": "7"}, {key("first@1#0", ""): []}) == [FIRST, SECOND, FOURTH]
    assert choices.of({}, {key("trait@0123", ""): [], key("gone@1#0", ""): []}) == [SECOND]


@pytest.mark.parametrize("value", [["7"], {"7": 1}, None, 7, "07", 1.5])
def test_other_values_are_no_match(choices: Choices, value: object) -> None:
    """Equal is what `==` says, for lists and mappings too."""
    assert choices.of({"shop": value}, {}) == [SECOND]


def test_equal_numbers_match(choices: Choices) -> None:
    """One equals true, as in every predicate."""
    assert choices.of({"new": 1}, {}) == [FIRST, SECOND]


def test_remembered_rules_in_their_order() -> None:
    """Of the rules that a type can end, those come that had an episode, however many subjects it was about."""
    ending = {"late": (4, FOURTH), "slow": (2, THIRD), "never": (1, SECOND)}
    memory = [key("late", "order:1"), key("slow", ""), key("late", "order:2"), "", key("unknown", "")]
    assert remembered(ending, memory) == [THIRD, FOURTH]  # type: ignore[arg-type]
    assert remembered(ending, []) == []  # type: ignore[arg-type]
