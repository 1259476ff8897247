"""Which touchpoint types a rule's deadlines wait for: what would have changed what silence decided."""

from collections.abc import Collection, Iterable, Iterator

from streams.journeys.holds import Silence
from streams.rules.following import follows
from streams.rules.model import (
    Absence,
    AllOf,
    AnyOf,
    Broken,
    Condition,
    Count,
    Distinct,
    Feedback,
    Measure,
    Not,
    Rate,
    Rule,
    Score,
    Seen,
    Selector,
    Sequence,
    Trait,
)
from streams.rules.operators.leaf import expand
from streams.touchpoints.vocabulary import NEGATIVE, Vocabulary


def silences(rules: Iterable[Rule], watched: Collection[str], vocabulary: Vocabulary) -> dict[str, Silence]:
    """Return by rule what its deadlines wait for; one that looks at others waits for what these wait for as well.

    `watched` are the rules that it looks at where it names none.
    """
    found = {rule.id: silence_of(rule, vocabulary) for rule in rules}
    for rule in filter(follows, rules):
        others = [found[name] for name in ({each.rule for each in rule.references} or watched) if name in found]
        both = frozenset[str]().union(*(each.course for each in others))
        found[rule.id] = Silence(found[rule.id].opening | both, found[rule.id].course | both)
    return found


def silence_of(rule: Rule, vocabulary: Vocabulary) -> Silence:
    """Return what the deadlines of a rule wait for."""
    opening = frozenset(_preventing(rule.when, vocabulary))
    if rule.unless is not None:
        opening |= frozenset(_all(rule.unless, vocabulary))
    course = set(opening)
    for selector in (*rule.recovers_on, *rule.lost_on):
        course |= expand(selector, vocabulary.kinds)
    if rule.recovers_quiet_ms:
        course.update(name for name, kind in vocabulary.kinds.items() if kind.polarity <= NEGATIVE)
    for step in rule.raises:
        if step.when is not None:
            course.update(_preventing(step.when, vocabulary))
    return Silence(opening, frozenset(course))


def _preventing(part: Condition, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the types of which one more touchpoint may keep the condition from holding."""
    if isinstance(part, AllOf | AnyOf):
        for each in part.parts:
            yield from _preventing(each, vocabulary)
    elif isinstance(part, Not):
        yield from _all(part.part, vocabulary)
    elif isinstance(part, Absence):
        yield from expand(part.of, vocabulary.kinds)
    elif isinstance(part, Sequence):
        for step in part.steps:
            if step.absent:
                yield from expand(step.selector, vocabulary.kinds)
    elif isinstance(part, Broken):
        yield from _ending(part.kind, vocabulary)
    elif isinstance(part, Score):
        yield from expand(Selector(tuple(name for name, weight in part.weights if weight < 0)), vocabulary.kinds)
    elif isinstance(part, Rate | Measure) or (isinstance(part, Distinct) and part.at_most is not None):
        yield from expand(part.selector, vocabulary.kinds)


def _all(part: Condition, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield every type that has a say in a condition."""
    if isinstance(part, AllOf | AnyOf):
        for each in part.parts:
            yield from _all(each, vocabulary)
    elif isinstance(part, Not):
        yield from _all(part.part, vocabulary)
    elif isinstance(part, Absence):
        yield from expand(part.after, vocabulary.kinds)
        yield from expand(part.of, vocabulary.kinds)
    elif isinstance(part, Sequence):
        for step in part.steps:
            yield from expand(step.selector, vocabulary.kinds)
    elif isinstance(part, Broken):
        yield from _ending(part.kind, vocabulary)
    elif isinstance(part, Trait):
        yield "customer.updated"
    elif isinstance(part, Score):
        yield from expand(Selector(tuple(name for name, _ in part.weights)), vocabulary.kinds)
    elif isinstance(part, Seen | Count | Measure | Distinct | Rate | Feedback):
        yield from expand(part.selector, vocabulary.kinds)


def _ending(kind: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the types that keep, cancel or move a promise."""
    promise = vocabulary.promises.get(kind)
    if promise is not None:
        yield from (*promise.kept_by, *promise.cancelled_by, *promise.moved_by)
