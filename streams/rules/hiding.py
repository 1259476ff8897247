"""Rules that hide others: who hides whom, in what order they run, and what is wrong with it."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from streams.documents import Items, Node, Scalar
from streams.errors import Finding
from streams.rules.fields import Fields, did_you_mean
from streams.rules.model import Mode, Rule

_REMEDY: Final = "name the rules that say it all: hidden_by: [store-closed]"


def read(fields: Fields) -> tuple[str, ...]:
    """Read `hidden_by`: an id or a list of them; whether there are such rules is known when all files are read."""
    if "hidden_by" not in fields:
        return ()
    node = fields.node_of("hidden_by")
    listed: tuple[Node, ...] = node.items if isinstance(node, Items) else (node,)
    if not listed:
        fields.findings.add(node, "`hidden_by` is an empty list", f"leave it out, or {_REMEDY}")
    found: list[str] = []
    for each in listed:
        if not isinstance(each, Scalar) or not isinstance(each.value, str):
            fields.findings.add(each, "the id of a rule must be text", _REMEDY)
        elif each.value in found:
            fields.findings.add(each, f"`{each.value}` is listed twice", "remove one of the two")
        else:
            found.append(each.value)
    return tuple(found)


def check(rules: Iterable[Rule]) -> Iterator[Finding]:
    """Yield what is wrong among the rules of all files: ids that nobody has, and rules that hide each other."""
    by_id = {rule.id: rule for rule in rules}
    for rule in by_id.values():
        line, column = rule.hidden_at
        for name in rule.hidden_by:
            if name not in by_id:
                others = [each for each in by_id if each != rule.id]
                remedy = did_you_mean(name, others) if others else "remove it, or load the file that has it as well"
                yield Finding(rule.path, line, column, f"unknown rule `{name}` in `hidden_by`", remedy)
            elif rule.id in _above(name, by_id):
                message = (
                    f"`{rule.id}` and `{name}` hide each other" if name != rule.id else "a rule cannot hide itself"
                )
                yield Finding(rule.path, line, column, message, "keep the one that says more about the cause")


def ordered(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules in their order, but each behind those that hide it, so that these open at a touchpoint first."""
    by_id = {rule.id: rule for rule in rules}
    done: dict[str, Rule] = {}
    for rule in by_id.values():
        waiting = [rule]
        while waiting:
            last = waiting[-1]
            before = [by_id[name] for name in last.hidden_by if name in by_id and name not in done]
            before = [each for each in before if each not in waiting]
            if before:
                waiting.append(before[0])
            else:
                done[waiting.pop().id] = last
    return list(done.values())


def in_effect(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules, each hidden only by rules whose alerts people see: a rule in shadow hides no live one."""
    listed = list(rules)
    shadow = {rule.id for rule in listed if rule.mode is Mode.SHADOW}
    return [
        msgspec.structs.replace(rule, hidden_by=tuple(name for name in rule.hidden_by if name not in shadow))
        if rule.mode is Mode.LIVE and shadow.intersection(rule.hidden_by)
        else rule
        for rule in listed
    ]


def _above(name: str, by_id: dict[str, Rule]) -> set[str]:
    """Return the rule of this name and all that hide it, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each not in found and each in by_id:
            found.add(each)
            waiting += by_id[each].hidden_by
    return found
