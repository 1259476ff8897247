"""What the operators share: types, predicates and words."""

import pytest

from streams.rules.model import Predicate, Selector
from streams.rules.operators.leaf import OPERATORS, duration, expand, matcher, words
from streams.rules.selectors import OPERATORS as LOADED


@pytest.mark.parametrize(
    ("operator", "operand", "passes", "fails"),
    [
        ("equals", "adyen", ["adyen"], ["Adyen", "", None, 1]),
        ("equals", 3, [3, 3.0], ["3", 4]),
        ("not_equals", "adyen", ["paypal", None, 3], ["adyen"]),
        ("at_least", 20, [20, 20.5], [19.9, "20", None, True]),
        ("at_most", 20, [20, -1], [20.1, "20", None, False]),
        ("above", 20, [20.1], [20, "21"]),
        ("below", 20, [19.9], [20, None]),
        ("one_of", ("a", 1), ["a", 1], ["b", "1", [], {}]),
        ("contains", "late", ["far too LATE", "late"], ["early", 3, None, ["late"]]),
        ("exists", True, ["x", None, 0], []),
        ("exists", False, [], ["x", None]),
    ],
)
def test_a_predicate_passes_what_it_names(
    operator: str, operand: object, passes: list[object], fails: list[object]
) -> None:
    """Values of another kind never pass by accident."""
    test = matcher(Selector(("a",), (Predicate("f", operator, operand),)))
    assert test is not None
    assert [value for value in passes if not test({"f": value})] == []
    assert [value for value in fails if test({"f": value})] == []


def test_a_missing_field_passes_only_where_it_is_asked_for() -> None:
    """`exists: false` and `not_equals` hold without the field, everything else does not."""
    operands = {"one_of": ("x",), "contains": "x"}
    passed = set()
    for operator in OPERATORS:
        operand = operands.get(operator, False if operator == "exists" else 1)
        test = matcher(Selector(("a",), (Predicate("f", operator, operand),)))
        assert test is not None
        if test({}):
            passed.add(operator)
    assert passed == {"exists", "not_equals"}


def test_what_rule_files_may_say_is_what_the_operators_know() -> None:
    """The loader and the matcher have one list."""
    assert set(LOADED) == OPERATORS


def test_paths_are_dotted_and_all_predicates_must_pass() -> None:
    """Into objects, never into texts or lists."""
    test = matcher(Selector(("a",), (Predicate("p.q", "equals", 1), Predicate("r", "exists", value=True))))
    assert test is not None
    assert test({"p": {"q": 1}, "r": 0})
    assert not test({"p": {"q": 1}})
    assert not test({"p": "q", "r": 0})
    assert not test({"p": [{"q": 1}], "r": 0})


def test_groups_are_spelt_out_against_the_vocabulary() -> None:
    """`cart.*` is every type of the group that there is."""
    known = {"cart.viewed": 1, "cart.added": 1, "carton.seen": 1}
    assert expand(Selector(("cart.*", "x.y")), known) == {"cart.viewed", "cart.added", "x.y"}


def test_words_are_those_of_the_rule_files() -> None:
    """A person recognises the rule in its evidence."""
    selector = Selector(("a.b", "c.*"), (Predicate("amount", "at_least", 20),))
    assert words(selector) == "a.b or c.* where amount at least 20"
    assert [duration(ms) for ms in (1, 1_500, 90_000, 600_000, 7_200_000, 259_200_000)] == [
        "1ms", "1500ms", "90s", "10m", "2h", "3d",
    ]  # fmt: skip
