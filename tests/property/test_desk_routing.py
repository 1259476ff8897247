"""Who is told of a case: nothing is lost, nobody is told more often than the pace says, and steps only come."""

import re
from itertools import pairwise
from typing import Any, Final

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from streams.desk.cases.case import Status
from streams.desk.routing import grouping
from streams.desk.routing.decision import decide
from streams.desk.routing.digest import DigestPolicy, next_at
from streams.desk.routing.escalation import Course, Due, Escalation, Step, escalate, schedule
from streams.desk.routing.facts import AlertFact, Facts, Standing
from streams.desk.routing.grouping import GroupState, Join, Leave, Notice, Pace, Telling
from streams.desk.routing.labels import Labels, Matcher, Operator
from streams.desk.routing.oncall import Shift, on_call, rota
from streams.desk.routing.pattern import Pattern, PatternError
from streams.desk.routing.policy import Policy
from streams.desk.routing.quiet import DAY_MS, QuietPolicy
from streams.desk.routing.rank import Budget, Wanting, share
from streams.desk.routing.reasons import Kind, Reason
from streams.desk.routing.receivers import Receiver
from streams.desk.routing.silences import Inhibition, Silence, inhibited_by, sources
from streams.desk.routing.tree import Route
from streams.rules.model import RANK
from streams.touchpoints.calendar import Calendar, expand

NOW: Final = 20_600 * DAY_MS
HOUR_MS: Final = 3_600_000
YEAR_MS: Final = 366 * DAY_MS


def hours(name: str, *ranges: tuple[int, int]) -> Calendar:
    """Return a calendar with these hours on every day, in UTC."""
    spans = tuple((first * HOUR_MS, last * HOUR_MS) for first, last in ranges)
    return expand(name, (spans,) * 7, ((NOW - YEAR_MS, NOW + YEAR_MS, 0),), ())


CALENDARS: Final = {
    "office": hours("office", (9, 18)),
    "night": hours("night", (0, 7), (22, 24)),
    "noon": hours("noon", (12, 13)),
}
RULES, STORES, TEAMS = ("a", "b", "c"), ("x", "y"), ("support", "stores")
MATCHERS: Final = st.one_of(
    st.builds(Matcher, st.just("rule"), st.sampled_from(Operator), st.sampled_from(RULES)),
    st.builds(Matcher, st.just("store"), st.sampled_from(Operator), st.sampled_from(STORES)),
    st.builds(Matcher, st.just("severity"), st.sampled_from(Operator), st.sampled_from([*RANK])),
)
SOME: Final = st.lists(MATCHERS, max_size=2).map(tuple)
LABELS: Final = st.fixed_dictionaries(
    {
        "rule": st.lists(st.sampled_from(RULES), min_size=1, unique=True).map(tuple),
        "store": st.lists(st.sampled_from(STORES), max_size=1).map(tuple),
        "severity": st.sampled_from([*RANK]).map(lambda one: (one,)),
    }
)
ALERTS: Final = st.builds(
    AlertFact,
    status=st.sampled_from(["firing", "firing", "watching", "recovered", "retracted"]),
    severity=st.sampled_from([*RANK]),
    mode=st.sampled_from(["live", "live", "shadow", "positive"]),
    started_at=st.integers(NOW - 3 * DAY_MS, NOW),
    detected_at=st.integers(NOW - DAY_MS, NOW),
)
COURSES: Final = st.builds(
    Course, began_at=st.just(NOW - DAY_MS), paged_at=st.sampled_from([0, NOW - HOUR_MS, NOW]), done=st.integers(0, 2)
)
FACTS: Final = st.builds(
    Facts,
    case_id=st.sampled_from(["k1", "k2"]),
    labels=LABELS,
    status=st.sampled_from(Status),
    alerts=st.lists(ALERTS, max_size=3).map(tuple),
    team=st.sampled_from(TEAMS),
    snoozed_until=st.sampled_from([0, NOW - 1, NOW + HOUR_MS]),
    course=COURSES,
    has_attention=st.booleans(),
)
SILENCES: Final = st.builds(
    Silence,
    id=st.just("s"),
    matchers=SOME,
    starts_at=st.integers(NOW - DAY_MS, NOW + DAY_MS),
    ends_at=st.integers(NOW - DAY_MS, NOW + 3 * DAY_MS),
    author=st.just("ana"),
    comment=st.just("x"),
)


