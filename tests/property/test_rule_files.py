"""Whatever a person types into a rule file, they get rules or findings, never anything else."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.rules.load import load
from streams.rules.model import Rule

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
        - sequence: [{type: checkout.started}, {not: {type: [order.completed]}, within: 30m}]
        - all: [{feedback: {metric: [CSAT], at_most: 2}}, {not: {seen: {type: sale.*, within: 1d}}}]
        - absence: {after: {type: message.received}, of: {type: message.sent}, within: 1h}
        - promise_broken: {kind: delivery, grace: 1d}
    unless: {seen: {type: order.completed, within: 10m}}
    recovers_on: [{type: order.completed}]
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
    st.integers(0, len(PACK)),
    st.integers(0, 40),
    st.one_of(st.sampled_from(TOKENS), st.text(max_size=8)),
)


def outcome(text: str) -> tuple[Rule, ...] | LoadError:
    """Load; only LoadError may be raised, and each of its findings must lie in the text."""
    rules: tuple[Rule, ...] = ()
    error: LoadError | None = None
    try:
        rules = load(text, "pack.yaml", shipped())
    except LoadError as raised:
        error = raised
    if error is None:
        return rules
    assert error.findings
    for finding in error.findings:
        assert 1 <= finding.line <= len(text.splitlines()) + 1
        assert finding.column >= 1
        assert finding.message
    return error


def test_the_unchanged_file_is_right() -> None:
    """So that the mutations start from something that loads."""
    assert isinstance(outcome(PACK), tuple)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(mutation, min_size=1, max_size=4))
def test_a_mutated_file_loads_or_says_why_not(mutations: list[tuple[int, int, str]]) -> None:
    """Cut, replace and insert anywhere: rules or findings, nothing else is raised."""
    text = PACK
    for start, length, new in mutations:
        text = text[:start] + new + text[start + length :]
    outcome(text)


@settings(deadline=None)
@given(st.text())
def test_any_text_loads_or_says_why_not(text: str) -> None:
    """Text that never was a rule file is found out as well."""
    assert isinstance(outcome(text), LoadError)


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("*.py")), ids=lambda path: str(path.name))
def test_a_file_of_another_language_says_why_not(path: Path) -> None:
    """Naming the wrong file is a finding too."""
    assert isinstance(outcome(path.read_text()), LoadError)
