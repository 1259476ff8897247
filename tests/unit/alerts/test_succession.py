"""Rules change while journeys are under way: what stays, what goes on, what is closed and with what reason."""

from typing import Any, Final

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.partition import Partition
from streams.alerts.publish import REMOVED
from streams.journeys.limits import Limits
from streams.rules.compile import compile_rules
from streams.rules.model import Absence, Count, Mode, Rule, Seen, Selector
from streams.rules.regime import KEPT
from streams.testing.journeys import MINUTE_MS, SHOP, Harness, at, partition, rule, touchpoint

HOUR: Final = 60 * MINUTE_MS
FAILED, SHOWN = Selector(("payment.failed",)), Selector(("error.shown",))
ORDERED, ANSWERED = Selector(("order.completed",)), Selector(("message.sent",))
FAILING: Final = rule("failing", Count(FAILED, 2, HOUR), recovers_on=(ORDERED,))
ERRORS: Final = rule("errors", Count(SHOWN, 2, HOUR), recovers_on=(ORDERED,))
UNANSWERED: Final = rule("unanswered", Absence(Selector(("message.received",)), ANSWERED, 20 * MINUTE_MS))


def but(one: Rule, **changes: Any) -> Rule:
    """Return the rule with other fields."""
    return msgspec.structs.replace(one, **changes)


def owner(*rules: Rule, **limits: int) -> Harness:
    """Return the owner of a partition whose regimes are counted."""
    made = Harness(partition(rules, limits=Limits(**limits)))
    change(made, *rules)
    return made


def change(one: Harness, *rules: Rule, sweep: bool = True) -> list[Alert]:
    """Put these rules in force; return what that makes the partition say."""
    before = len(one.alerts)
    one.change(compile_rules(rules, SHOP, one.partition.limits))
    if sweep:
        assert one.sweep() == 0
    return one.alerts[before:]


def said(alerts: list[Alert]) -> list[tuple[str, int, int, str, str]]:
    """Return rule, version, revision, status and reason of each."""
    return [(a.rule, a.rule_version, a.revision, a.status.value, a.reason) for a in alerts]


def test_an_unchanged_rule_keeps_what_it_remembers() -> None:
    """One of the two failures came before the border, under a floor that has moved."""
    one = owner(FAILING, lateness_ms=MINUTE_MS, compact_entries=1)
    one.feed(touchpoint("payment.failed", 0), touchpoint("page.viewed", 10))
    one.advance(at(20))
    assert change(one, FAILING, ERRORS) == []
    one.feed(touchpoint("payment.failed", 30))
    assert said(one.alerts) == [("failing", 1, 1, "firing", "")]
    assert one.alerts[0].evidence[0].touchpoints == ("payment.failed@0", "payment.failed@30")


def test_a_new_rule_remembers_what_the_record_holds_and_speaks_of_what_comes() -> None:
    """Two errors before the border are no alert; one more is, with those two as evidence."""
    one = owner(FAILING)
    one.feed(touchpoint("error.shown", 0), touchpoint("error.shown", 1))
    one.advance(at(10))
    assert change(one, FAILING, but(ERRORS, when=Count(SHOWN, 3, HOUR))) == []
    one.feed(touchpoint("error.shown", 20))
    assert said(one.alerts) == [("errors", 1, 1, "firing", "")]
    assert len(one.alerts[0].evidence[0].touchpoints) == 3


def test_a_late_touchpoint_from_before_the_border_opens_nothing_under_a_new_rule() -> None:
    """It was not in force then; an unchanged rule still takes it."""
    one = owner(FAILING)
    one.feed(touchpoint("error.shown", 0), touchpoint("payment.failed", 0))
    one.advance(at(10))
    change(one, FAILING, ERRORS)
    one.feed(touchpoint("error.shown", 5), touchpoint("payment.failed", 5))
    assert said(one.alerts) == [("failing", 1, 1, "firing", "")]


def test_an_open_alert_of_a_changed_rule_goes_on_under_its_version() -> None:
    """The change says nothing; the new version's proof ends it, and later trouble is the new version's."""
    one = owner(FAILING)
    one.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1))
    one.advance(at(10))
    assert change(one, but(FAILING, version=2, when=Count(FAILED, 3, HOUR), recovers_on=(ANSWERED,))) == []
    one.feed(touchpoint("order.completed", 20), touchpoint("payment.failed", 21), touchpoint("payment.failed", 22))
    assert len(one.alerts) == 1
    one.feed(touchpoint("message.sent", 30), *(touchpoint("payment.failed", minute) for minute in (40, 41, 42)))
    assert said(one.alerts) == [
        ("failing", 1, 1, "firing", ""),
        ("failing", 1, 2, "recovered", "message.sent message.sent@30"),
        ("failing", 2, 1, "firing", ""),
    ]
    assert one.alerts[0].alert_id == one.alerts[1].alert_id != one.alerts[2].alert_id


