"""An episode in the words of an alert."""

from typing import Final

import msgspec

from streams.alerts.alert import Status
from streams.alerts.render import alert_id, digest, render
from streams.journeys.state import Episode, Evidence, Glimpse, PromiseView
from streams.rules.model import Mode, Seen, Selector
from streams.testing.journeys import rule

RULE: Final = rule("r", Seen(Selector(("a",))), mode=Mode.SHADOW, title={"en": "Title", "es": "Título"})
EPISODE: Final = Episode(
    "r", 3, "order:1", 2, "recovered", "critical", 10, 8, 20, 10,
    (Evidence("clause", 3, 2, ("t1", "t2")),),
    (Glimpse(1, "call.initiated", "//s", "t1", ""), Glimpse(2, "page.viewed", "//s", "t2", "x"),
     Glimpse(3, "call.initiated", "//s", "t3", "")),
    (PromiseView("delivery", "order:1", 1, 9, "broken"),),
    "order.completed t9",
)  # fmt: skip


def test_an_alert_carries_the_episode_and_the_rules_words() -> None:
    """Everything that a team needs; revision and detection are the publisher's."""
    alert = render(EPISODE, RULE, "c1")
    assert (alert.status, alert.rule, alert.rule_version, alert.severity) == (Status.RECOVERED, "r", 3, "critical")
    assert (alert.customer, alert.subject, alert.moment, alert.mode) == ("c1", "order:1", "SMOT", "shadow")
    assert (alert.started_at, alert.ended_at, alert.detected_at, alert.revision) == (10, 20, 0, 0)
    assert (alert.title["es"], alert.reason) == ("Título", "order.completed t9")
    assert alert.evidence[0].touchpoints == ("t1", "t2")
    assert [recent.id for recent in alert.recent] == ["t1", "t2", "t3"]
    assert [(promise.kind, promise.status) for promise in alert.promises] == [("delivery", "broken")]


def test_what_the_customer_tried_is_told_once() -> None:
    """The ways of seeking help among the recent touchpoints, in their order."""
    assert render(EPISODE, RULE, "c1").tried == ("call.initiated",)


def test_the_alert_of_a_rule_that_is_gone_has_its_id_as_title() -> None:
    """It can still recover, expire or be retracted."""
    alert = render(EPISODE, None, "c1")
    assert (alert.title, alert.advice, alert.moment, alert.mode) == ({"en": "r", "es": "r"}, {}, "", "live")


def test_the_id_is_a_function_of_rule_customer_subject_and_ordinal() -> None:
    """Nothing else moves it, and each of the four does; it is the same for ever."""
    first = alert_id("r", "c1", "order:1", 2)
    assert first == render(EPISODE, RULE, "c1").alert_id == "789f1db56cc32f0cea758c1be58a4148"
    moved = msgspec.structs.replace(EPISODE, started_at=11, version=4, status="firing")
    assert render(moved, None, "c1").alert_id == first
    others = [("q", "c1", "order:1", 2), ("r", "c2", "order:1", 2), ("r", "c1", "", 2), ("r", "c1", "order:1", 3)]
    assert len({first, *(alert_id(*other) for other in others)}) == 5


def test_the_digest_changes_with_anything_that_is_said() -> None:
    """And with nothing else."""
    alert = render(EPISODE, RULE, "c1")
    assert digest(alert) == digest(render(EPISODE, RULE, "c1"))
    for change in ({"status": Status.FIRING}, {"ended_at": 21}, {"recent": ()}, {"reason": ""}, {"severity": "low"}):
        assert digest(msgspec.structs.replace(alert, **change)) != digest(alert)
