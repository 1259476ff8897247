"""What is written correctly and still cannot work: provable from the rule and the vocabulary alone."""

from collections.abc import Iterator
from typing import Final

from streams.rules.model import (
    Absence,
    AllOf,
    AnyOf,
    Broken,
    Condition,
    Count,
    Distinct,
    EpisodeIs,
    Feedback,
    Measure,
    Not,
    OtherEpisode,
    Rate,
    Score,
    Seen,
    Selector,
    Sequence,
    Trait,
)
from streams.rules.selectors import covered
from streams.touchpoints.vocabulary import Vocabulary

NOTHING: Final = Seen(Selector(()))  # stands in for a condition that could not be read


def has_beginning(condition: Condition) -> bool:
    """Tell whether something that happens can make the condition true; `not` and `trait` say how things stand.

    So does an `episode` that is open or has recovered.
    """
    if isinstance(condition, Not | Trait):
        return False
    if isinstance(condition, OtherEpisode):
        return condition.state is EpisodeIs.FIRES
    if isinstance(condition, AllOf):
        return any(map(has_beginning, condition.parts))
    return not isinstance(condition, AnyOf) or all(map(has_beginning, condition.parts))


def pulses(condition: Condition, vocabulary: Vocabulary) -> frozenset[str] | None:
    """Return the instants at which alone the condition can hold; None when it also holds in between.

    An instant is a touchpoint of a type, or a deadline of the condition itself, which no other condition shares. An
    empty set says that it can never hold.
    """
    if isinstance(condition, AllOf):
        limits = [instants for part in condition.parts if (instants := pulses(part, vocabulary)) is not None]
        return frozenset.intersection(*limits) if limits else None
    if isinstance(condition, AnyOf):
        choices = [pulses(part, vocabulary) for part in condition.parts]
        return None if None in choices else frozenset().union(*(instants for instants in choices if instants))
    if isinstance(condition, Broken | Absence) or (isinstance(condition, Sequence) and condition.steps[-1].absent):
        return frozenset({f"deadline {id(condition)}"})
    if isinstance(condition, Sequence):
        return covered(condition.steps[-1].selector.types, vocabulary)
    if isinstance(condition, Feedback) or (isinstance(condition, Seen) and not condition.within_ms):
        return covered(condition.selector.types, vocabulary)
    return None


def impossible(condition: Condition, vocabulary: Vocabulary) -> AllOf | None:
    """Return an `all` within the condition whose parts can never hold at the same instant."""
    if isinstance(condition, AllOf) and pulses(condition, vocabulary) == frozenset():
        return condition
    if isinstance(condition, AllOf | AnyOf):
        return next((found for part in condition.parts if (found := impossible(part, vocabulary))), None)
    return impossible(condition.part, vocabulary) if isinstance(condition, Not) else None


def self_healing(condition: Condition, recovery: Selector, vocabulary: Vocabulary) -> bool:
    """Tell whether what makes the rule fire is by itself what ends it."""
    healing = covered(recovery.types, vocabulary)
    return any(
        bool(types := covered(trigger.types, vocabulary)) and types <= healing and recovery.where in {(), trigger.where}
        for trigger in _triggers(condition)
    )


def _triggers(condition: Condition) -> Iterator[Selector]:
    """Yield what the touchpoint that makes the condition true must match; for `all` only what must be at hand."""
    if isinstance(condition, Seen | Count | Measure | Distinct | Rate | Score | Feedback):
        yield condition.selector
    elif isinstance(condition, Sequence) and condition.steps and not condition.steps[-1].absent:
        yield condition.steps[-1].selector
    elif isinstance(condition, AnyOf):
        for part in condition.parts:
            yield from _triggers(part)
    elif isinstance(condition, AllOf):
        for part in condition.parts:
            if isinstance(part, Feedback) or (isinstance(part, Seen) and not part.within_ms):
                yield part.selector
