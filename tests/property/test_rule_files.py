"""Whatever a person types into a file of rules or cases, they get what it says or findings, never anything else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.backtest import cases
from streams.codec.events import EventSchemas
from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.rules.load import load

Loaded = tuple[Any, ...]

PACK = """\
rules:
  - id: payment-failing
    version: 2
    moment: FMOT
    owner: payments
    severity: high
    by: subject
    when:
      any:
        - count: {type: payment.failed, at_least: 3, within: 10m, where: {amount: {at_least: 20}}}
        - sequence: [{type: error.shown, times: 3, within: 1h}, {type: call.initiated, times: 2, within: 1d}]
        - sequence: [{type: checkout.started}, {not: {type: [order.completed]}, within: 30m}]
        - all: [{feedback: {metric: [CSAT], at_most: 2}}, {not: {seen: {type: sale.*, within: 1d}}}]
        - all: [{seen: {type: app.crashed}}, {trait: {tier: gold, lifetime_value: {at_least: 500}}}]
        - absence: {after: {type: message.received}, of: {type: message.sent}, within: 1h}
        - sum: {type: order.refunded, of: amount, at_least: 200.5, at_most: 900, within: 30d}
        - average: {type: call.connected, of: wait_seconds, at_most: 300, within: 7d, min_count: 3}
        - distinct: {type: [message.received, email.*], of: channel, at_least: 2, within: 3d}
        - rate: {type: error.shown, within: 1d, baseline: 7, times: 3, min_count: 5}
        - score: {weights: {payment.failed: 5, click.*: 1, order.completed: -3}, half_life: 1d, at_least: 8}
        - promise_broken: {kind: delivery, grace: 1d}
    unless: {seen: {type: order.completed, within: 10m}}
    raises: [{to: critical, after: 4d}, {to: critical, when: {seen: {type: sale.*}}}]
    settle: 90s
    recovers_on: {all: [{type: order.completed}, {quiet: 72h}]}
    lost: [{type: account.deleted}, {after: 14d}]
    relapse_within: 2d
    hidden_by: [delivery-late]
    cooldown: 24h
    mode: live
    title: {en: "Payment keeps failing", es: "El pago falla"}
    advice: {en: Call, es: Llamar}
"""
TOKENS = sorted(
    {word for word in PACK.replace("{", " ").replace("}", " ").split() if word}
    | set("{}[]:,-?!&*#|>'\"@%`\t\n \x00\x85\u2028")
    | {"null", "~", "0", "-1", "1e999", "9" * 5000, "true", "[]", "{}", "<<:", "---", "...", "!!binary", ".*", "x" * 70}
)
mutation = st.tuples(
    st.floats(0, 1),  # where, as a share of the text
    st.integers(0, 40),
    st.one_of(st.sampled_from(TOKENS), st.text(max_size=8)),
)


CASES = """\
tests:
  - name: late
    rule: delivery-late
    touchpoints:
      - {at: 0m, type: order.completed, subject: "order:1", data: {promised_at: {at: 3d}, items: [{sku: a}]}}
      - {at: 70h, arrives: 80h, type: shipment.delivered, subject: "order:1", customer: ana, source: //x, id: t}
    until: 5d
    alerts:
      - {status: firing, at: 3d, subject: "order:1", customer: ana}
"""


def load_rules(text: str) -> Loaded:
    """Load a rule file."""
    return load(text, "pack.yaml", shipped())


def load_cases(text: str) -> Loaded:
    """Load a file of test cases."""
    return cases.load(text, "pack_test.yaml", shipped(), ["delivery-late"], EventSchemas().validate)


def outcome(text: str, loader: Callable[[str], Loaded] = load_rules) -> Loaded | LoadError:
    """Load; only LoadError may be raised, and each of its findings must lie in the text."""
    loaded: Loaded = ()
    error: LoadError | None = None
    try:
        loaded = loader(text)
    except LoadError as raised:
        error = raised
    if error is None:
        return loaded
    assert error.findings
    for finding in error.findings:
        assert 1 <= finding.line <= len(text.splitlines()) + 1
        assert finding.column >= 1
        assert finding.message
    return error


@pytest.mark.parametrize(("text", "loader"), [(PACK, load_rules), (CASES, load_cases)])
def test_the_unchanged_file_is_right(text: str, loader: Callable[[str], Loaded]) -> None:
    """So that the mutations start from something that loads."""
    assert isinstance(outcome(text, loader), tuple)


@pytest.mark.parametrize(("text", "loader"), [(PACK, load_rules), (CASES, load_cases)])
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(mutations=st.lists(mutation, min_size=1, max_size=4))
def test_a_mutated_file_loads_or_says_why_not(
    text: str, loader: Callable[[str], Loaded], mutations: list[tuple[float, int, str]]
) -> None:
    """Cut, replace and insert anywhere: what it says or findings, nothing else is raised."""
    for share, length, new in mutations:
        start = int(share * len(text))
        text = text[:start] + new + text[start + length :]
    outcome(text, loader)


@settings(deadline=None)
@given(st.text())
def test_any_text_loads_or_says_why_not(text: str) -> None:
    """Text that never was a rule file is found out as well."""
    assert isinstance(outcome(text), LoadError)


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("*.py")), ids=lambda path: str(path.name))
def test_a_file_of_another_language_says_why_not(path: Path) -> None:
    """Naming the wrong file is a finding too."""
    assert isinstance(outcome(path.read_text()), LoadError)
