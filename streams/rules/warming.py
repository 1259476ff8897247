"""How far back a rule looks, and from when on it has seen all of that."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from streams.journeys.state import NEVER
from streams.rules.model import (
    Absence,
    AllOf,
    AnyOf,
    Broken,
    Condition,
    Count,
    Distinct,
    Measure,
    Not,
    Rate,
    Rule,
    Score,
    Seen,
    Sequence,
    Trait,
)
from streams.rules.operators.score import HALVINGS
from streams.rules.regime import Regime

UNBOUNDED: Final = NEVER  # it looks at the whole past


def reach_ms(rule: Rule) -> int:
    """Return how far back the conditions of a rule look, in ms; UNBOUNDED for a trait or a step without a time."""
    whole = [rule.when, *([rule.unless] if rule.unless is not None else [])]
    whole += [step.when for step in rule.raises if step.when is not None]
    return min(UNBOUNDED, max(_reach(part) for condition in whole for part in _parts(condition)))


def warming_until(rules: Iterable[Rule], regimes: Iterable[Regime], held_ms: int) -> Mapping[str, int]:
    """Return by rule until when it has not seen all that it looks at, as event time in ms; UNBOUNDED for ever.

    `regimes`: the last ones of some partitions; the slowest counts. `held_ms`: of so long before it came into force
    every journey still holds the touchpoints. Rules that have seen everything are left out.
    """
    reach = {rule.id: reach_ms(rule) for rule in rules}
    found: dict[str, int] = {}
    for regime in regimes:
        for name, (_, since) in regime.rules.items():
            missing = reach.get(name, 0) - held_ms
            if since and missing > 0:
                found[name] = max(found.get(name, 0), min(UNBOUNDED, since + missing))
    return found


def _parts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _parts(part)
    elif isinstance(condition, Not):
        yield from _parts(condition.part)
    else:
        yield condition


def _reach(part: Condition) -> int:
    if isinstance(part, Rate):
        return part.within_ms * (part.baseline + 1)
    if isinstance(part, Seen | Count | Measure | Distinct | Absence):
        return part.within_ms
    if isinstance(part, Score):
        return HALVINGS * part.half_life_ms
    if isinstance(part, Sequence):
        times = [step.within_ms for step in part.steps[part.steps[0].repeats == 1 :]]
        return sum(times) if all(times) else UNBOUNDED
    if isinstance(part, Broken):
        return part.grace_ms
    return UNBOUNDED if isinstance(part, Trait) else 0
