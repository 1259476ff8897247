"""Which part of the journey a rule watches."""

from collections.abc import Iterator

from streams.rules.model import Absence, AllOf, AnyOf, Broken, Condition, Not, OtherEpisode, Rule, Sequence, Trait
from streams.rules.selectors import covered
from streams.touchpoints.vocabulary import Vocabulary


def channels(rule: Rule, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the channels whose touchpoints make the rule fire, sorted.

    For a broken promise these are the channels that should have kept it. What a rule waits for in vain, or must not
    hold, is no channel of its own; nor is the profile that a trait comes from, nor the trouble of other rules.
    """
    types = covered(tuple(_types(rule.when, vocabulary)), vocabulary)
    return tuple(sorted({vocabulary.kinds[name].channel for name in types}))


def _types(condition: Condition, vocabulary: Vocabulary) -> Iterator[str]:
    if isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from _types(part, vocabulary)
    elif isinstance(condition, Sequence):
        for step in condition.steps:
            if not step.absent:
                yield from step.selector.types
    elif isinstance(condition, Absence):
        yield from condition.after.types
    elif isinstance(condition, Broken):
        yield from vocabulary.promises[condition.kind].kept_by
    elif not isinstance(condition, Not | Trait | OtherEpisode):
        yield from condition.selector.types
