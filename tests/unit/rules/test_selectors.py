"""The place and wording of each mistake in `type` and `where`, and what a right one becomes."""

from typing import Any

import pytest

from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.rules.load import load
from streams.rules.model import Predicate, Seen, Selector
from streams.rules.selectors import covered

FRAME = """\
rules:
  - id: a
    moment: FMOT
    severity: high
    title: {{en: a, es: b}}
    advice: {{en: a, es: b}}
    when: {{seen: {}}}
"""
LINE = 7
START = 18  # the column where the selector begins


def selector(text: str) -> Selector:
    """Return what the text becomes."""
    [rule] = load(FRAME.format(text), "pack.yaml", shipped())
    assert isinstance(rule.when, Seen)
    return rule.when.selector


def only(text: str) -> tuple[int, str, str]:
    """Return the one finding: the column counted from the start of the selector, message and remedy."""
    with pytest.raises(LoadError) as raised:
        load(FRAME.format(text), "pack.yaml", shipped())
    [finding] = raised.value.findings
    assert finding.line == LINE
    return finding.column - START, finding.message, finding.remedy


@pytest.mark.parametrize(
    ("where", "operator", "value"),
    [
        ("late", "equals", "late"),
        ('"3"', "equals", "3"),
        ("3", "equals", 3),
        ("2.5", "equals", 2.5),
        ("true", "equals", True),
        ("{not_equals: late}", "not_equals", "late"),
        ("{at_least: 20}", "at_least", 20),
        ("{at_most: -1}", "at_most", -1),
        ("{above: 0.5}", "above", 0.5),
        ("{below: 1e3}", "below", 1000.0),
        ("{one_of: [a, 2, false]}", "one_of", ("a", 2, False)),
        ("{contains: refund}", "contains", "refund"),
        ("{exists: false}", "exists", False),
    ],
)
def test_each_operator_becomes_a_predicate(where: str, operator: str, value: Any) -> None:
    """With its operand as it was written."""
    expected = Selector(("payment.failed",), (Predicate("card.reason", operator, value),))
    assert selector(f"{{type: payment.failed, where: {{card.reason: {where}}}}}") == expected


def test_two_operators_make_a_range() -> None:
    """Each is a predicate of its own."""
    expected = (Predicate("amount", "at_least", 20), Predicate("amount", "below", 50))
    assert selector("{type: payment.failed, where: {amount: {at_least: 20, below: 50}}}").where == expected


def test_a_group_covers_its_types() -> None:
    """`shipment.*` is every shipment type and nothing else."""
    types = covered(selector("{type: [shipment.*, order.completed]}").types, shipped())
    assert types == {
        "order.completed",
        "shipment.dispatched",
        "shipment.delayed",
        "shipment.delivered",
        "shipment.failed",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{type: payment.faild}", (7, "unknown touchpoint type `payment.faild`", "did you mean `payment.failed`?")),
        ("{type: Payment.Failed}", (7, "unknown touchpoint type `Payment.Failed`", "did you mean `payment.failed`?")),
        ("{type: shipmnt.*}", (7, "unknown touchpoint type `shipmnt.*`", "did you mean `shipment.*`?")),
        ("{type: zzzz}", (7, "unknown touchpoint type `zzzz`", "see schemas/vocabulary.yaml for all types, or ")),
        ("{type: [order.completed, x.y]}", (25, "unknown touchpoint type `x.y`", "see schemas/vocabulary.yaml")),
        ("{type: [order.completed, order.completed]}", (25, "`order.completed` is listed twice", "remove one")),
        ("{type: []}", (7, "`type` is an empty list", "name a touchpoint type of the vocabulary: ")),
        ("{type: 7}", (7, "a touchpoint type must be text", "name a touchpoint type of the vocabulary: ")),
        ("{type: order.completed, where: paid}", (31, "`where` must be a mapping", "write field: value, or ")),
        ("{type: order.completed, where: {}}", (31, "`where` is empty", "write field: value, or ")),
        (
            "{type: order.completed, where: {1st: a}}",
            (32, "`1st` is not a field of data", "write its name, dotted where it is nested"),
        ),
        (
            "{type: order.completed, where: {amount: {atleast: 20}}}",
            (41, "unknown operator `atleast`", "did you mean `at_least`?"),
        ),
        ("{type: order.completed, where: {amount: {}}}", (40, "`amount` has no operator", "write one of equals, ")),
        (
            "{type: order.completed, where: {amount: {at_least: '20'}}}",
            (51, "`at_least` must be a number", "write it without quotes and without a unit"),
        ),
        (
            "{type: order.completed, where: {amount: {at_least: true}}}",
            (51, "`at_least` must be a number", "write it without quotes and without a unit"),
        ),
        (
            "{type: order.completed, where: {currency: [EUR, USD]}}",
            (42, "`equals` takes a single value", "write {one_of: [a, b]} for any of several"),
        ),
        (
            "{type: order.completed, where: {currency: null}}",
            (42, "`equals` lacks its value", "write {exists: false} for a field that is not there"),
        ),
        (
            "{type: order.completed, where: {currency: {one_of: EUR}}}",
            (51, "`one_of` must be a list with something in it", "write {one_of: [a, b]}"),
        ),
        (
            "{type: order.completed, where: {currency: {one_of: [[EUR]]}}}",
            (52, "`one_of` takes a single value", "write {one_of: [a, b]} for any of several"),
        ),
        (
            "{type: order.completed, where: {currency: {contains: 1}}}",
            (53, "`contains` must be text", "put it in quotes"),
        ),
        (
            "{type: order.completed, where: {currency: {exists: yes}}}",
            (51, "`exists` must be true or false", ""),
        ),
        (
            "{type: order.completed, where: {amount: {at_least: 50, at_most: 20}}}",
            (40, "`amount` cannot be at_least 50 and at_most 20 at once", "swap the two numbers"),
        ),
        (
            "{type: order.completed, where: {amount: {above: 20, at_most: 20}}}",
            (40, "`amount` cannot be above 20 and at_most 20 at once", "swap the two numbers"),
        ),
    ],
)
def test_a_wrong_selector_is_found_where_it_stands(text: str, expected: tuple[int, str, str]) -> None:
    """Column, message and remedy of each mistake."""
    column, message, remedy = only(text)
    assert (column, message) == expected[:2]
    assert remedy.startswith(expected[2])
