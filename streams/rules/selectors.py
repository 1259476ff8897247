"""Selectors in rule files: which types, and what their data must say."""

import difflib
import re
from collections.abc import Callable
from typing import Any, Final

from streams.documents import Items, Mapping, Node, Scalar
from streams.rules.fields import Fields, Findings, did_you_mean
from streams.rules.model import Predicate, Selector
from streams.touchpoints.vocabulary import Vocabulary

KEYS: Final = ("type", "where")
_FIELD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_TYPE_REMEDY: Final = "name a touchpoint type of the vocabulary: payment.failed, or a whole group: shipment.*"
_LOWER_BOUNDS: Final = ("at_least", "above")
_UPPER_BOUNDS: Final = ("at_most", "below")


def selector(node: Node, what: str, vocabulary: Vocabulary, findings: Findings) -> Selector:
    """Read a mapping that has only `type` and `where`."""
    if not isinstance(node, Mapping):
        findings.add(node, f"{what} must be a mapping", f"write {{type: ...}}; {_TYPE_REMEDY}")
        return Selector(())
    return of_fields(Fields(node, what, KEYS, findings), vocabulary)


def of_fields(fields: Fields, vocabulary: Vocabulary, default: tuple[str, ...] = ()) -> Selector:
    """Read `type` and `where` among the other keys of a condition; `default` are the types where none is given."""
    if default and "type" not in fields:
        return Selector(default, _where(fields))
    node = fields.need("type", _TYPE_REMEDY)
    types = types_of(node, vocabulary, fields.findings) if node is not None else ()
    return Selector(types, _where(fields))


def is_field(name: str) -> bool:
    """Return whether this can be a field of data, dotted where it is nested."""
    return _FIELD.fullmatch(name) is not None


def path(fields: Fields, key: str, remedy: str) -> str:
    """Read the name of a field of data, dotted where it is nested; the key must be there."""
    name = fields.text(key, remedy)
    if name and not _FIELD.fullmatch(name):
        message = f"`{name}` is not a field of data"
        fields.findings.add(fields.node_of(key), message, "write its name, dotted where it is nested")
    return name


def covered(types: tuple[str, ...], vocabulary: Vocabulary) -> frozenset[str]:
    """Return the single types that `types` stand for."""
    return frozenset(name for pattern in types for name in vocabulary.matching(pattern))


def types_of(node: Node, vocabulary: Vocabulary, findings: Findings) -> tuple[str, ...]:
    """Read a type or a list of types, groups included."""
    listed = node.items if isinstance(node, Items) else (node,)
    if not listed:
        findings.add(node, "`type` is an empty list", _TYPE_REMEDY)
    names = []
    for each in listed:
        if not isinstance(each, Scalar) or not isinstance(each.value, str):
            findings.add(each, "a touchpoint type must be text", _TYPE_REMEDY)
            continue
        if not vocabulary.matching(each.value):
            findings.add(each, f"unknown touchpoint type `{each.value}`", _nearest(each.value, vocabulary))
        elif each.value in names:
            findings.add(each, f"`{each.value}` is listed twice", "remove one of the two")
        names.append(each.value)
    return tuple(names)


def _nearest(name: str, vocabulary: Vocabulary) -> str:
    if name.endswith("*"):
        groups = sorted({f"{kind.group}.*" for kind in vocabulary.kinds.values()})
        near: str | None = next(iter(difflib.get_close_matches(name, groups, 1)), None)
    else:
        near = vocabulary.nearest(name)
    otherwise = "see schemas/vocabulary.yaml for all types, or add it to a vocabulary of your own"
    return f"did you mean `{near}`?" if near else otherwise


def _where(fields: Fields) -> tuple[Predicate, ...]:
    if "where" not in fields:
        return ()
    return predicates(fields.node_of("where"), "`where`", fields.findings)


def predicates(node: Node, what: str, findings: Findings) -> tuple[Predicate, ...]:
    """Read a mapping of fields of data with what each must say."""
    remedy = "write field: value, or field: {at_least: 20}"
    if not isinstance(node, Mapping):
        findings.add(node, f"{what} must be a mapping", remedy)
        return ()
    found: list[Predicate] = []
    for key, value in node.entries.items():
        if not _FIELD.fullmatch(key.text):
            findings.add(key, f"`{key.text}` is not a field of data", "write its name, dotted where it is nested")
        elif isinstance(value, Mapping):
            found += _operators(key.text, value, findings)
        else:
            found.append(Predicate(key.text, "equals", _single(value, "equals", findings)))
    if not node.entries:
        findings.add(node, f"{what} is empty", remedy)
    return tuple(found)


def _operators(field: str, node: Mapping, findings: Findings) -> list[Predicate]:
    if not node.entries:
        findings.add(node, f"`{field}` has no operator", f"write one of {', '.join(OPERATORS)}")
    found = []
    for key, value in node.entries.items():
        operand = OPERATORS.get(key.text)
        if operand is None:
            findings.add(key, f"unknown operator `{key.text}`", did_you_mean(key.text, OPERATORS))
        else:
            found.append(Predicate(field, key.text, operand(value, key.text, findings)))
    _check_range(field, node, found, findings)
    return found


def _check_range(field: str, node: Mapping, found: list[Predicate], findings: Findings) -> None:
    lows = [each for each in found if each.operator in _LOWER_BOUNDS]
    highs = [each for each in found if each.operator in _UPPER_BOUNDS]
    for low in lows:
        for high in highs:
            strict = low.operator == "above" or high.operator == "below"
            if low.value > high.value or (strict and low.value == high.value):
                message = f"`{field}` cannot be {low.operator} {low.value:g} and {high.operator} {high.value:g} at once"
                findings.add(node, message, "swap the two numbers")


def _single(node: Node, operator: str, findings: Findings) -> str | float | bool:
    if isinstance(node, Items):
        findings.add(node, f"`{operator}` takes a single value", "write {one_of: [a, b]} for any of several")
    elif isinstance(node, Mapping):
        findings.add(node, f"`{operator}` takes a single value", "write a text, a number, true or false")
    elif node.value is None:
        findings.add(node, f"`{operator}` lacks its value", "write {exists: false} for a field that is not there")
    else:
        return node.value
    return ""


def _number(node: Node, operator: str, findings: Findings) -> float:
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        findings.add(node, f"`{operator}` must be a number", "write it without quotes and without a unit")
        return 0
    return value


def _text(node: Node, operator: str, findings: Findings) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
        return node.value
    findings.add(node, f"`{operator}` must be text", "put it in quotes")
    return ""


def _truth(node: Node, operator: str, findings: Findings) -> bool:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    findings.add(node, f"`{operator}` must be true or false")
    return True


def _several(node: Node, operator: str, findings: Findings) -> tuple[Any, ...]:
    if not isinstance(node, Items) or not node.items:
        findings.add(node, f"`{operator}` must be a list with something in it", "write {one_of: [a, b]}")
        return ()
    return tuple(_single(each, operator, findings) for each in node.items)


# What each operator takes.
OPERATORS: Final[dict[str, Callable[[Node, str, Findings], Any]]] = {
    "equals": _single,
    "not_equals": _single,
    "at_least": _number,
    "at_most": _number,
    "above": _number,
    "below": _number,
    "one_of": _several,
    "contains": _text,
    "exists": _truth,
}
