"""What a rule's condition is made of."""

from collections.abc import Iterator

from streams.rules.model import (
    Absence,
    AllOf,
    AnyOf,
    Condition,
    Count,
    Distinct,
    Feedback,
    Measure,
    Not,
    Rate,
    Rule,
    Seen,
    Selector,
    Sequence,
    Trait,
)
from streams.rules.operators.distinct import OWN


def reads_data(part: Condition) -> bool:
    """Return whether the condition looks into the data of touchpoints beyond the predicates of its selectors."""
    if isinstance(part, Distinct):
        return part.of not in OWN
    return isinstance(part, Feedback | Measure | Trait) or (isinstance(part, Rate) and part.of != "")


def parts(rule: Rule) -> Iterator[Condition]:
    """Yield every condition of a rule, those within others included."""
    waiting: list[Condition] = [rule.when, *([rule.unless] if rule.unless is not None else [])]
    waiting += [step.when for step in rule.raises if step.when is not None]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, AllOf | AnyOf):
            waiting += part.parts
        elif isinstance(part, Not):
            waiting.append(part.part)


def selectors(part: Condition) -> Iterator[Selector]:
    """Yield what a condition matches touchpoints with; nothing where it has its own way of looking at them."""
    if isinstance(part, Seen | Count | Measure | Distinct | Rate | Feedback):
        yield part.selector
    elif isinstance(part, Sequence):
        yield from (step.selector for step in part.steps)
    elif isinstance(part, Absence):
        yield from (part.after, part.of)
