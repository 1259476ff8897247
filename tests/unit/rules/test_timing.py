"""Working time and quiet hours in rule files, and what comes of them."""

from typing import Final

import pytest

from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.journeys.limits import DAY_MS
from streams.rules.load import load
from streams.rules.model import Absence, By, Rise, Rule, Seen, Selector, Sequence, Severity
from streams.testing.journeys import MINUTE_MS, MONDAY_MS, Harness, at, partition, rule, touchpoint
from streams.touchpoints.calendar import Working, expand

OFFICE: Final = shipped().calendars["office"]
HOUR_MS: Final = 60 * MINUTE_MS
FILE: Final = """\
rules:
  - id: payment-failing
    moment: FMOT
    severity: {severity}
    when: {when}
    title: {{en: "Payment keeps failing", es: "El pago falla"}}
    advice: {{en: "Call", es: "Llamar"}}
    {line}
"""
SEEN: Final = "{seen: {type: payment.failed}}"
HOUR: Final = "{working: 1h, calendar: office}"


def loaded(line: str, when: str = SEEN, severity: str = "medium") -> Rule:
    """Load the rule with one line more."""
    [found] = load(FILE.format(line=line, when=when, severity=severity), "pack.yaml", shipped())
    return found


def test_working_time_stands_wherever_a_deadline_is_declared() -> None:
    """In place of a duration."""
    hour = Working(OFFICE, HOUR_MS)
    assert loaded(f"settle: {HOUR}").settle_working == hour
    assert loaded(f"recovers_on: {{quiet: {HOUR}}}").quiet_working == hour
    assert loaded(f"lost: {{after: {HOUR}}}").lost_working == hour
    assert loaded(f"raises: {{to: high, after: {HOUR}}}").raises == (Rise(Severity.HIGH, HOUR_MS, None, hour),)
    absence = f"{{absence: {{after: {{type: message.received}}, of: {{type: message.sent}}, within: {HOUR}}}}}"
    when = loaded("mode: live", absence).when
    assert isinstance(when, Absence)
    assert when.working == hour
    days = "{promise_broken: {kind: delivery, grace: {working_days: 2, calendar: office}}}"
    assert getattr(loaded("mode: live", days).when, "working", None) == Working(OFFICE, 0, 2)
    steps = f"{{sequence: [{{type: checkout.started}}, {{not: {{type: order.completed}}, within: {HOUR}}}]}}"
    sequence = loaded("mode: live", steps).when
    assert isinstance(sequence, Sequence)
    assert sequence.steps[1].working == hour
    assert loaded("quiet_outside: office").quiet_outside == OFFICE


@pytest.mark.parametrize(
    ("line", "severity", "column", "message"),
    [
        ("settle: {working: 1h, calendar: offices}", "low", 37, "unknown calendar `offices`"),
        ("settle: {working: 1h}", "low", 13, "`settle` lacks `calendar`"),
        ("settle: {hours: 1h, calendar: office}", "low", 13, "say either `working` or `working_days`"),
        ("cooldown: {working: 1h, calendar: office}", "low", 15, "`cooldown` is not a duration"),
        ("quiet_outside: offices", "low", 20, "unknown calendar `offices`"),
        ("quiet_outside: office", "critical", 20, "a critical alert pages at any hour"),
    ],
)
def test_mistakes_are_found_where_they_stand(line: str, severity: str, column: int, message: str) -> None:
    """With line, column and what to do about it."""
    with pytest.raises(LoadError) as raised:
        loaded(line, severity=severity)
    found = raised.value.findings[0]
    assert (found.line, found.column) == (8, column)
    assert message in found.message
    assert found.remedy


HALF: Final = [((10 * HOUR_MS, 11 * HOUR_MS),)] * 7
LATER: Final = expand("later", HALF, [(MONDAY_MS - DAY_MS, MONDAY_MS + 30 * DAY_MS, 0)], frozenset())
FAILED: Final = Selector(("payment.failed",))
QUIET: Final = rule(
    "quiet",
    Seen(FAILED),
    severity=Severity.MEDIUM,
    by=By.SUBJECT,
    quiet_outside=LATER,
    raises=(Rise(Severity.CRITICAL, when=Seen(Selector(("error.shown",)))),),
    recovers_on=(Selector(("order.completed",)),),
)


def test_nobody_is_paged_in_quiet_hours() -> None:
    """What begins before ten o'clock is watched, and fires at ten unless it has recovered."""
    owner = Harness(partition([QUIET]))
    owner.feed(touchpoint("payment.failed", 5, subject="a"), touchpoint("payment.failed", 6, subject="b"))
    owner.feed(touchpoint("order.completed", 20, subject="b"))
    owner.advance(at(59))
    assert [(alert.subject, alert.status) for alert in owner.alerts] == [
        ("a", "watching"), ("b", "watching"), ("b", "recovered"),
    ]  # fmt: skip
    owner.advance(at(60))
    assert [(alert.subject, alert.status, alert.started_at) for alert in owner.alerts[3:]] == [("a", "firing", at(5))]


def test_open_hours_and_critical_alerts_are_not_held() -> None:
    """At ten it fires at once; what becomes critical before fires then."""
    owner = Harness(partition([QUIET]))
    owner.feed(touchpoint("payment.failed", 5, subject="a"), touchpoint("error.shown", 6, subject="a"))
    owner.feed(touchpoint("payment.failed", 60, subject="b"))
    said = [(alert.subject, alert.status, alert.severity) for alert in owner.standing()]
    assert sorted(said) == [("a", "firing", "critical"), ("b", "firing", "medium")]
    owner.advance(at(200))
    assert len(owner.standing()) == 2