def routes(depth: int, active: tuple[tuple[str, ...], ...]) -> st.SearchStrategy[Route]:
    """Return trees of routes."""
    children = st.lists(routes(depth - 1, active), max_size=2).map(tuple) if depth else st.just(())
    return st.builds(
        Route,
        name=st.sampled_from(["p", "q", "r"]),
        receiver=st.sampled_from(["chat", "phone", "team"]),
        matchers=SOME,
        active=st.sampled_from(active),
        mute=st.sampled_from([(), ("night",), ("noon",)]),
        escalation=st.sampled_from(["", "standard"]),
        goes_on=st.booleans(),
        routes=children,
    )


def policies(*active: tuple[str, ...]) -> st.SearchStrategy[Policy]:
    """Return policies whose routes speak by these calendars, which are left out: their text is long."""
    return st.builds(
        Policy,
        route=routes(2, active),
        receivers=st.just({name: Receiver(name=name, channels=()) for name in ("chat", "phone")}),
        escalations=st.just({"standard": Escalation(name="standard", steps=(Step(HOUR_MS, ("phone",)),), repeat=2)}),
        silences=st.lists(SILENCES, max_size=2).map(tuple),
    )


def with_calendars(policy: Policy, **changes: Any) -> Policy:
    """Return the policy with its calendars, and with high ones told in office hours."""
    quiet = QuietPolicy(working_hours=CALENDARS["office"])
    return msgspec.structs.replace(policy, calendars=CALENDARS, quiet=quiet, **changes)


INHIBITIONS: Final = st.lists(st.tuples(SOME, SOME, st.sampled_from([(), ("store",)])), max_size=4).map(
    lambda found: tuple(Inhibition(str(number), *each) for number, each in enumerate(found))
)
QUIET_FOR_A_TIME: Final = {Reason.SNOOZED, Reason.SILENCED, Reason.INHIBITED}


@settings(max_examples=300)
@given(FACTS, policies((), ("office",), ("night",), ("office", "noon")), INHIBITIONS, st.lists(LABELS, max_size=3))
def test_no_case_is_lost(
    facts: Facts, policy: Policy, inhibitions: tuple[Inhibition, ...], others: list[Labels]
) -> None:
    """A live case with trouble is told, in the queue, in the digest, or quiet until a time that comes."""
    policy = with_calendars(policy, inhibitions=inhibitions)
    live = [(facts.case_id, facts.labels), *((f"other-{number}", each) for number, each in enumerate(others))]
    found = decide(facts, policy, Standing(sources=sources(inhibitions, live)), NOW)
    if facts.status is Status.RESOLVED or not any(each.is_trouble for each in facts.alerts):
        assert found.kind is not Kind.PAGE
        return
    if found.kind is Kind.NOTHING:
        assert found.reason in QUIET_FOR_A_TIME
        assert found.due_at > NOW
    assert (found.kind is Kind.PAGE) is bool(found.receivers)
    assert all(way.held_until > NOW for way in found.ways if way.reason in {Reason.MUTED, Reason.OUTSIDE_HOURS})


@settings(max_examples=200)
@given(FACTS, policies((), ("office",), ("office", "noon")))
def test_what_waits_is_told_in_the_end(facts: Facts, policy: Policy) -> None:
    """Whoever asks again whenever it is due comes to a page of what is fresh, bad and unseen."""
    assume(policy.route.receiver != "team")  # as in every file
    fresh = AlertFact(status="firing", severity="high", started_at=NOW, detected_at=NOW)
    facts = msgspec.structs.replace(
        facts, status=Status.OPEN, has_attention=True, course=Course(), alerts=(*facts.alerts, fresh)
    )
    policy, now = with_calendars(policy), NOW
    for _ in range(20):
        found = decide(facts, policy, Standing(), now)
        if found.kind is Kind.PAGE:
            break
        assert found.due_at > now
        now = found.due_at
    assert found.kind is Kind.PAGE
    assert now <= NOW + 5 * DAY_MS


