"""The course of an episode: what its own deadlines and further conditions do to it between start and end."""

from typing import Final

import msgspec

from streams.alerts.alert import Alert
from streams.journeys.limits import Limits
from streams.rules.model import Absence, By, Count, Rise, Rule, Seen, Selector, Severity
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint

FAILED: Final = Selector(("payment.failed",))
ORDERED: Final = Selector(("order.completed",))
Told = tuple[int, str, str, float]


def minutes(number: float) -> int:
    """Return so many minutes in ms."""
    return round(number * MINUTE_MS)


def said(*rules: Rule, history: list[Touchpoint], until: float = 1_000) -> list[Alert]:
    """Return what is said when everything arrives in order and the clock goes on in steps of ten minutes."""
    owner, clock = Harness(partition(rules)), at(0)
    for one in history:
        while clock < one.time:
            owner.advance(clock)
            clock += minutes(10)
        owner.advance(one.time - 1)
        owner.feed(one)
    while clock <= at(until):
        owner.advance(clock)
        clock += minutes(10)
    return owner.alerts


def told(alerts: list[Alert]) -> list[Told]:
    """Return revision, status, severity and minute (start, or end once it ended)."""
    return [
        (one.revision, one.status.value, one.severity, ((one.ended_at or one.started_at) - at(0)) / MINUTE_MS)
        for one in alerts
    ]


def failed(*at_minutes: float, subject: str = "") -> list[Touchpoint]:
    """Return failed payments."""
    return [touchpoint("payment.failed", minute, subject=subject) for minute in at_minutes]


LADDER: Final = rule(
    "r",
    Seen(FAILED),
    severity=Severity.MEDIUM,
    raises=(Rise(Severity.HIGH, minutes(60)), Rise(Severity.CRITICAL, minutes(240))),
    recovers_on=(ORDERED,),
)


def test_an_alert_that_nobody_mends_becomes_more_severe() -> None:
    """The same alert, the next revision, and in the evidence for how long it has been open."""
    alerts = said(LADDER, history=failed(0))
    assert told(alerts) == [(1, "firing", "medium", 0), (2, "firing", "high", 0), (3, "firing", "critical", 0)]
    assert len({one.alert_id for one in alerts}) == 1
    assert [(e.clause, e.value) for e in alerts[2].evidence] == [
        ("seen payment.failed", 1),
        ("open without recovery for 1h", 1),
        ("open without recovery for 4h", 4),
    ]
    assert [one.recent for one in alerts] == [alerts[0].recent] * 3


def test_recovery_at_the_very_minute_is_in_time() -> None:
    """A deadline fires after a touchpoint at exactly its time; one later is too late."""
    for minute, severity in ((60, "medium"), (60.1, "high")):
        alerts = said(LADDER, history=[*failed(0), touchpoint("order.completed", minute)])
        assert told(alerts)[-1][1:] == ("recovered", severity, minute)


def test_the_ladder_is_not_climbed_before_the_clock_is_there() -> None:
    """A touchpoint dated ahead folds past the deadline; what mends it may still be unread, and takes it back unsaid."""
    owner = Harness(partition([LADDER]))
    owner.feed(*failed(0), touchpoint("page.viewed", 90))
    owner.advance(at(59))
    assert told(owner.alerts) == [(1, "firing", "medium", 0)]
    owner.advance(at(60))
    assert told(owner.alerts)[1:] == [(2, "firing", "high", 0)]
    owner.feed(touchpoint("order.completed", 30))
    assert told(owner.alerts)[2:] == [(3, "recovered", "medium", 30)]


def test_what_follows_an_uncertain_step_waits_with_it() -> None:
    """The end is said when the clock has passed the step before it."""
    owner = Harness(partition([LADDER]))
    owner.feed(*failed(0))
    owner.feed(touchpoint("order.completed", 90))
    assert told(owner.alerts) == [(1, "firing", "medium", 0)]
    owner.advance(at(60))
    assert told(owner.alerts)[1:] == [(2, "recovered", "high", 90)]
    assert [one.id for one in owner.alerts[1].recent] == ["payment.failed@0", "order.completed@90"]


