"""`sequence` and `absence`: steps in order, each in time, and silence where something should have come."""

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.journeys.folded import State
from streams.rules.model import Absence, By, Predicate, Rule, Selector, Sequence, Step
from streams.rules.operators.sequence import SequenceLeaf
from streams.testing.journeys import MINUTE_MS, SHOP, Harness, at, partition, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint

STARTED, FAILED, ORDERED = (Selector((name,)) for name in ("checkout.started", "payment.failed", "order.completed"))
NAMES: Final = {"s": "checkout.started", "f": "payment.failed", "o": "order.completed", "p": "page.viewed"}


def starts(checked: Rule, story: str | list[Touchpoint], until: float = 10_000) -> list[float]:
    """Return the minutes at which episodes of at most a moment start; `story` is like `s0 f3 o5`."""
    history = (
        [touchpoint(NAMES[word[0]], float(word[1:])) for word in story.split()] if isinstance(story, str) else story
    )
    owner = Harness(partition([checked]))
    owner.feed(*history)
    owner.advance(at(until))
    return [(alert.started_at - at(0)) / MINUTE_MS for alert in owner.standing() if alert.rule == checked.id]


def quick(*steps: Step) -> Rule:
    """Return a rule over a sequence whose episodes end at once."""
    return rule("r", Sequence(steps), expires_ms=1)


def test_steps_pass_in_order_and_in_time() -> None:
    """The last minute counts; what comes in between does not matter."""
    two = quick(Step(STARTED), Step(FAILED, 10 * MINUTE_MS))
    assert starts(two, "s0 p1 o2 f10") == [10]
    assert starts(two, "s0 f11") == []
    assert starts(two, "f0 s1") == []


def test_a_step_without_a_time_may_come_whenever() -> None:
    """A year later is later."""
    assert starts(quick(Step(STARTED), Step(FAILED)), "s0 f9999") == [9999]


def test_a_newer_first_step_replaces_the_older() -> None:
    """What would complete the old match completes the new one too."""
    assert starts(quick(Step(STARTED), Step(FAILED, 10 * MINUTE_MS)), "s0 s8 f15") == [15]


def test_a_first_step_that_comes_too_late_as_a_second_begins_anew() -> None:
    """One touchpoint may break a match and start the next."""
    twice = quick(Step(STARTED), Step(STARTED, 10 * MINUTE_MS))
    assert starts(twice, "s0 s11 s20") == [20]


def test_silence_passes_the_last_step_at_its_deadline() -> None:
    """Checkout, a failure, and no order within half an hour."""
    three = quick(Step(STARTED), Step(FAILED, 30 * MINUTE_MS), Step(ORDERED, 30 * MINUTE_MS, absent=True))
    assert starts(three, "s0 f5 p20") == [35]
    assert starts(three, "s0 f5 o35") == []
    assert starts(three, "s0 f5 o36") == [35]


def test_silence_may_stand_between_two_steps() -> None:
    """No order for ten minutes, then another failure."""
    three = quick(Step(STARTED), Step(ORDERED, 10 * MINUTE_MS, absent=True), Step(FAILED, 10 * MINUTE_MS))
    assert starts(three, "s0 f9 f20") == [20]
    assert starts(three, "s0 o5 f15") == []
    assert starts(three, "s0 f21") == []


def test_while_it_waits_for_silence_the_earliest_start_stands() -> None:
    """Who asks again does not wait longer."""
    unanswered = rule("r", Absence(STARTED, ORDERED, 10 * MINUTE_MS), expires_ms=1)
    assert starts(unanswered, "s0 s5 s9") == [10]
    assert starts(unanswered, "s0 s5 s11") == [10, 21]


def test_predicates_of_each_step_are_its_own() -> None:
    """Only the failure at one provider counts, only a paid order answers."""
    paid = Selector(("order.completed",), (Predicate("paid", "equals", value=True),))
    checked = rule("r", Absence(STARTED, paid, 10 * MINUTE_MS), expires_ms=1)
    unpaid = [touchpoint("checkout.started", 0), touchpoint("order.completed", 1, paid=False)]
    assert starts(checked, unpaid) == [10]
    assert starts(checked, [*unpaid, touchpoint("order.completed", 2, paid=True)]) == []


def test_subjects_are_followed_apart() -> None:
    """Two conversations at once, one of them answered."""
    checked = rule("r", Absence(STARTED, ORDERED, 10 * MINUTE_MS), by=By.SUBJECT, expires_ms=1)
    story = [touchpoint("checkout.started", minute, subject=f"cart:{minute}") for minute in (0, 1)]
    assert starts(checked, [*story, touchpoint("order.completed", 5, subject="cart:0")]) == [11]


def test_the_evidence_names_the_touchpoints_of_the_match() -> None:
    """Oldest first; silence has none."""
    owner = Harness(
        partition([quick(Step(STARTED), Step(FAILED, 10 * MINUTE_MS), Step(ORDERED, MINUTE_MS, absent=True))])
    )
    owner.feed(touchpoint("checkout.started", 0), touchpoint("page.viewed", 1), touchpoint("payment.failed", 2))
    owner.advance(at(5))
    (evidence,) = owner.standing()[0].evidence
    assert evidence.touchpoints == ("checkout.started@0", "payment.failed@2")
    assert evidence.clause == "checkout.started, then payment.failed within 10m, then no order.completed within 1m"


