"""Why an alert about a crowd was raised: what was counted, what is usual, and what would have been nothing."""

from typing import Final

import msgspec
import pytest

from streams.alerts.alert import Alert
from streams.backtest.crowds import CrowdReplay
from streams.backtest.explain import USUAL, WITHOUT, Explanation
from streams.backtest.explain_crowd import explain_crowd
from streams.codec.vocabulary import shipped
from streams.errors import UsageError
from streams.rules.compile import compile_rules
from streams.rules.load import load
from streams.rules.model import Rule
from streams.touchpoints.touchpoint import Touchpoint

START: Final = 1_767_603_600_000
MINUTE: Final = 60_000
TILL: Final = "//pos/madrid/till-1"
FAILURES: Final = "type: payment.failed, at_least: 3, within: 10m"


def rule(surge: str = FAILURES, more: str = "    cooldown: 1h\n") -> Rule:
    """Return one rule over tills."""
    text = (
        f"rules:\n  - id: r\n    moment: FMOT\n    severity: high\n    over: till\n    when: {{surge: {{{surge}}}}}\n"
    )
    return load(f"{text}{more}    title: {{en: T, es: T}}\n", "r.yaml", shipped())[0]


def at(minute: float, customer: str = "", source: str = TILL, kind: str = "payment.failed") -> Touchpoint:
    """Return a touchpoint so many minutes after the start, named by its minute."""
    return Touchpoint(f"{minute:g}", source, kind, START + round(minute * MINUTE), customer)


def alerts(of: Rule, touchpoints: list[Touchpoint]) -> list[Alert]:
    """Return the last revision of each alert that the touchpoints lead to."""
    last: dict[str, Alert] = {}
    replay = CrowdReplay(compile_rules([of], shipped()), lambda alert: last.update({alert.alert_id: alert}))
    for touchpoint in touchpoints:
        replay.take(touchpoint, touchpoint.time)
    return list(last.values())


def explained(of: Rule, touchpoints: list[Touchpoint]) -> Explanation:
    """Explain the last alert."""
    return explain_crowd(alerts(of, touchpoints)[-1], of, shipped(), touchpoints)


def test_the_clause_says_what_was_counted() -> None:
    """Not in doublings of the threshold, as the alert does; with the first touchpoints of it."""
    of, touchpoints = rule(), [at(minute) for minute in (0, 1, 2, 3, 4)]
    alert = alerts(of, touchpoints)[-1]
    [clause] = explain_crowd(alert, of, shipped(), touchpoints).clauses
    assert (alert.evidence[0].value, clause.value, clause.threshold) == (3, 5, 3)
    assert [each.id for each in clause.touchpoints] == ["0", "1", "2"]


def test_one_less_than_the_threshold_is_nothing() -> None:
    """The latest ones go; what comes after the five minutes would have raised it then."""
    found = explained(rule(), [at(minute) for minute in (0, 1, 2, 3)])
    assert [(each.kind, each.value, each.before, each.instead_at) for each in found.changes] == [(WITHOUT, 2, 4, None)]
    assert [each.id for each in found.changes[0].touchpoints] == ["3", "2"]
    later = explained(rule(), [at(minute) for minute in (0, 1, 2, 6)])
    assert [each.instead_at for each in later.changes] == [START + 5 * MINUTE]


def test_of_customers_all_touchpoints_of_one_go_together() -> None:
    """Two of three customers are left; nobody's touchpoints do not count."""
    touchpoints = [at(0, "a"), at(1, "b"), at(2, "c"), at(3, "c"), at(4)]
    found = explained(rule(f"{FAILURES}, of: customer"), touchpoints)
    assert [(each.value, each.before) for each in found.changes] == [(2, 3)]
    assert [each.id for each in found.changes[0].touchpoints] == ["2", "3"]


def test_the_average_before_is_evidence_and_a_change() -> None:
    """Now, usual and how many times that; above the threshold of the average it would be nothing unusual."""
    usual = [at(minute) for minute in (-60, -50, -40, -30, -20, -19)]
    of = rule(f"{FAILURES}, times: 2, baseline: 1h")
    found = explained(of, [*usual, *(at(minute) for minute in (0, 1, 2, 3))])
    count, ratio, average = found.clauses
    assert (count.value, count.threshold) == (4, 3)
    assert (ratio.value, ratio.threshold) == (4 / 1, 2)
    assert (average.value, average.threshold) == (1, 4 / 2)
    without, above = found.changes
    assert (without.kind, without.value) == (WITHOUT, 2)
    assert (above.kind, above.clause, above.value, above.before) == (USUAL, average.clause, 2, average.value)


def test_where_the_average_decides_more_must_go() -> None:
    """Three would do for the number, but twice what is usual is four."""
    usual = [at(minute) for number in range(6) for minute in (-60 + 10 * number, -59 + 10 * number)]
    of = rule(f"{FAILURES}, times: 2, baseline: 1h")
    found = explained(of, [*usual, *(at(minute) for minute in (0, 1, 2, 3))])
    assert found.clauses[-1].value == 2
    assert [(each.value, each.before) for each in found.changes if each.kind == WITHOUT] == [(3, 4)]


def test_other_crowds_and_second_copies_do_no_harm_and_a_lack_is_told() -> None:
    """Another till, a copy, other types; and touchpoints that do not lead to the alert explain nothing."""
    of, own = rule(), [at(minute) for minute in (0, 1, 2)]
    alert = alerts(of, own)[-1]
    others = [at(0, source="//pos/madrid/till-2"), at(1), at(2, kind="sale.completed")]
    found = explain_crowd(alert, of, shipped(), [*own, *others])
    assert [(each.value, each.before) for each in found.changes] == [(2, 3)]
    with pytest.raises(UsageError, match="do not lead"):
        explain_crowd(alert, of, shipped(), own[:2])
    with pytest.raises(UsageError, match="do not lead"):
        explain_crowd(msgspec.structs.replace(alert, subject="till://pos/x/y"), of, shipped(), own)
