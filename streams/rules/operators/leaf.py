"""What every operator offers to the rule that uses it, and the selector they share."""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from streams.journeys.folded import State
from streams.journeys.handler import Data
from streams.journeys.state import Evidence
from streams.rules.model import Predicate, Selector
from streams.touchpoints.touchpoint import Touchpoint

_MISSING: Final = object()
_NUMBERS: Final = (int, float)
_UNITS: Final = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000))


class Leaf(Protocol):
    """One operator of one rule. Memory lives in `state.slots[key(prefix, subject)]`, never in the leaf.

    All methods return evidence when the clause holds at that instant, else None. Times in ms since the epoch.
    """

    prefix: str
    types: frozenset[str]

    def see(self, state: State, touchpoint: Touchpoint, data: Data, subject: str) -> Evidence | None:
        """Take note of a touchpoint of one of `types`."""

    def holds(self, state: State, subject: str, now: int) -> Evidence | None:
        """Say whether the clause holds without a touchpoint of its own."""

    def wake(self, state: State, subject: str, due: int) -> Evidence | None:
        """Take note that a timer of this leaf fell due."""

    def is_waiting(self, state: State, subject: str) -> bool:
        """Return whether a timer of this leaf would still find what it was set for."""

    def began(self, state: State, subject: str, due: int) -> int:
        """Return when that had begun of which a timer or a promise just fell due."""

    def reset(self, state: State, subject: str) -> None:
        """Forget what led to an episode that has ended."""

    def is_stale(self, slot: list[Any], before: int) -> bool:
        """Say whether no touchpoint at or after `before` can use this memory."""


def duration(milliseconds: int) -> str:
    """Return a duration as the rule files write it."""
    for unit, size in _UNITS:
        if milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def expand(selector: Selector, known: Mapping[str, object]) -> frozenset[str]:
    """Return the types of a selector, groups (`cart.*`) spelt out."""
    found: set[str] = set()
    for name in selector.types:
        if name.endswith(".*"):
            found.update(kind for kind in known if kind.startswith(name[:-1]))
        else:
            found.add(name)
    return frozenset(found)


def words(selector: Selector) -> str:
    """Return the selector as a person reads it."""
    tests = [f"{test.field} {test.operator.replace('_', ' ')} {test.value}" for test in selector.where]
    return " or ".join(selector.types) + (f" where {' and '.join(tests)}" if tests else "")


def field(data: Data, path: tuple[str, ...]) -> Any:
    """Return the field at a dotted path, or a marker that equals nothing."""
    if len(path) == 1:
        return data.get(path[0], _MISSING)
    value: Any = data
    for part in path:
        if not isinstance(value, dict):  # as JSON makes it
            return _MISSING
        value = value.get(part, _MISSING)
    return value


def has_field(data: Data, path: tuple[str, ...]) -> bool:
    """Return whether there is a field at a dotted path, be it null."""
    return field(data, path) is not _MISSING


def matcher(selector: Selector) -> Callable[[Data], bool] | None:
    """Return the test of a selector's predicates, or None when it has none."""
    tests = [_test(predicate) for predicate in selector.where]
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]

    first, second, *others = tests
    if not others:
        return lambda data: first(data) and second(data)
    return lambda data: first(data) and second(data) and all(test(data) for test in others)


def choosing(selector: Selector) -> list[tuple[str, Any]]:
    """Return (field, value) pairs of which every match has one; none where no field at the top of data says so."""
    for each in selector.where:
        if each.operator in ("equals", "one_of") and "." not in each.field:
            return [(each.field, value) for value in (each.value if each.operator == "one_of" else (each.value,))]
    return []


def _compare(compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def test(value: Any, operand: Any) -> bool:
        return isinstance(value, _NUMBERS) and not isinstance(value, bool) and compare(value, operand)

    return test


_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "equals": lambda value, operand: bool(value == operand),
    "not_equals": lambda value, operand: bool(value != operand),
    "at_least": _compare(operator.ge),
    "at_most": _compare(operator.le),
    "above": _compare(operator.gt),
    "below": _compare(operator.lt),
    "one_of": lambda value, operand: value in operand,
    "contains": lambda value, operand: isinstance(value, str) and str(operand).lower() in value.lower(),
    "exists": lambda value, operand: (value is not _MISSING) is bool(operand),
}
OPERATORS: Final = frozenset(_OPERATORS)


def _test(predicate: Predicate) -> Callable[[Data], bool]:
    test, path, operand = _OPERATORS[predicate.operator], tuple(predicate.field.split(".")), predicate.value
    if len(path) == 1:
        name = path[0]
        if predicate.operator == "equals":  # by far the most frequent, and no operand is None
            return lambda data: bool(data.get(name) == operand)
        return lambda data: test(data.get(name, _MISSING), operand)
    return lambda data: test(field(data, path), operand)
