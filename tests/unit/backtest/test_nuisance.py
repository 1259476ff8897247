"""Pages, and which of them were for nothing."""

import msgspec
import pytest

from streams.alerts.alert import Alert, Recent, Status
from streams.backtest.nuisance import HEALS_WITHIN_MS, Nuisance, Pages, by_rule, count, is_page
from streams.rules.model import Moment, Rule, Seen, Selector, Severity
from streams.touchpoints.touchpoint import Touchpoint

HOUR = 3_600_000
RULE = Rule(
    id="late",
    moment=Moment.SMOT,
    severity=Severity.HIGH,
    when=Seen(Selector(("shipment.failed",))),
    title={},
    advice={},
    recovers_on=(Selector(("shipment.delivered", "sale.*")),),
)


def alert(
    status: Status = Status.FIRING, severity: str = "high", mode: str = "live", ended: int = 0, at: int = 0
) -> Alert:
    """Return a revision of the one alert; times in hours."""
    return Alert(
        alert_id="a",
        revision=1,
        status=status,
        rule="late",
        rule_version=1,
        moment="SMOT",
        severity=severity,
        customer="ana",
        subject="",
        started_at=0,
        ended_at=ended * HOUR,
        detected_at=at * HOUR,
        title={},
        advice={},
        mode=mode,
    )


def touchpoint(kind: str, hour: int, customer: str = "ana") -> Touchpoint:
    """Return something that happens to a customer."""
    return Touchpoint(f"{kind}-{hour}", "//test", kind, hour * HOUR, customer, "", b"")


def after(*steps: Alert | Touchpoint) -> Nuisance:
    """Return the count after what happens in this order."""
    pages = Pages({"late": RULE})
    for step in steps:
        if isinstance(step, Alert):
            pages.add(step)
        else:
            pages.take(step)
    return count(pages.found())


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        (alert(), True),
        (alert(severity="critical"), True),
        (alert(severity="medium"), False),
        (alert(Status.WATCHING), False),
        (alert(mode="shadow"), False),
        (alert(Status.RECOVERED), False),
    ],
)
def test_a_page_is_a_live_alert_that_fires_and_is_high_or_critical(revision: Alert, *, expected: bool) -> None:
    """Queues, digests, watching and shadow call nobody."""
    assert is_page(revision) is expected


def test_an_alert_pages_once() -> None:
    """From the revision on that is high; later ones are of the same id."""
    assert after(alert(severity="medium"), alert(at=5), alert(severity="critical", at=9)).pages == 1


def test_a_parcel_that_comes_by_itself_within_a_day_of_the_page_heals() -> None:
    """The page came five hours after the start, the parcel a day after the page."""
    found = after(alert(at=5), touchpoint("shipment.delivered", 29), alert(Status.RECOVERED, ended=29))
    assert found == Nuisance(1, 1, 0, 1.0, 0.0)
    assert HEALS_WITHIN_MS == 24 * HOUR


def test_a_parcel_that_comes_later_was_worth_the_page() -> None:
    """An hour more than a day."""
    assert not after(
        alert(at=5), touchpoint("shipment.delivered", 30), alert(Status.RECOVERED, ended=30)
    ).healed_themselves


def test_what_people_mended_has_not_healed_itself() -> None:
    """Somebody called before the parcel came, whether the page had gone out by then or not."""
    delivered, ended = touchpoint("shipment.delivered", 20), alert(Status.RECOVERED, ended=20)
    assert not after(alert(at=5), touchpoint("contact.made", 9), delivered, ended).healed_themselves
    told = Recent(3 * HOUR, "contact.made", "//test", "x")
    assert not after(msgspec.structs.replace(alert(at=5), recent=(told,)), delivered, ended).healed_themselves


def test_what_people_did_for_somebody_else_or_afterwards_does_not_count() -> None:
    """Another customer, and a call once the parcel was there."""
    steps = (touchpoint("contact.made", 9, "ben"), touchpoint("shipment.delivered", 20), touchpoint("contact.made", 40))
    assert after(alert(at=5), *steps, alert(Status.RECOVERED, ended=80)).healed_themselves == 1


def test_quiet_after_the_parcel_is_proof_and_not_trouble() -> None:
    """The parcel came in time, and the alert took three more days to be sure."""
    assert (
        after(alert(at=5), touchpoint("sale.completed", 20), alert(Status.RECOVERED, ended=92)).healed_themselves == 1
    )


def test_an_open_alert_has_not_healed() -> None:
    """Nor one that opened again."""
    assert not after(alert(at=5), touchpoint("shipment.delivered", 9)).healed_themselves
    assert not after(
        alert(), touchpoint("shipment.delivered", 9), alert(Status.RECOVERED, ended=9), alert()
    ).healed_themselves


def test_a_page_that_is_taken_back_is_counted_even_if_it_comes_again() -> None:
    """Somebody was called for nothing once."""
    assert after(alert(), alert(Status.RETRACTED, at=1)) == Nuisance(1, 0, 1, 0.0, 1.0)
    assert after(alert(), alert(Status.RETRACTED, at=1), alert(at=2)).retracted == 1


def test_a_page_that_is_taken_back_at_once_has_reached_nobody() -> None:
    """What takes it back came with what raised it; when it fires again later, that is the page."""
    assert after(alert(at=3), alert(Status.RETRACTED, at=3)).pages == 0
    found = after(alert(at=3), alert(Status.RETRACTED, at=3), alert(at=9), alert(Status.RETRACTED, at=10))
    assert (found.pages, found.retracted) == (1, 1)


def test_pages_are_counted_by_rule() -> None:
    """Under the rule's id; no pages have no share."""
    pages = Pages({"late": RULE})
    pages.add(alert())
    assert by_rule(pages.found()) == {"late": Nuisance(1, 0, 0, 0.0, 0.0)}
    assert after() == Nuisance(0, 0, 0, None, None)
