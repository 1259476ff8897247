"""Which part of the journey a rule watches."""

import pytest

from streams.codec.vocabulary import shipped
from streams.rules.load import load
from streams.rules.scope import channels

FRAME = """\
rules:
  - id: a
    moment: FMOT
    severity: high
    title: {{en: a, es: b}}
    advice: {{en: a, es: b}}
    when: {}
"""


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{seen: {type: payment.failed}}", ("web",)),
        ("{count: {type: [call.*, shipment.failed], at_least: 2, within: 1d}}", ("call", "delivery")),
        ("{sequence: [{type: order.completed}, {not: {type: sms.sent}, within: 1h}]}", ("web",)),
        ("{absence: {after: {type: message.received}, of: {type: email.sent}, within: 1h}}", ("chat",)),
        ("{promise_broken: complaint}", ("feedback",)),
        ("{feedback: {metric: CSAT, at_most: 2, type: visit.rated}}", ("store",)),
        ("{all: [{seen: {type: push.disabled}}, {not: {seen: {type: call.connected, within: 1d}}}]}", ("push",)),
        ("{all: [{seen: {type: push.disabled}}, {trait: {tier: gold}}]}", ("push",)),
        ("{score: {weights: {payment.failed: 5, call.*: -1}, half_life: 1d, at_least: 8}}", ("web",)),
        ("{any: [{seen: {type: bot.fallback}}, {seen: {type: app.crashed}}]}", ("app", "bot")),
    ],
)
def test_channels_are_those_that_make_it_fire(when: str, expected: tuple[str, ...]) -> None:
    """What is waited for in vain, or must not hold, is no channel of the rule."""
    [rule] = load(FRAME.format(when), "pack.yaml", shipped())
    assert channels(rule, shipped()) == expected
