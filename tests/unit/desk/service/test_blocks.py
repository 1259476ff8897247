"""The blocks of the alert card."""

from typing import Any

import pytest

from streams.alerts.alert import AlertPromise, Evidence, Status
from streams.codec import vocabulary
from streams.desk.cases.case import Action, Entry
from streams.desk.service import blocks
from streams.desk.service.book import Book
from streams.desk.service.clocks import EventClock, wall_clock
from streams.desk.service.journeys import Seen, shown_by
from streams.rules.model import Moment, Rule, Selector, Severity
from streams.rules.model import Seen as SeenCondition
from streams.testing.alerts import START_MS, alert

HOUR_MS = 3_600_000
KNOWN = vocabulary.shipped()


def seen(kind: str, hours: float, data: dict[str, Any] | None = None, name: str = "") -> Seen:
    """Return a touchpoint so many hours after the start."""
    at = START_MS + round(hours * HOUR_MS)
    return Seen(at, kind, "//shop.example/web", name or f"{kind}-{hours}", "", data or {})


def test_a_timeline_shows_good_ones_gaps_and_evidence() -> None:
    """With channel, moment and polarity from the vocabulary; an unknown type has none."""
    one = alert(evidence=(Evidence("c", 1, 1, ("t2",)),))
    first, second, third = blocks.steps_of(
        [seen("page.viewed", 0), seen("payment.failed", 10, name="t2"), seen("own.type", 10.1)], KNOWN, [one]
    )
    assert (first.channel, first.polarity, first.gap_ms, first.is_evidence) == ("web", 0, 0, False)
    assert (second.polarity, second.gap_ms, second.is_evidence) == (-1, 10 * HOUR_MS, True)
    assert (third.channel, third.moment, third.gap_ms) == ("", "", 0)


def test_what_the_customer_tried_is_how_help_was_sought_of_late() -> None:
    """Within 72 hours; looking at pages is no call for help."""
    known = [seen("call.queued", 0), seen("page.viewed", 80), seen("email.inbound", 90)]
    assert [each.type for each in blocks.tried_of(known, KNOWN, START_MS + 100 * HOUR_MS)] == ["email.inbound"]


def test_feelings_are_the_last_three_scores_or_phrases() -> None:
    """The newest first; an answer with neither says nothing."""
    known = [
        seen("survey.answered", 0, {"score": 9, "metric": "NPS"}),
        seen("survey.answered", 1, {}),
        seen("review.created", 2, {"stars": 1, "text": "never again", "aspect": "delivery"}),
        seen("survey.answered", 3, {"score": 2, "metric": "CSAT"}),
        seen("survey.answered", 4, {"score": 1, "metric": "CSAT"}),
    ]
    found = blocks.feelings_of(known)
    assert [each.score for each in found] == [1.0, 2.0, 1.0]
    assert (found[2].phrase, found[2].aspect) == ("never again", "delivery")


@pytest.mark.parametrize(
    ("evidence", "otherwise"),
    [
        (Evidence("count", 3, 3, ("a", "b", "c")), "2 instead of 3"),
        (Evidence("hours", 24, 24, ("a",)), None),
        (Evidence("seen", 1, 1, ("a",)), None),
    ],
    ids=["counted", "measured", "just once"],
)
def test_the_nearest_count_that_would_not_have_been_enough(evidence: Evidence, otherwise: str | None) -> None:
    """Only where touchpoints were counted: of hours or of one there is no nearest."""
    (clause,) = blocks.clauses_of([alert(evidence=(evidence,))])
    assert clause.otherwise.get("en") == otherwise


def test_only_what_stands_needs_a_reason() -> None:
    """An alert that is over does not."""
    over = alert(status=Status.RECOVERED, evidence=(Evidence("c", 1, 1),))
    assert blocks.clauses_of([over]) == []


def test_a_promise_is_as_the_newest_alert_has_it() -> None:
    """Those due first come first."""
    old, new = (AlertPromise("delivery", "order:1", 0, due, status) for due, status in ((9, "open"), (9, "broken")))
    other = AlertPromise("reply", "", 0, 5, "open")
    alerts = [alert("a1", detected_at=2, promises=(new,)), alert("a2", detected_at=1, promises=(old, other))]
    assert [(each.kind, each.status) for each in blocks.promises_of(alerts)] == [
        ("reply", "open"),
        ("delivery", "broken"),
    ]


def test_proof_is_ticked_when_the_alert_has_recovered() -> None:
    """And says what is awaited before."""
    rule = Rule(
        id="payment-failing",
        moment=Moment.FMOT,
        severity=Severity.HIGH,
        when=SeenCondition(Selector(("payment.failed",)), 60_000),
        title={"en": "Payment", "es": "Pago"},
        advice={},
        owner="payments",
        recovers_on=(Selector(("order.completed",)),),
        recovers_quiet_ms=72 * HOUR_MS,
        lost_after_ms=HOUR_MS,
    )
    book = Book([rule])
    first, quiet = blocks.proofs_of([alert()], book)
    assert (first.text["en"], first.at, quiet.text["es"]) == ("order.completed", 0, "Sin más problemas durante 72 h")
    (done, _) = blocks.proofs_of([alert(status=Status.RECOVERED)], book)
    assert done.at == START_MS + 60_000
    assert (book.team("payment-failing"), book.team("other"), book.lost_ms) == (
        "payments", "support", {"payment-failing": HOUR_MS},
    )  # fmt: skip
    assert (book.title("other"), book.proofs("other")) == ({"en": "other", "es": "other"}, ())


def test_who_it_is_stays_behind_the_mask() -> None:
    """Language, tier, value and consent are no secret from those who help."""
    traits = {"language": "es", "tier": "gold", "lifetime_value": 1200, "email": "ana@example.com"}
    found = blocks.who_of("c***1", [seen("customer.updated", 0, traits), seen("consent.withdrawn", 1)])
    assert (found.masked, found.language, found.tier, found.value, found.contact) == (
        "c***1",
        "es",
        "gold",
        1200.0,
        "no",
    )
    assert "ana@" not in repr(found)


def test_a_line_of_the_trail_has_no_nested_detail() -> None:
    """Pages draw texts and numbers."""
    entry = Entry(case_id="c", revision=2, at=1, who="ana", action=Action.TAGGED, detail={"tags": ["a"], "n": 1})
    assert blocks.line_of(entry).detail == {"n": 1}


def test_what_alerts_have_shown_is_a_journey_too() -> None:
    """Where no worker answers."""
    assert list(shown_by([alert()])) == []


def test_the_clock_of_a_replay_is_that_of_its_alerts_and_never_goes_back() -> None:
    """Before the first alert it is the wall clock's."""
    clock = EventClock()
    assert abs(clock() - wall_clock()) < 1_000
    clock.see([alert(detected_at=START_MS)])
    assert 0 <= clock() - START_MS < 1_000
    clock.see([alert(detected_at=START_MS - HOUR_MS)])
    assert 0 <= clock() - START_MS < 1_000