@settings(max_examples=300)
@given(INHIBITIONS, st.lists(LABELS, min_size=1, max_size=8))
def test_behind_every_quiet_case_another_one_is_told(inhibitions: tuple[Inhibition, ...], cases: list[Labels]) -> None:
    """However inhibitions are written, following them from case to case ends at one that is not quiet."""
    live = {f"k{number}": labels for number, labels in enumerate(cases)}
    standing = sources(inhibitions, live.items())
    for case_id in live:
        at, steps = case_id, 0
        while (found := inhibited_by(inhibitions, standing, at, live[at])) is not None:
            at, steps = found[1], steps + 1
            assert steps <= len(inhibitions)


EVENTS: Final = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.one_of(
            st.builds(Join, st.sampled_from("abcde"), st.sampled_from([*RANK]), is_seen=st.booleans()),
            st.builds(Leave, st.sampled_from("abcde")),
            st.none(),
        ),
    ),
    max_size=30,
)
PACES: Final = st.builds(Pace, st.integers(0, 100), st.integers(1, 300), st.sampled_from([0, 50, 1_000]))


def play(events: list[tuple[int, Any]], pace: Pace) -> tuple[list[tuple[int, Notice]], GroupState, dict[str, str]]:
    """Return the notices with their times, the last state, and what stands, each event so long after the one before."""
    state, due, now, told, stands = GroupState(), 0, 1_000, list[tuple[int, Notice]](), dict[str, str]()
    for gap, event in [*events, (100_000, None)]:
        now += gap
        while due and due <= now:
            at = due
            moved = grouping.step(state, None, at, pace)
            state, due = moved.state, moved.due_at
            told += [(at, moved.notice)] if moved.notice else []
        moved = grouping.step(state, event, now, pace)
        state, due = moved.state, moved.due_at
        told += [(now, moved.notice)] if moved.notice else []
        if isinstance(event, Join) and not event.is_seen:
            stands[event.case_id] = event.severity
        elif event is not None:
            stands.pop(event.case_id, None)
    return told, state, stands


@settings(max_examples=300)
@given(EVENTS, PACES)
def test_a_group_keeps_its_pace_and_tells_its_last_state(events: list[tuple[int, Any]], pace: Pace) -> None:
    """At most one notice an interval within a run; when all is quiet, what stands and nobody has seen was told."""
    told, state, stands = play(events, pace)
    for (before, first), (after, second) in pairwise(told):
        if first.run == second.run:
            assert after - before >= pace.interval_ms
            assert second.number == first.number + 1
    assert {case: said[0] for case, said in state.cases.items() if case not in state.seen} == stands
    assert not state.is_news
    if state.cases:
        assert told[-1][1].standing == len(state.cases)
        assert (told[-1][1].telling is Telling.SEEN) is (not stands)
    elif told:
        assert told[-1][1].standing == 0


@settings(max_examples=200)
@given(EVENTS, PACES)
def test_what_came_and_went_adds_up(events: list[tuple[int, Any]], pace: Pace) -> None:
    """In each run, from notice to notice."""
    standing, run = 0, 0
    for _, notice in play(events, pace)[0]:
        if notice.run != run:
            standing, run = 0, notice.run
        standing += notice.came - notice.went
        assert standing == notice.standing


ESCALATIONS: Final = st.builds(
    Escalation,
    name=st.just("e"),
    steps=st.lists(st.builds(Step, st.integers(1, 30 * HOUR_MS), st.just(("a",))), min_size=1, max_size=4).map(tuple),
    repeat=st.integers(0, 5),
)