def test_a_threshold_reached_again_raises_at_once() -> None:
    """The count goes on from before the start; at the top nothing more is said."""
    checked = rule(
        "r",
        Count(FAILED, 2, minutes(60)),
        severity=Severity.LOW,
        raises=(
            Rise(Severity.HIGH, when=Count(FAILED, 4, minutes(60))),
            Rise(Severity.MEDIUM, when=Count(FAILED, 5, minutes(60))),
        ),
        recovers_on=(ORDERED,),
    )
    alerts = said(checked, history=failed(0, 1, 2, 3, 4))
    assert told(alerts) == [(1, "firing", "low", 1), (2, "firing", "high", 1)]
    assert [(e.value, len(e.touchpoints)) for e in alerts[1].evidence] == [(2, 2), (4, 4)]
    assert [one.id for one in alerts[1].recent][-1] == "payment.failed@3"
    again = [*failed(0, 1, 2), touchpoint("order.completed", 3), *failed(4, 5)]
    assert told(said(checked, history=again))[-1] == (1, "firing", "low", 5)


def test_a_silence_can_raise_too() -> None:
    """The condition of a step may be one that a deadline decides; then it waits for the clock."""
    step = Rise(
        Severity.CRITICAL, when=Absence(Selector(("message.received",)), Selector(("message.sent",)), minutes(20))
    )
    owner = Harness(partition([rule("r", Seen(FAILED), by=By.CUSTOMER, raises=(step,))]))
    owner.feed(*failed(0), touchpoint("message.received", 1), touchpoint("page.viewed", 30))
    assert told(owner.alerts) == [(1, "firing", "high", 0)]
    owner.advance(at(21))
    assert told(owner.alerts)[1:] == [(2, "firing", "critical", 0)]


SETTLING: Final = rule("r", Seen(FAILED), settle_ms=minutes(20), recovers_on=(ORDERED,))


def test_what_stands_for_long_enough_fires() -> None:
    """Until then it is watched."""
    alerts = said(SETTLING, history=failed(0, 5))
    assert told(alerts) == [(1, "watching", "high", 0), (2, "firing", "high", 0)]
    assert alerts[0].alert_id == alerts[1].alert_id


def test_what_heals_itself_never_fires() -> None:
    """It is recovered straight from being watched, at the very minute still."""
    for minute in (5, 20):
        alerts = said(SETTLING, history=[*failed(0), touchpoint("order.completed", minute)])
        assert told(alerts) == [(1, "watching", "high", 0), (2, "recovered", "high", minute)]


def test_nothing_fires_before_the_clock_says_so() -> None:
    """A touchpoint dated ahead does not end the time to heal."""
    owner = Harness(partition([SETTLING]))
    owner.feed(*failed(0), touchpoint("page.viewed", 60))
    owner.advance(at(19))
    assert told(owner.alerts) == [(1, "watching", "high", 0)]
    owner.restart(at(19))
    owner.feed(touchpoint("order.completed", 10))
    assert told(owner.alerts)[1:] == [(2, "recovered", "high", 10)]


def test_a_broken_promise_settles_from_its_deadline_on() -> None:
    """Not said at all before the deadline, watched after it, firing in the end."""
    late = rule(
        "r", Absence(Selector(("message.received",)), Selector(("message.sent",)), minutes(30)), settle_ms=minutes(20)
    )
    owner = Harness(partition([late]))
    owner.feed(touchpoint("message.received", 0), touchpoint("page.viewed", 90))
    owner.advance(at(29))
    assert owner.alerts == []
    owner.advance(at(49))
    owner.advance(at(50))
    assert told(owner.alerts) == [(1, "watching", "high", 30), (2, "firing", "high", 30)]


SENT: Final = Selector(("message.sent",))


def test_quiet_proves_recovery_and_trouble_begins_it_anew() -> None:
    """Negative touchpoints only: of the same subject where the rule is by subject."""
    checked = rule("r", Seen(Selector(("error.shown",))), recovers_on=(ORDERED,), recovers_quiet_ms=minutes(30))
    shown = touchpoint("error.shown", 0, subject="order:1")
    trouble = [shown, *failed(20, subject="order:2"), touchpoint("page.viewed", 40, subject="order:1")]
    alerts = said(checked, history=trouble)
    assert told(alerts)[-1] == (2, "recovered", "high", 50)
    assert alerts[-1].reason == "quiet for 30m"
    by_subject = msgspec.structs.replace(checked, by=By.SUBJECT)
    assert told(said(by_subject, history=trouble))[-1] == (2, "recovered", "high", 30)


