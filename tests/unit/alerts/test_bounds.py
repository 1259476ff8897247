"""However much one customer does, the journey stays bounded, and no alert is lost for it (law L9)."""

from collections import Counter
from typing import Final

from streams.alerts.alert import Status
from streams.alerts.partition import Partition
from streams.alerts.views import JourneyView
from streams.journeys.limits import DAY_MS, Limits
from streams.rules.model import Absence, Broken, By, Count, Seen, Selector
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rfc3339, rule, touchpoint

LIMITS: Final = Limits(
    lateness_ms=60 * MINUTE_MS, tail_entries=16, compact_entries=8, context_entries=3,
    slots=8, promises=4, episodes=4, ledger=6,
)  # fmt: skip
REVIEWED: Final = rule(
    "seen", Seen(Selector(("error.shown",))), by=By.SUBJECT, recovers_on=(Selector(("page.viewed",)),)
)
UNANSWERED: Final = rule(
    "unanswered",
    Absence(Selector(("message.received",)), Selector(("message.sent",)), 30 * DAY_MS),
    by=By.SUBJECT,
)
VERY_LATE: Final = rule("very-late", Broken("delivery", 30 * DAY_MS), by=By.SUBJECT)
COUNTED: Final = rule("counted", Count(Selector(("payment.failed",)), 3, DAY_MS), by=By.SUBJECT)
RULES: Final = (REVIEWED, UNANSWERED, VERY_LATE, COUNTED)


def harness(limits: Limits = LIMITS) -> Harness:
    """Return the owner of a partition with narrow bounds."""
    return Harness(partition(RULES, limits=limits))


def journey(core: Partition) -> JourneyView:
    """Return the one journey."""
    view = core.journey(b"c1")
    assert view is not None
    return view


def test_the_oldest_open_episode_ends_when_there_are_too_many() -> None:
    """It is said, as expired; the newest are the ones that somebody can still do something about."""
    owner = harness()
    owner.feed(*(touchpoint("error.shown", minute, subject=f"order:{minute}") for minute in range(6)))
    owner.advance(at(10))
    standing = {alert.subject: (alert.status, alert.reason) for alert in owner.standing()}
    expired = (Status.EXPIRED, "too many others since")
    assert standing == {f"order:{n}": expired if n < 2 else (Status.FIRING, "") for n in range(6)}


def test_ended_episodes_do_not_pile_up_behind_the_horizon() -> None:
    """The floor jumps over a customer who falls in and out of trouble all day."""
    owner = harness()
    for number in range(100):
        owner.feed(touchpoint("error.shown", number / 10, subject="order:1", identity=f"e{number}"))
        owner.feed(touchpoint("page.viewed", number / 10 + 0.05, subject="order:1", identity=f"p{number}"))
        assert len(journey(owner.partition).state.episodes) <= 2 * LIMITS.episodes + 1
    assert Counter(alert.status for alert in owner.alerts) == {Status.FIRING: 100, Status.RECOVERED: 100}
    assert len({alert.alert_id for alert in owner.alerts}) == 100


def test_patterns_and_their_timers_stay_bounded() -> None:
    """A thousand conversations without an answer leave the newest few."""
    owner = harness()
    for number in range(1_000):
        owner.feed(touchpoint("message.received", number, subject=f"conversation:{number}"))
    state = journey(owner.partition).state
    assert len(state.slots) <= LIMITS.slots + LIMITS.tail_entries
    assert len(state.timers) <= 2 * LIMITS.slots + LIMITS.tail_entries
    owner.advance(at(40 * 24 * 60))
    assert {alert.rule for alert in owner.standing()} == {"unanswered"}
    assert "conversation:999" in {alert.subject for alert in owner.standing()}


def test_the_time_of_grace_of_a_forgotten_promise_is_forgotten() -> None:
    """A thousand broken promises leave the newest few, and the timers of no others."""
    owner = harness()
    for number in range(1_000):
        owner.feed(
            touchpoint("order.completed", number, subject=f"order:{number}", promised_at=rfc3339(number + 0.5)),
        )
    state = journey(owner.partition).state
    assert len(state.promises) == LIMITS.promises
    assert len(state.timers) <= LIMITS.slots + 2 * LIMITS.promises + LIMITS.tail_entries


def test_an_episode_of_a_forgotten_subject_gets_an_id_of_its_own() -> None:
    """What was said of its first episode is forgotten by then; under the old id consumers would drop the new one."""
    owner = harness()
    days = 24 * 60
    for number in range(30):
        subject = "order:first" if number in {0, 29} else f"order:{number}"
        for kind in ("error.shown", "page.viewed", *["survey.answered"] * 8):
            owner.feed(touchpoint(kind, owner_minute := number * days + len(owner.alerts), subject=subject))
            owner.advance(at(owner_minute + 1))
    assert len(journey(owner.partition).state.memory) <= LIMITS.ledger + 2
    first = [alert for alert in owner.alerts if alert.subject == "order:first"]
    assert [(alert.revision, alert.status) for alert in first] == [
        (1, Status.FIRING), (2, Status.RECOVERED), (1, Status.FIRING), (2, Status.RECOVERED),
    ]  # fmt: skip
    assert len({alert.alert_id for alert in first}) == 2


def test_a_retracted_alert_that_was_forgotten_never_repeats_a_revision() -> None:
    """The same id may come back; its revision goes on, since consumers drop what they have seen."""
    owner = harness(Limits(lateness_ms=600 * MINUTE_MS, compact_entries=4, ledger=2))
    rounds = 40
    for number in range(rounds):  # each first error turns out to have been a page view
        owner.feed(touchpoint("error.shown", number, subject=f"order:{number}", identity=f"{number}"))
        owner.feed(touchpoint("page.viewed", number - 0.5, subject=f"order:{number}", identity=f"{number}"))
    assert Counter(alert.status for alert in owner.alerts) == {Status.FIRING: rounds, Status.RETRACTED: rounds}
    owner.advance(at(2_000))
    owner.feed(*(touchpoint("survey.answered", 1_900 + minute) for minute in range(5)))
    owner.feed(*(touchpoint("error.shown", 1_910, subject=f"order:{number}") for number in range(rounds)))
    seen = Counter((alert.alert_id, alert.revision) for alert in owner.alerts)
    assert max(seen.values()) == 1
    assert {alert.subject for alert in owner.standing() if not alert.ended_at} <= {f"order:{n}" for n in range(rounds)}


def test_the_record_of_a_hostile_customer_can_be_written() -> None:
    """The default bounds, every rule at work, a new subject each time: below the two MiB that the changelog takes."""
    owner = harness(Limits())
    kinds = ("error.shown", "message.received", "order.completed", "payment.failed", "page.viewed", "shipment.delayed")
    largest = 0
    for number in range(1_000):
        subject = f"{number:0>250}"
        owner.feed(
            touchpoint(
                kinds[number % 6],
                number,
                subject=subject,
                identity=subject,
                promised_at=rfc3339(number + 30),
                x="x" * 500,
            )
        )
        if number % 50 == 0:
            owner.advance(at(number))
            largest = max(largest, len(owner.partition.value(b"c1") or b""))
    assert largest < 2 << 20
