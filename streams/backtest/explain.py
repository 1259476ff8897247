"""Why an alert was raised, and the nearest changes under which it would not have been: each one tried by the fold.

A change is tried on the touchpoints up to the moment at which the episode began, so it says what would have been at
that moment. What came afterwards is folded too, to say when the rule would have fired instead.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.backtest.shard import Shard
from streams.errors import UsageError
from streams.rules.compile import compile_rules
from streams.rules.following import follows
from streams.rules.model import (
    Absence,
    AllOf,
    AnyOf,
    Broken,
    Condition,
    Count,
    Not,
    Rule,
    Seen,
    Selector,
)
from streams.rules.model import (
    Sequence as Steps,
)
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

WITHOUT, MOVED, ADDED, USUAL = "without", "moved", "added", "usual"
_SOURCE: Final = "//explain"


class Clause(msgspec.Struct, frozen=True):
    """One clause with its evidence; `touchpoints` are those that were found of it."""

    clause: str
    value: float
    threshold: float
    touchpoints: tuple[Touchpoint, ...]


class Change(msgspec.Struct, frozen=True):
    """A change under which the alert would not have been raised when it was, as the fold says.

    WITHOUT: without `touchpoints`, of which `clause` then counts `value` instead of `before`; 0 where it does not count
    them. MOVED: if this touchpoint, which came later, had come before the episode began. ADDED: if one like this had.
    USUAL: if the average that `clause` names were above `value` instead of `before`. `instead_at`: when the rule would
    have fired instead.
    """

    kind: str
    touchpoints: tuple[Touchpoint, ...]
    clause: str = ""
    value: float = 0.0
    before: float = 0.0
    instead_at: int | None = None


class Explanation(msgspec.Struct, frozen=True):
    """The clauses of an alert and the changes, nearest first."""

    alert: Alert
    clauses: tuple[Clause, ...]
    changes: tuple[Change, ...] = ()


def clauses(alert: Alert, touchpoints: Iterable[Touchpoint]) -> tuple[Clause, ...]:
    """Return the clauses with the touchpoints behind them, as far as they are among these."""
    own = (each for each in touchpoints if each.customer == alert.customer and each.time <= alert.started_at)
    known = {each.id: each for each in own}
    return tuple(
        Clause(each.clause, each.value, each.threshold, tuple(known[id_] for id_ in each.touchpoints if id_ in known))
        for each in alert.evidence
    )


def explain(
    alert: Alert,
    rule: Rule,
    vocabulary: Vocabulary,
    touchpoints: Iterable[Touchpoint],
    others: Iterable[Rule] = (),
) -> Explanation:
    """Explain an alert of this rule from the touchpoints it came from, in the order of arrival; others do no harm.

    `others` are the rules beside it, which a rule that looks at their episodes needs; one over a crowd is for
    `explain_crowd`. Raises UsageError when these touchpoints do not lead to the alert.
    """
    own = [each for each in touchpoints if each.customer == alert.customer]
    beside = [each for each in others if each.id != rule.id] if follows(rule) else []
    fold = _Fold(alert, [rule, *beside], vocabulary)
    if not fold.fires(own):
        raise UsageError(
            "these touchpoints do not lead to the alert",
            place=alert.alert_id,
            remedy="give all files and the same rules",
        )
    told = clauses(alert, own)
    removals = [change for clause in told if (change := _without(clause, own, fold))]
    arrivals = list(_arrivals(alert, rule, vocabulary, own, fold))
    decided_by_touchpoint = any(each.time == alert.started_at for clause in told for each in clause.touchpoints)
    nearest = removals + arrivals if decided_by_touchpoint else arrivals + removals
    return Explanation(alert, told, tuple(nearest))


class _Fold:
    """Folds what might have been of one customer under the rule of the alert, the first of `rules`."""

    def __init__(self, alert: Alert, rules: Sequence[Rule], vocabulary: Vocabulary) -> None:
        self._alert = alert
        self._plan = compile_rules(rules, vocabulary)

    def fires(self, touchpoints: Sequence[Touchpoint]) -> bool:
        """Return whether an episode of the rule and subject is open at the moment at which the alert began."""
        at = self._alert.started_at
        said = self._said([each for each in touchpoints if each.time <= at], at)
        return any(each.ended_at == 0 or each.started_at == at for each in said)

    def change(self, touchpoints: Sequence[Touchpoint], change: Change) -> Change | None:
        """Return the change if the rule does not fire on these touchpoints, with the time at which it does instead."""
        if self.fires(touchpoints):
            return None
        alert = self._alert
        end = max((each.time for each in touchpoints), default=0)
        later = [
            each.started_at
            for each in self._said(touchpoints, max(end, alert.detected_at))
            if each.started_at > alert.started_at and (not alert.ended_at or each.started_at <= alert.ended_at)
        ]
        return msgspec.structs.replace(change, instead_at=min(later, default=None))

    def _said(self, touchpoints: Iterable[Touchpoint], end: int) -> list[Alert]:
        last: dict[str, Alert] = {}
        shard = Shard(self._plan, lambda alert: last.update({alert.alert_id: alert}))
        latest = 0
        for touchpoint in touchpoints:
            latest = max(latest, touchpoint.time)
            shard.take(touchpoint, latest)
        shard.finish(max(latest, end))
        mine = (self._alert.rule, self._alert.subject)
        return [each for each in last.values() if (each.rule, each.subject) == mine and each.status != Status.RETRACTED]


def _without(clause: Clause, own: Sequence[Touchpoint], fold: _Fold) -> Change | None:
    """Return the smallest removal from the evidence of a clause: one touchpoint, the latest first, else several."""
    latest = clause.touchpoints[::-1]
    choices = [(each,) for each in latest] + [latest[:count] for count in range(2, len(latest) + 1)]
    for gone in choices:
        left = [each for each in own if each not in gone]
        value = clause.value - len(gone) if clause.value == len(latest) else 0.0  # else it does not count touchpoints
        change = Change(WITHOUT, gone, clause.clause, value, clause.value)
        if found := fold.change(left, change):
            return found
    return None


def _arrivals(
    alert: Alert, rule: Rule, vocabulary: Vocabulary, own: Sequence[Touchpoint], fold: _Fold
) -> Iterator[Change]:
    """Yield what would have been in time for each selector that hinders the rule: what came late, or one like it."""
    before = alert.started_at - 1
    subjects = dict.fromkeys(
        [alert.subject, *(each.subject for each in alert.promises), *(each.subject for each in own)]
    )
    for selector in _hindering(rule, vocabulary):
        types = _expand(selector, vocabulary)
        late = [each for each in own if each.type in types and each.time > alert.started_at]
        for touchpoint in sorted(late, key=lambda each: each.time)[:3]:
            left = [each for each in own if each is not touchpoint]
            moved = msgspec.structs.replace(touchpoint, time=before)
            if found := fold.change(_inserted(left, moved), Change(MOVED, (touchpoint,))):
                yield found
                break
        else:
            made = (_made(selector, types, alert.customer, subject, before) for subject in subjects)
            tried = (fold.change(_inserted(own, each), Change(ADDED, (each,))) for each in made if each)
            if found := next((each for each in tried if each), None):
                yield found


def _inserted(own: Sequence[Touchpoint], extra: Touchpoint) -> list[Touchpoint]:
    """Return the touchpoints with one more, which arrives before the first that is later than it."""
    place = next((at for at, each in enumerate(own) if each.time > extra.time), len(own))
    return [*own[:place], extra, *own[place:]]


def _hindering(rule: Rule, vocabulary: Vocabulary) -> Iterator[Selector]:
    """Yield the selectors whose match keeps the rule from firing."""
    waiting: list[tuple[Condition, bool]] = [(rule.when, False)]
    if rule.unless is not None:
        waiting.append((rule.unless, True))
    while waiting:
        part, hinders = waiting.pop(0)
        if isinstance(part, AllOf | AnyOf):
            waiting += [(each, hinders) for each in part.parts]
        elif isinstance(part, Not):
            waiting.append((part.part, not hinders))
        elif hinders and isinstance(part, Seen | Count):
            yield part.selector
        elif not hinders and isinstance(part, Absence):
            yield part.of
        elif not hinders and isinstance(part, Steps):
            yield from (step.selector for step in part.steps if step.absent)
        elif not hinders and isinstance(part, Broken) and part.kind in vocabulary.promises:
            yield Selector(vocabulary.promises[part.kind].kept_by)


def _expand(selector: Selector, vocabulary: Vocabulary) -> list[str]:
    groups = tuple(name[:-1] for name in selector.types if name.endswith(".*"))
    return [*selector.types, *(kind for kind in vocabulary.kinds if groups and kind.startswith(groups))]


def _made(selector: Selector, types: Sequence[str], customer: str, subject: str, time: int) -> Touchpoint | None:
    """Return a touchpoint that the selector may match; the fold says whether it does."""
    data: dict[str, Any] = {}
    for test in selector.where:
        if test.operator == "exists" and not test.value:
            continue
        *path, name = test.field.split(".")
        inner = data
        for part in path:
            inner = inner.setdefault(part, {})
        inner[name] = test.value[0] if isinstance(test.value, list | tuple) else test.value
    kind = next((name for name in types if not name.endswith(".*")), None)
    body = msgspec.json.encode(data) if data else b""
    return Touchpoint("explain", _SOURCE, kind, time, customer, subject, body) if kind else None