def test_quiet_is_not_said_before_the_clock_is_there() -> None:
    """The negative touchpoint that breaks it may still be unread."""
    checked = rule("r", Seen(FAILED), recovers_quiet_ms=minutes(30))
    owner = Harness(partition([checked]))
    owner.feed(*failed(0), touchpoint("page.viewed", 60))
    owner.advance(at(29))
    assert told(owner.alerts) == [(1, "firing", "high", 0)]
    owner.feed(*failed(25))
    owner.advance(at(54))
    assert [one.status for one in owner.alerts if one.ended_at] == []
    owner.advance(at(55))
    assert told(owner.alerts)[-1][1:] == ("recovered", "high", 55)


def test_all_proofs_together_in_any_order() -> None:
    """The last one ends it; each counts once; what came before the start does not count."""
    checked = rule("r", Seen(FAILED), recovers_on=(ORDERED, SENT), recovers_all=True)
    order, message = touchpoint("order.completed", 10), touchpoint("message.sent", 20)
    assert told(said(checked, history=[*failed(0), order, message]))[-1][1:] == ("recovered", "high", 20)
    assert len(said(checked, history=[*failed(0), order, touchpoint("order.completed", 30)])) == 1
    assert len(said(checked, history=[order, *failed(15), message])) == 1


def test_all_proofs_and_quiet() -> None:
    """Quiet that came first must still hold; where it comes last, its deadline ends the alert."""
    checked = rule("r", Seen(FAILED), recovers_on=(SENT,), recovers_all=True, recovers_quiet_ms=minutes(30))
    for others, ended in (
        ([touchpoint("message.sent", 10)], 30),
        ([touchpoint("message.sent", 40)], 40),
        ([*failed(35), touchpoint("message.sent", 40)], 65),
    ):
        assert told(said(checked, history=[*failed(0), *others]))[-1][1:] == ("recovered", "high", ended)


CANCELLED: Final = Selector(("order.cancelled",))


def test_what_cannot_be_mended_is_lost() -> None:
    """Later recovery changes nothing of it; new trouble is a new alert."""
    checked = rule("r", Seen(FAILED), recovers_on=(ORDERED,), lost_on=(CANCELLED,))
    history = [*failed(0), touchpoint("order.cancelled", 10), touchpoint("order.completed", 20), *failed(30)]
    alerts = said(checked, history=history)
    assert told(alerts) == [(1, "firing", "high", 0), (2, "lost", "high", 10), (1, "firing", "high", 30)]
    assert alerts[1].reason == "order.cancelled order.cancelled@10"


def test_what_is_lost_without_a_subject_is_lost_for_all() -> None:
    """With a subject it is about that one; recovery is always about the one."""
    checked = rule("r", Seen(FAILED), by=By.SUBJECT, recovers_on=(ORDERED,), lost_on=(CANCELLED,))
    start = [*failed(0, subject="order:1"), *failed(1, subject="order:2")]
    for subject, lost in (("", ["order:1", "order:2"]), ("order:2", ["order:2"])):
        alerts = said(checked, history=[*start, touchpoint("order.cancelled", 10, subject=subject)])
        assert [one.subject for one in alerts if one.status == "lost"] == lost
    assert len(said(checked, history=[*start, touchpoint("order.completed", 10)])) == 2


def test_time_without_recovery_is_lost_when_the_clock_says_so() -> None:
    """Recovery at the very minute is in time."""
    checked = rule("r", Seen(FAILED), recovers_on=(ORDERED,), lost_after_ms=minutes(60))
    owner = Harness(partition([checked]))
    owner.feed(*failed(0), touchpoint("page.viewed", 90))
    owner.advance(at(59))
    assert told(owner.alerts) == [(1, "firing", "high", 0)]
    owner.advance(at(60))
    assert told(owner.alerts)[1:] == [(2, "lost", "high", 60)]
    assert owner.alerts[-1].reason == "no recovery for 1h"
    owner.feed(touchpoint("order.completed", 60))
    assert told(owner.alerts)[2:] == [(3, "recovered", "high", 60)]


