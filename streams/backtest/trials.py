"""Runs test cases: folds their touchpoints as they arrive, lets time pass in between, and compares what is said."""

from collections.abc import Iterable

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.partition import Partition
from streams.backtest.cases import CUSTOMER, START_MS, Case, Expected
from streams.backtest.crowds import CrowdReplay
from streams.rules import durations
from streams.rules.compile import Plan

_TOPIC = 0  # one log for all touchpoints of a case: which topic they came by makes no difference to the fold


class Trial(msgspec.Struct, frozen=True):
    """How a case went. `said` is what was said, in order; `missing` and `unexpected` are empty when it passed."""

    case: Case
    said: tuple[Alert, ...]
    missing: tuple[Expected, ...]
    unexpected: tuple[Alert, ...]

    @property
    def passed(self) -> bool:
        """Whether exactly the expected alerts were said."""
        return not self.missing and not self.unexpected


def run(case: Case, plan: Plan) -> Trial:
    """Run one case against compiled rules."""
    said = tuple(alert for alert in turns(_alerts(case, plan)) if case.rule in (None, alert.rule))
    left = list(said)
    missing = []
    for expected in sorted(case.alerts, key=_vagueness):
        found = next((alert for alert in left if matches(expected, alert)), None)
        if found is None:
            missing.append(expected)
        else:
            left.remove(found)
    return Trial(case, said, tuple(missing), tuple(left))


def turns(alerts: Iterable[Alert]) -> list[Alert]:
    """Return one alert for each turn an episode took; of revisions with the same status the last."""
    told: list[Alert] = []
    latest: dict[str, int] = {}
    for alert in alerts:
        place = latest.get(alert.alert_id)
        if place is not None and told[place].status == alert.status:
            told[place] = alert
        else:
            latest[alert.alert_id] = len(told)
            told.append(alert)
    return told


def instant(alert: Alert) -> int:
    """Return the time that a case calls `at`: when the episode began, or for one that is over when it ended."""
    return alert.ended_at or alert.started_at


def matches(expected: Expected, alert: Alert) -> bool:
    """Tell whether an alert is one that a case expects."""
    return (
        expected.rule == alert.rule
        and expected.status in (None, alert.status)
        and expected.at in (None, instant(alert))
        and expected.subject in (None, alert.subject)
        and expected.customer in (None, alert.customer)
        and expected.severity in (None, alert.severity)
    )


def explain(trial: Trial) -> list[str]:
    """Return the difference line by line: `-` was expected and not said, `+` was said and not expected."""
    lines = [f"  {_told(alert)}" for alert in trial.said if alert not in trial.unexpected]
    lines += [f"- {_asked(expected)}" for expected in trial.missing]
    lines += [f"+ {_told(alert)}" for alert in trial.unexpected]
    return lines or ["  nothing was said"]


def _alerts(case: Case, plan: Plan) -> Iterable[Alert]:
    partition = Partition(0, plan)
    of_crowds: list[Alert] = []
    crowds = CrowdReplay(plan, of_crowds.append)
    arrivals = sorted(case.arrivals, key=lambda arrival: arrival.arrives)
    for offset, arrival in enumerate(arrivals):
        yield from _pass(partition, arrival.arrives - 1)
        crowds.take(arrival.touchpoint, arrival.arrives)
        if arrival.touchpoint.customer:
            partition.fold(_TOPIC, [(offset, None, arrival.touchpoint)], arrival.arrives)
        yield from _said(partition)
    yield from _pass(partition, case.until)
    crowds.wait(case.until)
    yield from of_crowds


def _pass(partition: Partition, clock: int) -> Iterable[Alert]:
    """Let time pass to `clock`, stopping wherever something is due, as a clock that ticks would."""
    while partition.clock < clock:
        due = partition.next_due
        at = clock if due is None else min(max(due, partition.clock), clock)
        while partition.advance(at, at):
            pass
        yield from _said(partition)


def _said(partition: Partition) -> Iterable[Alert]:
    for key in partition.take_alerting():
        alerts = partition.outbox(key)
        partition.said(key, alerts)
        yield from alerts


def _vagueness(expected: Expected) -> int:
    asked = (expected.status, expected.at, expected.subject, expected.customer, expected.severity)
    return sum(each is None for each in asked)


def _asked(expected: Expected) -> str:
    return _line(expected.rule, expected.status, expected.severity, expected.at, expected.subject, expected.customer)


def _told(alert: Alert) -> str:
    return _line(alert.rule, alert.status, alert.severity, instant(alert), alert.subject, alert.customer)


def _line(
    rule: str,
    status: Status | None,
    severity: str | None,
    at: int | None,
    subject: str | None,
    customer: str | None,
) -> str:
    words = [rule, status.value if status else "any status"]
    if severity:
        words.append(str(severity))
    if at is not None:
        words.append(f"at {durations.show(at - START_MS)}")
    if subject:
        words.append(f"subject {subject}")
    if customer not in (None, CUSTOMER):
        words.append(f"customer {customer}")
    return " ".join(words)
