"""What is written correctly and can never work is refused, and nothing else."""

import pytest

from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.rules.load import load

FRAME = """\
rules:
  - id: a
    moment: FMOT
    severity: high
    title: {{en: a, es: b}}
    advice: {{en: a, es: b}}
    when: {}
"""
LINE = 7


@pytest.mark.parametrize(
    "text",
    [
        "{all: [{seen: {type: payment.failed}}, {seen: {type: order.completed, within: 1h}}]}",
        "{all: [{seen: {type: survey.answered}}, {feedback: {metric: NPS, at_most: 3}}]}",
        "{all: [{promise_broken: refund}, {not: {seen: {type: contact.made, within: 1d}}}]}",
        "{all: [{seen: {type: order.cancelled}}, {any: [{seen: {type: order.*}}, {promise_broken: refund}]}]}",
    ],
)
def test_parts_that_can_meet_are_let_through(text: str) -> None:
    """Only what is provably impossible is refused."""
    assert load(FRAME.format(text), "pack.yaml", shipped())


@pytest.mark.parametrize(
    ("when", "recovery"),
    [
        ("{seen: {type: payment.failed}}", "{type: payment.failed}"),
        ("{seen: {type: payment.failed, where: {provider: a}}}", "{type: payment.failed}"),
        ("{seen: {type: payment.failed, where: {provider: a}}}", "{type: payment.failed, where: {provider: a}}"),
        ("{count: {type: [shipment.failed, shipment.delayed], at_least: 2, within: 1d}}", "{type: shipment.*}"),
        ("{sum: {type: order.refunded, of: amount, at_least: 2, within: 1d}}", "{type: order.refunded}"),
        (
            "{rate: {type: order.refunded, within: 1d, baseline: 7, times: 3, min_count: 5}}",
            "{type: order.refunded}",
        ),
        ("{score: {weights: {order.refunded: 5}, half_life: 1d, at_least: 8}}", "{type: order.refunded}"),
        ("{distinct: {type: order.refunded, of: subject, at_least: 2, within: 1d}}", "{type: order.refunded}"),
        ("{sequence: [{type: order.completed}, {type: order.cancelled}]}", "{type: order.cancelled}"),
        ("{any: [{promise_broken: refund}, {seen: {type: order.refunded}}]}", "{type: order.refunded}"),
    ],
)
def test_a_trigger_that_recovers_the_rule_is_refused(when: str, recovery: str) -> None:
    """An alert that ends at the touchpoint that raises it helps nobody."""
    column, message, remedy = _recovery(when, recovery)
    assert (column, message, remedy) == (
        41,
        "what makes the rule fire also ends it at once: `recovers_on` matches its trigger",
        "name what shows that it is mended",
    )


def _recovery(when: str, recovery: str) -> tuple[int, str, str]:
    text = FRAME.format(when) + f"    recovers_on: [{{type: contact.made}}, {recovery}]\n"
    with pytest.raises(LoadError) as raised:
        load(text, "pack.yaml", shipped())
    [finding] = raised.value.findings
    assert finding.line == LINE + 1
    return finding.column, finding.message, finding.remedy


@pytest.mark.parametrize(
    ("when", "recovery"),
    [
        ("{seen: {type: shipment.failed}}", "{type: shipment.delivered}"),
        ("{seen: {type: survey.answered}}", "{type: survey.answered, where: {score: {at_least: 4}}}"),
        ("{sequence: [{type: order.completed}, {type: order.cancelled}]}", "{type: order.completed}"),
        ("{promise_broken: refund}", "{type: order.refunded}"),
    ],
)
def test_a_recovery_that_differs_from_the_trigger_is_fine(when: str, recovery: str) -> None:
    """The same type with other data may well be the proof."""
    [rule] = load(FRAME.format(when) + f"    recovers_on: {recovery}\n", "pack.yaml", shipped())
    assert len(rule.recovers_on) == 1
