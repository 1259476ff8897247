"""What is the canary's is told apart, and no figure of the business moves for it."""

import pytest

from streams.alerts.alert import Alert, Status
from streams.alerts.canary import RULE, is_canary
from streams.alerts.counting import Counting, Written
from streams.codec.vocabulary import shipped
from streams.rules.compile import compile_rules
from streams.rules.model import Count, Crowd, Over, Selector
from streams.testing.alerts import alert
from streams.testing.journeys import at, rule
from streams.touchpoints import canary
from streams.touchpoints.touchpoint import Touchpoint

ANGRY = Selector((canary.SANG, "click.raged"))
PAGES = rule(
    "pages", Count(ANGRY, 1, 300_000), crowd=Crowd(over=Over.PAGE, selector=ANGRY, at_least=1, within_ms=300_000)
)
PLAN = compile_rules([PAGES], shipped())
REAL = (("click.raged", "//web", "c1"), ("page.viewed", "//web", "c2"))
MADE_UP = ((canary.SANG, canary.SOURCE, "canary-1"), (canary.RESTED, canary.SOURCE, "canary-1"))


def counted(kinds: tuple[tuple[str, str, str], ...], *alerts: Alert) -> Written:
    """Return what a partition tells of these touchpoints, all about one page, and of these alerts."""
    one = Counting(0, PLAN, shipped())
    for number, (kind, source, customer) in enumerate(kinds):
        one.take(0, number, Touchpoint(f"t{number}", source, kind, at(0), customer, "", b'{"path": "/pay"}'))
    one.take_alerts(alerts)
    return one.take_written({0: 9}, 0, everything=True)


def test_figures_are_the_same_with_and_without_the_canary() -> None:
    """Statistics, crowds and what alerts came to: the made-up customer is in none, even under a rule on its type."""
    ended = alert(status=Status.RECOVERED)
    made_up = alert("a2", status=Status.RECOVERED, rule=RULE, customer="canary-1")
    alone, together = counted(REAL, ended), counted((*REAL, *MADE_UP), ended, made_up)
    assert alone.stats
    assert alone.counts
    assert (together.stats, together.counts) == (alone.stats, alone.counts)


@pytest.mark.parametrize(
    ("rule_id", "customer", "expected"),
    [(RULE, "canary-3", True), (RULE, "customer-1", False), ("payment-failing", "canary-3", False)],
)
def test_an_alert_is_the_canarys_by_rule_and_customer(rule_id: str, customer: str, *, expected: bool) -> None:
    """A rule of that name hides no customer, and no other rule's alert is hidden."""
    assert is_canary(alert(rule=rule_id, customer=customer)) is expected


def test_only_its_own_source_is_the_canarys() -> None:
    """A source below or beside it is somebody's."""
    assert canary.is_canary(canary.SOURCE)
    assert not any(map(canary.is_canary, ("", "//web", f"{canary.SOURCE}/2", "//touchpoint-tracker")))
