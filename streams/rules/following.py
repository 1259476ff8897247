"""Rules that look at the episodes of other rules: which they are, and what is wrong among the rules of all files.

They run behind all others, and do not look at one another, so that nothing goes round in a circle.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from streams.documents import Items, Node, Scalar
from streams.errors import Finding
from streams.rules.fields import Fields, did_you_mean
from streams.rules.model import AllOf, AnyOf, Condition, Mode, Not, OtherEpisode, Reference, Rule

_REMEDY: Final = "name other rules: rules: [delivery-late], or leave it out for all live ones"


def read(fields: Fields) -> tuple[tuple[str, ...], tuple[Reference, ...]]:
    """Read `rules` of an `episode`: an id or a list of them, and where each stands."""
    if "rules" not in fields:
        return (), ()
    node = fields.node_of("rules")
    listed: tuple[Node, ...] = node.items if isinstance(node, Items) else (node,)
    if not listed:
        fields.findings.add(node, "`rules` is an empty list", _REMEDY)
    found: dict[str, Reference] = {}
    for each in listed:
        if not isinstance(each, Scalar) or not isinstance(each.value, str):
            fields.findings.add(each, "the id of a rule must be text", _REMEDY)
        elif each.value in found:
            fields.findings.add(each, f"`{each.value}` is listed twice", "remove one of the two")
        else:
            found[each.value] = Reference(each.value, each.line, each.column)
    return tuple(found), tuple(found.values())


def follows(rule: Rule) -> bool:
    """Return whether the rule looks at the episodes of others."""
    conditions = [rule.when, *(step.when for step in rule.raises if step.when is not None)]
    return any(map(_looks, conditions)) or (rule.unless is not None and _looks(rule.unless))


def watched(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the rules that an `episode` is about where it names none: live, about trouble, and no followers."""
    return frozenset(each.id for each in rules if each.mode is Mode.LIVE and not each.positive and not follows(each))


def ordered(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules in their order, but followers last."""
    return sorted(rules, key=follows)


def check(rules: Iterable[Rule]) -> Iterator[Finding]:
    """Yield what is wrong among the rules of all files: ids that nobody has, and followers that are followed."""
    by_id = {rule.id: rule for rule in rules}
    for rule in by_id.values():
        for name, line, column in rule.references:
            other = by_id.get(name)
            if other is None:
                others = [each for each in by_id if each != rule.id]
                remedy = did_you_mean(name, others) if others else "remove it, or load the file that has it as well"
                yield Finding(rule.path, line, column, f"unknown rule `{name}` in `rules`", remedy)
            elif follows(other):
                what = "itself" if other is rule else f"`{name}`, which looks at other rules itself"
                yield Finding(rule.path, line, column, f"a rule cannot look at the episodes of {what}", _REMEDY)
        followed = [name for name in rule.hidden_by if name in by_id and follows(by_id[name])]
        if followed and not follows(rule):
            message = f"`{followed[0]}` looks at the episodes of other rules and opens after them: it cannot hide one"
            yield Finding(rule.path, *rule.hidden_at, message, "name the rule that it looks at")


def _looks(condition: Condition) -> bool:
    if isinstance(condition, AllOf | AnyOf):
        return any(map(_looks, condition.parts))
    return _looks(condition.part) if isinstance(condition, Not) else isinstance(condition, OtherEpisode)
