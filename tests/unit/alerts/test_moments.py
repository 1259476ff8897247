"""When a negative moment begins and ends, and where it is."""

from typing import Final

import pytest

from streams.alerts.alert import Evidence, Recent, Status
from streams.alerts.moments import channel_of, has_begun, has_ended, store_of
from streams.testing.alerts import alert
from streams.testing.journeys import SHOP

TILL: Final = "//pos/madrid-014/till-3"
SURVEY: Final = Recent(1, "survey.answered", "//mail", "t1")
PAYMENT: Final = Recent(2, "payment.failed", TILL, "t2")
VIEW: Final = Recent(3, "page.viewed", "//web", "t3")
RESTS_ON_PAYMENT: Final = (Evidence("count", 2.0, 2.0, ("t0", "t2")),)


@pytest.mark.parametrize(
    ("before", "status", "begun", "ended"),
    [
        ("", Status.FIRING, True, False),
        ("", Status.WATCHING, False, False),
        ("", Status.RECOVERED, True, True),
        (Status.WATCHING, Status.WATCHING, False, False),
        (Status.WATCHING, Status.FIRING, True, False),
        (Status.WATCHING, Status.LOST, True, True),
        (Status.WATCHING, Status.RECOVERED, False, False),
        (Status.WATCHING, Status.RETRACTED, False, False),
        (Status.FIRING, Status.FIRING, False, False),
        (Status.FIRING, Status.RECOVERED, False, True),
        (Status.FIRING, Status.EXPIRED, False, True),
        (Status.FIRING, Status.RETRACTED, False, True),
        (Status.RECOVERED, Status.RECOVERED, False, False),
        (Status.RECOVERED, Status.FIRING, False, False),
        (Status.RETRACTED, Status.FIRING, True, False),
        ("", Status.RETRACTED, False, False),
    ],
)
def test_a_moment_begins_when_it_is_more_than_watched_and_ends_once(
    before: str, status: Status, *, begun: bool, ended: bool
) -> None:
    """More revisions of one that fires are no news, what healed itself was none, and what was taken back may return."""
    assert (has_begun(before, status), has_ended(before, status)) == (begun, ended)


def test_the_channel_is_that_of_the_touchpoint_that_decided() -> None:
    """The last one of the evidence, and not what came after it; without evidence that is shown, the newest."""
    assert channel_of(alert(recent=(SURVEY, PAYMENT, VIEW), evidence=RESTS_ON_PAYMENT), SHOP.kinds) == "web"
    assert channel_of(alert(recent=(PAYMENT, SURVEY)), SHOP.kinds) == "email"
    assert channel_of(alert(recent=(Recent(1, "what.ever", "//x", "t"),)), SHOP.kinds) == "none"
    assert channel_of(alert(), SHOP.kinds) == "none"


@pytest.mark.parametrize(
    ("subject", "store"),
    [
        ("place:madrid-014", "madrid-014"),
        ("store:364", "364"),
        (f"till:{TILL}", "madrid-014"),
        ("order:7", ""),
        ("store:a\nb", ""),
        ("", ""),
    ],
)
def test_an_alert_about_a_store_bears_it(subject: str, store: str) -> None:
    """What cannot be a name is none."""
    assert store_of(alert(subject=subject)) == store


def test_an_alert_that_a_till_decided_bears_its_store() -> None:
    """Where the customer looked afterwards does not count."""
    assert store_of(alert(recent=(PAYMENT, VIEW), evidence=RESTS_ON_PAYMENT)) == "madrid-014"
    assert store_of(alert(recent=(PAYMENT, VIEW))) == ""