def test_an_open_alert_survives_late_touchpoints_after_the_change() -> None:
    """The tail is folded again without what had opened it, and it still stands."""
    one = owner(FAILING)
    one.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1))
    one.advance(at(10))
    change(one, but(FAILING, when=Count(FAILED, 3, HOUR), recovers_quiet_ms=2 * HOUR))
    one.feed(touchpoint("payment.failed", 5), touchpoint("page.viewed", 2))
    one.restart(at(20))
    assert said(one.alerts) == [("failing", 1, 1, "firing", "")]
    one.advance(at(5 + 119))
    assert len(one.alerts) == 1
    one.advance(at(5 + 120))
    assert said(one.alerts[1:]) == [("failing", 1, 2, "recovered", "quiet for 2h")]


def test_the_new_versions_deadlines_lead_an_open_alert_to_its_end() -> None:
    """They count from when it was opened, also where that makes them due at once."""
    one = owner(FAILING)
    one.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1))
    one.advance(at(100))
    assert said(change(one, but(FAILING, version=2, lost_after_ms=HOUR))) == [
        ("failing", 1, 2, "lost", "no recovery for 1h")
    ]


def test_a_watched_alert_fires_where_the_new_version_does_not_wait() -> None:
    """And one that fires is not watched again."""
    one = owner(but(FAILING, settle_ms=HOUR))
    one.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1))
    assert said(one.alerts) == [("failing", 1, 1, "watching", "")]
    one.advance(at(2))
    assert said(change(one, FAILING)) == [("failing", 1, 2, "firing", "")]
    assert change(one, but(FAILING, settle_ms=HOUR)) == []


def test_an_open_alert_of_a_removed_rule_is_closed_with_a_reason_of_its_own() -> None:
    """In the words of the rule as it was; one that had ended stays as it is."""
    one = owner(FAILING, but(ERRORS, mode=Mode.SHADOW))
    one.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1), touchpoint("order.completed", 2))
    one.feed(touchpoint("error.shown", 3), touchpoint("error.shown", 4))
    one.advance(at(10))
    [closed] = change(one)
    assert said([closed]) == [("errors", 1, 2, "retracted", REMOVED)]
    assert (closed.title, closed.mode, closed.moment) == (ERRORS.title, "shadow", "SMOT")
    one.feed(touchpoint("page.viewed", 1))  # late: the tail is folded again
    assert len(one.alerts) == 4


def test_a_rule_that_comes_back_counts_on() -> None:
    """Its next alert is another one, with an id of its own."""
    one = owner(FAILING)
    one.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1))
    one.advance(at(10))
    change(one)
    change(one, FAILING)
    one.feed(touchpoint("payment.failed", 20))
    assert said(one.alerts) == [
        ("failing", 1, 1, "firing", ""),
        ("failing", 1, 2, "retracted", REMOVED),
        ("failing", 1, 1, "firing", ""),
    ]
    assert one.alerts[2].alert_id != one.alerts[0].alert_id


def test_an_id_that_was_taken_back_goes_on_with_its_revisions() -> None:
    """Consumers drop a revision that they have seen, whichever version of the rule it is from."""
    one = owner(but(FAILING, unless=Seen(ORDERED, HOUR)))
    one.feed(touchpoint("payment.failed", 1), touchpoint("payment.failed", 2))
    one.feed(touchpoint("order.completed", 0))
    one.advance(at(10))
    change(one)
    change(one, FAILING)
    one.feed(touchpoint("payment.failed", 20))
    assert [(a.revision, a.status.value) for a in one.alerts] == [(1, "firing"), (2, "retracted"), (3, "firing")]
    assert len({a.alert_id for a in one.alerts}) == 1


def test_what_was_due_at_the_border_falls_due_under_the_old_rules() -> None:
    """And what a new rule waits for in silence is found without another touchpoint."""
    one = owner(UNANSWERED)
    one.feed(touchpoint("message.received", 0), touchpoint("message.received", 25, customer="c2"))
    one.advance(at(30))
    assert said(one.alerts) == [("unanswered", 1, 1, "firing", "")]
    change(one, but(UNANSWERED, id="nobody-answers", version=3))
    one.advance(at(60))
    assert [(a.rule, a.customer, a.status) for a in one.alerts[1:]] == [
        ("unanswered", "c1", Status.RETRACTED),
        ("nobody-answers", "c2", Status.FIRING),
    ]


