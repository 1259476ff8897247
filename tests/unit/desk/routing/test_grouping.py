"""Many cases told as one."""

import msgspec

from streams.desk.routing.grouping import (
    MOST_CASES,
    SAMPLE,
    GroupState,
    Join,
    Leave,
    Moved,
    Notice,
    Pace,
    Telling,
    dedup_key,
    step,
)

SECOND, MINUTE = 1_000, 60_000
PACE = Pace(10 * SECOND, 5 * MINUTE, 60 * MINUTE)
Event = Join | Leave | None


def play(events: list[tuple[int, Event]], pace: Pace = PACE) -> tuple[list[tuple[int, Notice]], Moved]:
    """Return every notice with its time, when each event comes and every due time is kept."""
    moved, told = Moved(GroupState(), None, 0), list[tuple[int, Notice]]()
    for at, event in events:
        while moved.due_at and moved.due_at <= at:
            due = moved.due_at
            moved = step(moved.state, None, due, pace)
            told += [(due, moved.notice)] if moved.notice else []
        moved = step(moved.state, event, at, pace)
        told += [(at, moved.notice)] if moved.notice else []
    return told, moved


def test_a_storm_is_one_page_and_then_updates() -> None:
    """5,000 cases in a minute: one page after ten seconds, one update five minutes later, and nothing lost."""
    storm: list[tuple[int, Event]] = [(number * 12, Join(f"k{number}", "high")) for number in range(5_000)]
    told, moved = play([*storm, (6 * MINUTE, None)])
    assert [(at, each.telling, each.standing, each.came) for at, each in told] == [
        (10 * SECOND, Telling.FIRST, 834, 834),
        (10 * SECOND + 5 * MINUTE, Telling.UPDATE, 5_000, 4_166),
    ]
    assert len(told[0][1].cases) == SAMPLE
    assert moved.due_at == 10 * SECOND + 65 * MINUTE


def test_what_went_before_it_was_told_is_not_told() -> None:
    """Retracted within the wait: nobody hears of it; the next one is a run of its own."""
    told, moved = play([(0, Join("a", "high")), (5 * SECOND, Leave("a")), (MINUTE, None)])
    assert (told, moved.due_at, moved.state.is_idle) == ([], 0, True)
    told, moved = play([(0, Join("a", "high")), (1, Leave("a")), (MINUTE, Join("b", "low")), (2 * MINUTE, None)])
    assert [(at, each.run, each.cases) for at, each in told] == [(MINUTE + 10 * SECOND, 2, ("b",))]


def test_the_end_is_told_and_a_relapse_is_a_new_run() -> None:
    """What was told is told to be over, at the pace of changes."""
    told, moved = play(
        [(0, Join("a", "high")), (MINUTE, Leave("a")), (20 * MINUTE, Join("a", "high")), (21 * MINUTE, None)]
    )
    assert [(at, each.telling, each.run, each.number, each.went) for at, each in told] == [
        (10 * SECOND, Telling.FIRST, 1, 1, 0),
        (10 * SECOND + 5 * MINUTE, Telling.OVER, 1, 2, 1),
        (20 * MINUTE + 10 * SECOND, Telling.FIRST, 2, 1, 0),
    ]
    assert moved.state.run == 2


def test_one_that_comes_back_before_the_end_was_told_is_no_news() -> None:
    """The state is what it was when it was said."""
    told, _ = play([(0, Join("a", "high")), (MINUTE, Leave("a")), (2 * MINUTE, Join("a", "high")), (10 * MINUTE, None)])
    assert [each.telling for _, each in told] == [Telling.FIRST]


def test_what_stands_is_repeated_until_somebody_has_seen_it() -> None:
    """Then that is told, once."""
    told, moved = play(
        [
            (0, Join("a", "high")),
            (61 * MINUTE, None),
            (62 * MINUTE, Join("a", "high", is_seen=True)),
            (9 * 60 * MINUTE, None),
        ]
    )
    assert [(each.telling, each.seen) for _, each in told] == [
        (Telling.FIRST, 0),
        (Telling.REPEAT, 0),
        (Telling.SEEN, 1),
    ]
    assert moved.due_at == 0


