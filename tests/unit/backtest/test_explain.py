"""Why an alert was raised, and under which change it would not have been: the fold itself says so."""

from typing import Final

import msgspec
import pytest

from streams.alerts.alert import Alert
from streams.backtest.explain import ADDED, MOVED, WITHOUT, Explanation, explain
from streams.backtest.shard import Shard
from streams.codec.vocabulary import shipped
from streams.errors import UsageError
from streams.rules.compile import compile_rules
from streams.rules.load import load
from streams.rules.model import Rule
from streams.touchpoints.touchpoint import Touchpoint

START: Final = 1_767_603_600_000
MINUTE: Final = 60_000
TEXTS: Final = "    title: {en: T, es: T}\n    advice: {en: A, es: A}\n"
COUNT: Final = "count: {type: payment.failed, at_least: 3, within: 10m}"
SILENCE: Final = "absence: {after: {type: message.received}, of: {type: message.sent}, within: 1h}"
PROMISE: Final = "promise_broken: callback"


def rule(when: str, more: str = "") -> Rule:
    """Return one rule."""
    text = f"rules:\n  - id: r\n    moment: SMOT\n    severity: low\n    when: {{{when}}}\n{more}{TEXTS}"
    return load(text, "r.yaml", shipped())[0]


def at(minute: int, kind: str, subject: str = "", customer: str = "c1") -> Touchpoint:
    """Return a touchpoint so many minutes after the start, named by its minute."""
    return Touchpoint(str(minute), "//test", kind, START + minute * MINUTE, customer, subject)


def alerts(of: Rule, touchpoints: list[Touchpoint], minutes: int = 2000) -> list[Alert]:
    """Return the last revision of each alert that the touchpoints lead to."""
    last: dict[str, Alert] = {}
    shard = Shard(compile_rules([of], shipped()), lambda alert: last.update({alert.alert_id: alert}))
    for touchpoint in touchpoints:
        shard.take(touchpoint, touchpoint.time)
    shard.finish(START + minutes * MINUTE)
    return list(last.values())


def explained(of: Rule, touchpoints: list[Touchpoint]) -> Explanation:
    """Explain the first alert."""
    return explain(alerts(of, touchpoints)[0], of, shipped(), touchpoints)


def told(explanation: Explanation) -> list[tuple[str, list[str], int | None]]:
    """Return each change: kind, ids of touchpoints, and the minute at which it would have fired instead."""
    return [
        (each.kind, [t.id for t in each.touchpoints], (each.instead_at - START) // MINUTE if each.instead_at else None)
        for each in explanation.changes
    ]


def test_a_count_would_not_have_been_reached_with_one_less() -> None:
    """Two failures instead of three; the clause shows all three."""
    found = explained(rule(COUNT), [at(minute, "payment.failed") for minute in (0, 2, 4)])
    assert [[each.id for each in clause.touchpoints] for clause in found.clauses] == [["0", "2", "4"]]
    assert told(found) == [(WITHOUT, ["4"], None)]
    assert (found.changes[0].value, found.clauses[0].value) == (2, 3)


def test_a_change_that_only_puts_it_off_says_until_when() -> None:
    """A fourth failure comes a minute later."""
    found = explained(rule(COUNT), [at(minute, "payment.failed") for minute in (0, 2, 4, 5)])
    assert told(found) == [(WITHOUT, ["4"], 5)]


def test_an_answer_that_came_too_late_would_have_been_in_time_earlier() -> None:
    """What came at all is nearer than what is made up; the question itself comes last."""
    found = explained(rule(SILENCE), [at(0, "message.received"), at(80, "message.sent")])
    assert told(found) == [(MOVED, ["80"], None), (WITHOUT, ["0"], None)]


def test_an_answer_that_never_came_is_named_by_its_type() -> None:
    """With the data that the selector asks for, on the subject that the fold takes it for."""
    needs = "absence: {after: {type: message.received}, of: {type: message.sent, where: {bot: 1}}, within: 1h}"
    found = explained(rule(needs, "    by: subject\n"), [at(0, "message.received", "conversation:a")])
    first = found.changes[0]
    answer = first.touchpoints[0]
    assert (first.kind, answer.type, answer.subject) == (ADDED, "message.sent", "conversation:a")


def test_a_broken_promise_would_have_been_kept() -> None:
    """Without the promise nothing could break."""
    found = explained(rule(PROMISE), [at(0, "callback.promised", "call:1"), at(1500, "callback.done", "call:1")])
    assert [each[:2] for each in told(found)] == [(MOVED, ["1500"]), (WITHOUT, ["0"])]


def test_what_hinders_a_rule_counts_as_a_change() -> None:
    """An order in the last ten minutes would have kept it quiet."""
    more = "    unless: {seen: {type: order.completed, within: 10m}}\n"
    found = explained(rule(COUNT, more), [at(minute, "payment.failed") for minute in (0, 2, 4)])
    assert [each.kind for each in found.changes] == [WITHOUT, ADDED]


def test_every_change_holds_in_the_fold() -> None:
    """Whatever is told, the rule raises nothing at that moment on the touchpoints so changed."""
    of = rule(f"any: [{{{COUNT}}}, {{{PROMISE}}}]")
    touchpoints = [at(0, "callback.promised", "call:1"), *(at(minute, "payment.failed") for minute in (1, 2, 3, 4))]
    found = explained(of, touchpoints)
    assert found.changes
    for change in found.changes:
        left = [each for each in touchpoints if change.kind != WITHOUT or each not in change.touchpoints]
        assert found.alert.started_at not in {each.started_at for each in alerts(of, left)}


def test_touchpoints_of_others_do_no_harm_and_a_lack_of_them_is_told() -> None:
    """Touchpoints that do not lead to the alert explain nothing."""
    of, own = rule(COUNT), [at(minute, "payment.failed") for minute in (0, 2, 4)]
    alert = alerts(of, own)[0]
    assert told(explain(alert, of, shipped(), [at(1, "payment.failed", customer="c2"), *own])) == [
        (WITHOUT, ["4"], None)
    ]
    with pytest.raises(UsageError, match="do not lead"):
        explain(alert, of, shipped(), own[:2])
    with pytest.raises(UsageError, match="do not lead"):
        explain(msgspec.structs.replace(alert, subject="order:1"), of, shipped(), own)