def test_a_first_step_takes_the_most_recent_of_its_times() -> None:
    """Three failures lie within ten minutes, or those that came too early fall out."""
    thrice = quick(Step(FAILED, 10 * MINUTE_MS, times=3), Step(ORDERED, 60 * MINUTE_MS))
    assert starts(thrice, "f0 f4 f10 o11") == [11]
    assert starts(thrice, "f0 f4 f11 o12") == []
    assert starts(thrice, "f0 f4 f11 f13 o14") == [14]
    assert starts(thrice, "f0 f1 o2") == []


def test_a_newer_first_step_of_several_times_replaces_the_older() -> None:
    """The time of the second step counts from the last failure of the newest three; one alone replaces nothing."""
    thrice = quick(Step(FAILED, 10 * MINUTE_MS, times=3), Step(ORDERED, 20 * MINUTE_MS))
    assert starts(thrice, "f0 f1 f2 f9 o29") == [29]
    assert starts(thrice, "f0 f1 f2 f19 o22") == [22]
    assert starts(thrice, "f0 f1 f2 f19 o23") == []


def test_what_came_too_late_for_the_second_step_may_still_be_part_of_a_first() -> None:
    """Two of the three failures have come when the order is too late."""
    thrice = quick(Step(FAILED, 10 * MINUTE_MS, times=3), Step(ORDERED, 5 * MINUTE_MS))
    assert starts(thrice, "f0 f1 f2 f15 f16 o17 f18 o19") == [19]


def test_a_later_step_takes_all_its_times_from_the_step_before() -> None:
    """Both failures come within ten minutes of the checkout."""
    twice = quick(Step(STARTED), Step(FAILED, 10 * MINUTE_MS, times=2))
    assert starts(twice, "s0 f1 f10") == [10]
    assert starts(twice, "s0 f1 f11") == []
    assert starts(twice, "s0 f1 s5 f11 f12") == []
    assert starts(twice, "s0 s5 f11 f12") == [12]


def test_silence_after_several_times() -> None:
    """Counts from the last of them, and what breaks it breaks everything."""
    checked = quick(Step(FAILED, 10 * MINUTE_MS, times=2), Step(ORDERED, 30 * MINUTE_MS, absent=True))
    assert starts(checked, "f0 f5 f9") == [35]
    assert starts(checked, "f0 f5 o20 f21") == []


def test_the_evidence_of_several_times_names_all_of_them() -> None:
    """The replaced ones are left out."""
    owner = Harness(partition([quick(Step(FAILED, 10 * MINUTE_MS, times=2), Step(ORDERED, MINUTE_MS, times=2))]))
    owner.feed(*(touchpoint(NAMES["f"], minute) for minute in (0, 1, 2)), touchpoint(NAMES["o"], 2.5))
    owner.feed(touchpoint(NAMES["o"], 3))
    (evidence,) = owner.standing()[0].evidence
    assert evidence.touchpoints == (
        "payment.failed@1",
        "payment.failed@2",
        "order.completed@2.5",
        "order.completed@3",
    )
    assert evidence.clause == "payment.failed 2 times within 10m, then order.completed 2 times within 1m"


def test_the_memory_of_a_sequence_without_times_is_as_it_was() -> None:
    """Journeys that were written before go on; the first step of several times keeps the recent ones beside."""
    once, often = State(), State()
    for state, times in ((once, 1), (often, 2)):
        steps = (Step(FAILED, 10, times=times), Step(STARTED, 10, times=2), Step(ORDERED))
        leaf = SequenceLeaf("r@1#0", "r", "clause", steps, SHOP.kinds)
        for time, name in ((1, "f"), (2, "f"), (3, "s")):
            leaf.see(state, Touchpoint(f"t{time}", "//test", NAMES[name], time, "c1"), {}, "")
    assert once.slots == {"r@1#0\x1f": [1, 2, "t2", "t3"]}
    assert often.slots == {"r@1#0\x1f": [1, 2, [1, "t1", 2, "t2"], "t1", "t2", "t3"]}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from("sop")), max_size=25), st.integers(1, 15))
def test_absence_against_a_look_by_hand(story: list[tuple[int, str]], within: int) -> None:
    """The earliest open question is answered within its time, or it fires then."""
    history = [touchpoint(NAMES[what], minute, identity=f"{n:02}") for n, (minute, what) in enumerate(story)]
    expected, asked = [], None
    for one in sorted(history, key=lambda one: (one.time, one.id)):
        minute = (one.time - at(0)) / MINUTE_MS
        if asked is not None and asked + within < minute:
            expected.append(asked + within)
            asked = None
        if one.type == NAMES["s"] and asked is None:
            asked = minute
        elif one.type == NAMES["o"]:
            asked = None
    expected += [asked + within] if asked is not None else []
    checked = rule("r", Absence(STARTED, ORDERED, within * MINUTE_MS), expires_ms=1)
    assert sorted(starts(checked, history)) == expected