def test_a_case_that_was_seen_first_is_not_told() -> None:
    """Neither in a group that nobody heard of, nor as news of one that was told."""
    assert play([(0, Join("a", "high")), (1, Join("a", "high", is_seen=True)), (MINUTE, None)])[0] == []
    told, _ = play([(0, Join("a", "high")), (MINUTE, Join("b", "high", is_seen=True)), (10 * MINUTE, None)])
    assert [each.telling for _, each in told] == [Telling.FIRST]


def test_a_muted_route_tells_what_stands_when_it_opens() -> None:
    """What came and went while it was closed is not told."""
    state = step(GroupState(), Join("a", "high"), 0, PACE, held_until=MINUTE).state
    state = step(state, Join("b", "low"), 1, PACE, held_until=MINUTE).state
    held = step(state, Leave("a"), 30 * SECOND, PACE, held_until=MINUTE)
    assert (held.notice, held.due_at) == (None, MINUTE)
    told = step(held.state, None, MINUTE, PACE).notice
    assert told is not None
    assert (told.cases, told.worst) == (("b",), "low")


def test_the_worst_and_the_new_come_first() -> None:
    """New ones before those that were told already, the most severe first."""
    told, _ = play(
        [
            (0, Join("old", "critical")),
            (MINUTE, Join("mild", "low")),
            (MINUTE, Join("bad", "high")),
            (10 * MINUTE, None),
        ]
    )
    assert told[-1][1].cases == ("bad", "mild", "old")
    assert told[-1][1].worst == "critical"


def test_that_some_were_seen_is_no_news() -> None:
    """Only that all were is told, and that one of them was not enough."""
    seen = [(20 * MINUTE, Join(name, "high", is_seen=True)) for name in "ab"]
    told, _ = play([(0, Join("a", "high")), (0, Join("b", "high")), seen[0], (30 * MINUTE, None)])
    assert [each.telling for _, each in told] == [Telling.FIRST]
    told, _ = play([(0, Join("a", "high")), (0, Join("b", "high")), *seen, (30 * MINUTE, Join("a", "high"))])
    assert [each.telling for _, each in told] == [Telling.FIRST, Telling.SEEN, Telling.UPDATE]


def test_a_case_that_was_reopened_is_news() -> None:
    """Even where nobody was told in between that it was closed."""
    told, _ = play(
        [(0, Join("a", "high", 1)), (MINUTE, Leave("a")), (2 * MINUTE, Join("a", "high", 2)), (6 * MINUTE, None)]
    )
    assert [(each.telling, each.came) for _, each in told] == [(Telling.FIRST, 1), (Telling.UPDATE, 1)]


def test_a_change_of_severity_is_told() -> None:
    """As an update."""
    told, _ = play([(0, Join("a", "low")), (MINUTE, Join("a", "high")), (10 * MINUTE, None)])
    assert [(each.telling, each.worst, each.came) for _, each in told] == [
        (Telling.FIRST, "low", 1),
        (Telling.UPDATE, "high", 0),
    ]


def test_a_group_is_bounded_and_says_so() -> None:
    """Above the bound it is so many or more, and the same state can be written and read."""
    full = GroupState(run=1, cases={str(number): ("low", 0) for number in range(MOST_CASES)})
    moved = step(full, Join("one more", "critical"), 10 * SECOND, PACE)
    assert moved.notice is not None
    assert (moved.notice.standing, moved.notice.or_more) == (MOST_CASES, True)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(moved.state), type=GroupState) == moved.state


def test_without_a_repeat_nothing_is_repeated() -> None:
    """`repeat_interval: 0s`."""
    told, moved = play([(1, Join("a", "high")), (100 * MINUTE, None)], Pace(0, MINUTE, 0))
    assert ([at for at, _ in told], moved.due_at) == ([1], 0)


def test_a_run_has_one_key_that_says_nothing() -> None:
    """The same for every notice of it, another one for the next run."""
    assert dedup_key("stores|store=madrid", 1) == dedup_key("stores|store=madrid", 1)
    assert len({dedup_key("a", 1), dedup_key("a", 2), dedup_key("b", 1)}) == 3
    assert "madrid" not in dedup_key("stores|store=madrid", 1)