@settings(max_examples=200)
@given(ESCALATIONS, st.booleans(), st.lists(st.integers(0, 20 * DAY_MS), max_size=8))
def test_escalation_only_goes_on(policy: Escalation, in_hours: bool, ticks: list[int]) -> None:
    """Whenever it is asked, each step is due once, in order, not before its time, and none is left out."""
    policy = msgspec.structs.replace(policy, calendar=CALENDARS["office"] if in_hours else None)
    plan, course, taken = schedule(policy, NOW), Course(began_at=NOW, paged_at=NOW), list[Due]()
    assert all(before.at <= after.at for before, after in pairwise(plan))
    for now in sorted(NOW + tick for tick in ticks):
        found = escalate(policy, course, now, is_seen=False)
        assert found.course.done == course.done + len(found.due)
        assert found.next_at == 0 or found.next_at > now
        course, taken = found.course, [*taken, *found.due]
        assert taken == [each for each in plan if each.at <= now]
        assert escalate(policy, course, now, is_seen=True).due == ()


@settings(max_examples=200)
@given(
    st.lists(
        st.builds(Wanting, st.uuids().map(str), st.sampled_from(TEAMS), st.floats(0, 100), st.booleans()), max_size=20
    ),
    st.dictionaries(
        st.sampled_from(TEAMS),
        st.builds(Budget, pages_per_hour=st.none() | st.integers(1, 5), open_cases=st.none() | st.integers(1, 5)),
    ),
    st.dictionaries(st.sampled_from(TEAMS), st.integers(0, 6)),
)
def test_attention_is_shared_out_by_rank(
    wanting: list[Wanting], budgets: dict[str, Budget], pages: dict[str, int]
) -> None:
    """Everybody is on one of the two lists; nobody below comes before somebody above of the same team."""
    found = share(budgets, wanting, pages)
    assert sorted([*found.attention, *found.overflow]) == sorted(each.case_id for each in wanting)
    chosen = [each for each in wanting if each.case_id in set(found.attention)]
    for each in wanting:
        if each.case_id in set(found.overflow):
            assert not each.has
            assert all(other.has or other.rank >= each.rank for other in chosen if other.team == each.team)
    for team, budget in budgets.items():
        new = sum(each.team == team and not each.has for each in chosen)
        assert budget.pages_per_hour is None or new <= max(0, budget.pages_per_hour - pages.get(team, 0))
        held = sum(each.team == team for each in chosen)
        assert budget.open_cases is None or new == 0 or held <= budget.open_cases


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 50), st.integers(0, 50)), max_size=8), st.integers(0, 60)
)
def test_a_rota_says_who_has_a_shift(spans: list[tuple[str, int, int]], at: int) -> None:
    """The same as looking through all shifts; never nobody, and the answer holds until the time that it says."""
    found = rota("r", [Shift(*span) for span in spans], fallback="chat", read_until=55)
    asked = on_call(found, at)
    here = tuple(sorted({name for name, start, end in spans if start <= at < end})) if at < 55 else ()
    assert asked.receivers == (here or ("chat",))
    if asked.until:
        assert on_call(found, asked.until - 1).receivers == asked.receivers


@settings(max_examples=100)
@given(st.integers(0, DAY_MS - 1), st.lists(st.tuples(st.integers(1, 400), st.integers(-12, 14)), max_size=5))
def test_a_digest_comes_every_day(at_ms: int, changes: list[tuple[int, int]]) -> None:
    """Each is later than the one before and at most two days, whatever the clock is put to."""
    offsets = [(0, HOUR_MS), *sorted((NOW + day * DAY_MS, ahead * HOUR_MS) for day, ahead in changes)]
    policy = DigestPolicy(at_ms=at_ms, offsets=tuple(offsets))
    now = NOW
    for _ in range(20):
        later = next_at(policy, now)
        assert now < later <= now + 2 * DAY_MS
        now = later


PIECES: Final = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "(", ")", "|", "*", "+", "?", r"\d", "(?:", "1", "-"])


@settings(max_examples=500)
@given(st.lists(PIECES, max_size=10).map("".join), st.lists(st.text("ab1-", max_size=6), min_size=1, max_size=5))
def test_a_pattern_means_what_it_means_in_python(text: str, samples: list[str]) -> None:
    """Whatever is accepted here is accepted there, and fits the same texts."""
    try:
        pattern = Pattern(text)
    except PatternError:
        return
    expected = re.compile(text, re.DOTALL)
    for sample in samples:
        assert pattern.matches(sample) is (expected.fullmatch(sample) is not None)
