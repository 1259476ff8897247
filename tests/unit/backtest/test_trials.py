"""Running a case: what is folded when, and what counts as said."""

from streams.alerts.alert import Alert, Status
from streams.backtest import cases, trials
from streams.backtest.cases import START_MS
from streams.backtest.trials import Trial
from streams.codec.vocabulary import shipped
from streams.rules.compile import compile_rules
from streams.rules.load import load

PACK = """\
rules:
  - id: payment-failing
    moment: FMOT
    severity: high
    when: {count: {type: payment.failed, at_least: 2, within: 10m}}
    recovers_on: {type: order.completed}
    title: {en: a, es: b}
    advice: {en: a, es: b}
  - id: delivery-late
    moment: SMOT
    severity: high
    by: subject
    when: {promise_broken: delivery}
    recovers_on: {type: shipment.delivered}
    title: {en: a, es: b}
    advice: {en: a, es: b}
"""


def run(text: str) -> Trial:
    """Run the one case in the text."""
    rules = load(PACK, "pack.yaml", shipped())
    [case] = cases.load("tests:\n" + text, "pack_test.yaml", shipped(), [rule.id for rule in rules])
    return trials.run(case, compile_rules(rules, shipped()))


def said(trial: Trial) -> list[tuple[str, Status, int]]:
    """Return rule, status and minute of what was said."""
    return [(alert.rule, alert.status, (trials.instant(alert) - START_MS) // 60_000) for alert in trial.said]


def test_touchpoints_are_folded_in_the_order_of_their_arrival() -> None:
    """The first failure arrives last; the alert starts with the second one all the same."""
    trial = run("""
  - name: late
    touchpoints:
      - {at: 1m, arrives: 20m, type: payment.failed}
      - {at: 5m, type: payment.failed}
    alerts: [{rule: payment-failing, status: firing, at: 5m}]
""")
    assert trial.passed
    assert [alert.detected_at - START_MS for alert in trial.said] == [20 * 60_000]


def test_time_passes_between_touchpoints_and_to_the_end() -> None:
    """A deadline fires at its own time, not when the next touchpoint comes."""
    trial = run("""
  - name: broken
    touchpoints:
      - {at: 0m, type: order.completed, subject: "order:1", data: {promised_at: {at: 1h}}}
    until: 90m
    alerts: [{rule: delivery-late, status: firing, at: 1h}]
""")
    assert trial.passed
    assert [alert.detected_at - START_MS for alert in trial.said] == [60 * 60_000]


def test_a_deadline_after_the_end_does_not_fire() -> None:
    """The clock stops at `until`."""
    trial = run("""
  - name: open
    touchpoints:
      - {at: 0m, type: order.completed, subject: "order:1", data: {promised_at: {at: 1h}}}
    until: 59m
    alerts: []
""")
    assert trial.passed


def test_revisions_of_one_status_are_one_turn() -> None:
    """A late touchpoint that moves the start is told once, as it stands then."""
    trial = run("""
  - name: earlier than thought
    touchpoints:
      - {at: 4m, arrives: 30m, type: payment.failed}
      - {at: 5m, type: payment.failed}
      - {at: 6m, type: payment.failed}
      - {at: 1h, type: order.completed}
    alerts: []
""")
    assert said(trial) == [
        ("payment-failing", Status.FIRING, 5),
        ("payment-failing", Status.RECOVERED, 60),
    ]


def test_a_case_with_a_rule_looks_at_that_rule_alone() -> None:
    """What others say is not compared."""
    trial = run("""
  - name: two rules
    rule: delivery-late
    touchpoints:
      - {at: 0m, type: payment.failed}
      - {at: 1m, type: payment.failed}
    alerts: []
""")
    assert trial.passed


def test_the_difference_names_what_is_missing_and_what_is_too_much() -> None:
    """In words that a person can compare."""
    trial = run("""
  - name: wrong
    touchpoints:
      - {at: 0m, type: order.completed, subject: "order:1", customer: ana, data: {promised_at: {at: 90m}}}
      - {at: 2h, type: shipment.delivered, subject: "order:1", customer: ana}
    alerts:
      - {rule: delivery-late, status: firing}
      - {rule: delivery-late, status: recovered, at: 1h, subject: "order:1"}
""")
    assert not trial.passed
    assert trials.explain(trial) == [
        "  delivery-late firing high at 1h30m subject order:1 customer ana",
        "- delivery-late recovered at 1h subject order:1",
        "+ delivery-late recovered high at 2h subject order:1 customer ana",
    ]


def test_silence_is_said_in_words() -> None:
    """An empty difference would look like a fault of the tool."""
    trial = run("""
  - name: nothing
    touchpoints: [{at: 0m, type: page.viewed}]
    alerts: []
""")
    assert trials.explain(trial) == ["  nothing was said"]


def test_the_most_particular_expectation_takes_its_alert_first() -> None:
    """An open expectation must not take the alert that a closer one needs."""
    trial = run("""
  - name: two orders
    touchpoints:
      - {at: 0m, type: order.completed, subject: "order:1", data: {promised_at: {at: 1h}}}
      - {at: 0m, type: order.completed, subject: "order:2", data: {promised_at: {at: 1h}}}
    until: 2h
    alerts:
      - {rule: delivery-late}
      - {rule: delivery-late, subject: "order:1"}
""")
    assert trial.passed


def test_turns_keeps_alerts_apart() -> None:
    """Two alerts that fire are two turns, whatever comes in between."""
    first = Alert("1", 1, Status.FIRING, "r", 1, "SMOT", "high", "c", "", 1, 0, 1, {}, {})
    second = Alert("2", 1, Status.FIRING, "r", 1, "SMOT", "high", "c", "", 2, 0, 2, {}, {})
    assert trials.turns([first, second, first]) == [first, second]