RELAPSING: Final = rule("r", Seen(FAILED), recovers_on=(ORDERED,), relapse_ms=minutes(60), cooldown_ms=minutes(500))


def test_a_relapse_opens_the_same_alert_again() -> None:
    """Within the time after recovery, whatever the cooldown; after it the cooldown counts."""
    mended = [*failed(0), touchpoint("order.completed", 10)]
    alerts = said(RELAPSING, history=[*mended, *failed(70)])
    assert told(alerts) == [(1, "firing", "high", 0), (2, "recovered", "high", 10), (3, "firing", "high", 0)]
    assert len({one.alert_id for one in alerts}) == 1
    assert alerts[2].evidence[0].touchpoints == ("payment.failed@70",)
    assert len(said(RELAPSING, history=[*mended, *failed(70.1)])) == 2
    again = said(msgspec.structs.replace(RELAPSING, cooldown_ms=0), history=[*mended, *failed(70.1)])
    assert told(again)[2:] == [(1, "firing", "high", 70.1)]


def test_a_relapse_begins_the_course_anew_with_the_severity_it_had() -> None:
    """It settles, climbs and recovers again."""
    checked = msgspec.structs.replace(
        RELAPSING,
        severity=Severity.LOW,
        settle_ms=minutes(10),
        raises=(Rise(Severity.MEDIUM, minutes(20)), Rise(Severity.HIGH, minutes(40))),
    )
    history = [*failed(0), touchpoint("order.completed", 30), *failed(50), touchpoint("order.completed", 100)]
    assert told(said(checked, history=history)) == [
        (1, "watching", "low", 0),
        (2, "firing", "low", 0),
        (3, "firing", "medium", 0),
        (4, "recovered", "medium", 30),
        (5, "watching", "medium", 0),
        (6, "firing", "medium", 0),
        (7, "firing", "high", 0),
        (8, "recovered", "high", 100),
    ]


def test_what_was_lost_does_not_relapse() -> None:
    """Nor what expired: only recovery can turn out to have been none."""
    checked = msgspec.structs.replace(RELAPSING, lost_on=(CANCELLED,), cooldown_ms=0, expires_ms=minutes(30))
    alerts = said(checked, history=[*failed(0), touchpoint("order.cancelled", 10), *failed(20, 60)])
    assert len({one.alert_id for one in alerts}) == 3


def test_a_relapse_by_a_deadline_waits_for_the_clock() -> None:
    """Until then it stands recovered."""
    silence = Absence(Selector(("message.received",)), SENT, minutes(30))
    owner = Harness(partition([rule("r", silence, recovers_on=(SENT,), relapse_ms=minutes(60))]))
    owner.feed(touchpoint("message.received", 0))
    owner.advance(at(30))
    owner.feed(touchpoint("message.sent", 40), touchpoint("message.received", 45), touchpoint("page.viewed", 90))
    owner.advance(at(74))
    assert told(owner.alerts)[-1] == (2, "recovered", "high", 40)
    owner.advance(at(75))
    assert told(owner.alerts)[-1] == (3, "firing", "high", 30)


def test_what_may_relapse_outlives_the_floor_up_to_a_bound() -> None:
    """The record keeps ended episodes until they can relapse no more, half as many as may be open."""
    limits = Limits(lateness_ms=minutes(1), compact_entries=2, episodes=8)
    checked = msgspec.structs.replace(RELAPSING, by=By.SUBJECT, relapse_ms=minutes(1_000), cooldown_ms=0)
    owner = Harness(partition([checked], limits=limits))
    for number in range(20):
        subject = f"order:{number}"
        owner.feed(
            *failed(number * 10, subject=subject), touchpoint("order.completed", number * 10 + 1, subject=subject)
        )
        owner.advance(at(number * 10 + 9))
    owner.feed(touchpoint("page.viewed", 300), touchpoint("page.viewed", 301))
    owner.advance(at(310))
    owner.feed(touchpoint("page.viewed", 311), touchpoint("page.viewed", 312))
    view = owner.partition.journey(b"c1")
    assert view is not None
    assert len(view.state.episodes) == 4
    owner.feed(*failed(320, subject="order:19"), *failed(321, subject="order:0"))
    assert [(one.subject, one.revision) for one in owner.alerts[-2:]] == [("order:19", 3), ("order:0", 1)]