def test_promotion_is_a_change_of_words() -> None:
    """Nothing is forgotten and nothing is said; the next revision of what is open is live."""
    shadow = but(FAILING, mode=Mode.SHADOW)
    one = owner(shadow)
    one.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1))
    number = one.regimes[-1].number
    assert change(one, FAILING) == []
    assert one.regimes[-1].number == number
    one.feed(touchpoint("order.completed", 2), touchpoint("payment.failed", 3), touchpoint("payment.failed", 4))
    assert [(a.status.value, a.mode) for a in one.alerts] == [
        ("firing", "shadow"),
        ("recovered", "live"),
        ("firing", "live"),
    ]


def test_a_rule_in_shadow_hides_no_live_one() -> None:
    """Or trying a rule out would cost pages; its promotion changes the rule that it hides from then on."""
    hidden = but(ERRORS, when=Seen(SHOWN), hidden_by=("failing",))
    one = owner(but(FAILING, mode=Mode.SHADOW), hidden)
    one.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1), touchpoint("error.shown", 2))
    assert [(a.rule, a.mode) for a in one.alerts] == [("failing", "shadow"), ("errors", "live")]
    one.feed(touchpoint("order.completed", 3))
    change(one, FAILING, hidden)
    one.feed(*(touchpoint("payment.failed", minute) for minute in (70, 71)), touchpoint("error.shown", 72))
    assert [a.rule for a in one.alerts[4:]] == ["failing"]


def test_journeys_pass_over_when_they_are_used_or_swept() -> None:
    """A sweep keeps to its budget; whoever is used meanwhile has passed over already."""
    one = owner(FAILING)
    customers = [f"c{number}" for number in range(5)]
    one.feed(*(touchpoint("payment.failed", minute, customer=name) for name in customers for minute in (0, 1)))
    one.advance(at(5))
    assert change(one, ERRORS, sweep=False) == []
    one.feed(touchpoint("page.viewed", 6, customer="c3"))
    assert [(a.customer, a.reason) for a in one.alerts[5:]] == [("c3", REMOVED)]
    waiting = [one.sweep(2) for _ in range(3)]
    assert waiting == [3, 1, 0]
    assert sorted(a.customer for a in one.alerts[5:]) == customers


def test_a_restart_in_the_middle_of_a_sweep_goes_on_with_it() -> None:
    """The mark is in the record."""
    one = owner(FAILING)
    one.feed(*(touchpoint("payment.failed", minute, customer=f"c{name}") for name in range(4) for minute in (0, 1)))
    one.advance(at(5))
    change(one, ERRORS, sweep=False)
    one.sweep(1)
    one.restart(at(6))
    assert one.sweep() == 0
    assert len([a for a in one.alerts if a.reason == REMOVED]) == 4


def test_a_record_of_rules_that_nobody_remembers_does_no_harm() -> None:
    """Its windows begin anew; what is open goes on."""
    one = owner(FAILING)
    one.feed(touchpoint("payment.failed", 0), touchpoint("payment.failed", 1))
    record = one.partition.value(b"c1")
    for number in range(KEPT + 1):
        change(one, FAILING, but(ERRORS, version=number + 2), sweep=False)
    one.partition.restore([(b"c1", record)])
    one.feed(touchpoint("payment.failed", 2), touchpoint("order.completed", 3))
    assert said(one.alerts) == [
        ("failing", 1, 1, "firing", ""),
        ("failing", 1, 2, "recovered", "order.completed order.completed@3"),
    ]


def test_a_program_that_does_not_count_regimes_reads_every_record() -> None:
    """A tool, or the version before: the number is in bits that it does not look at."""
    one = owner(FAILING)
    change(one, FAILING, ERRORS)
    one.feed(touchpoint("payment.failed", 0))
    other = Partition(0, compile_rules([FAILING], SHOP))
    other.restore([(b"c1", one.partition.value(b"c1"))])
    other.start()
    view = other.journey(b"c1")
    assert view is not None
    assert view.state.count == 1


def test_a_change_leaves_no_trace_in_a_journey_that_it_does_not_concern() -> None:
    """Or each set of rules would make every record larger."""
    one, other = owner(FAILING), owner(FAILING)
    for each in (one, other):
        each.feed(touchpoint("page.viewed", 0), touchpoint("payment.failed", 1))
    change(one, FAILING, ERRORS)
    change(other, FAILING)
    assert len(one.partition.value(b"c1") or b"") == len(other.partition.value(b"c1") or b"")
    assert [each.regimes[-1].number for each in (one, other)] == [2, 1]
