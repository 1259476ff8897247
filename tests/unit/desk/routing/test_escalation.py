"""Steps of escalation: when each comes, and what ends them."""

from datetime import datetime

from streams.codec import calendars
from streams.desk.routing.escalation import Course, Due, Escalation, Step, begun, escalate, paged, schedule
from streams.documents import read
from streams.rules.fields import Findings

MINUTE = 60_000
POLICY = Escalation(name="standard", steps=(Step(5 * MINUTE, ("lead",)), Step(10 * MINUTE, ("boss", "team"))), repeat=1)
PAGED = Course(began_at=1, paged_at=1_000)


def test_each_step_comes_after_the_one_before_it() -> None:
    """And all of them again, as often as it says."""
    assert schedule(POLICY, 0) == (
        Due(0, 0, 5 * MINUTE, ("lead",)),
        Due(1, 0, 15 * MINUTE, ("boss", "team")),
        Due(0, 1, 20 * MINUTE, ("lead",)),
        Due(1, 1, 30 * MINUTE, ("boss", "team")),
    )


def test_a_step_is_due_once() -> None:
    """What was taken is not due again; the next one is named."""
    early = escalate(POLICY, PAGED, 1_000 + 5 * MINUTE - 1, is_seen=False)
    assert (early.due, early.course, early.next_at) == ((), PAGED, 1_000 + 5 * MINUTE)
    first = escalate(POLICY, PAGED, 1_000 + 5 * MINUTE, is_seen=False)
    assert ([each.to for each in first.due], first.course.done) == ([("lead",)], 1)
    assert first.next_at == 1_000 + 15 * MINUTE
    assert escalate(POLICY, first.course, 1_000 + 5 * MINUTE, is_seen=False).due == ()


def test_steps_that_were_missed_are_due_together_and_the_last_one_ends_it() -> None:
    """After an hour without the desk everybody is told."""
    late = escalate(POLICY, PAGED, 1_000 + 60 * MINUTE, is_seen=False)
    assert (len(late.due), late.course.done, late.next_at) == (4, 4, 0)


def test_who_has_seen_it_ends_it_and_who_was_not_told_cannot_be_late() -> None:
    """No step is due."""
    assert escalate(POLICY, PAGED, 10**12, is_seen=True).due == ()
    unpaged = escalate(POLICY, Course(began_at=1), 10**12, is_seen=False)
    assert (unpaged.due, unpaged.next_at) == ((), 0)


def test_reopening_begins_it_again() -> None:
    """From its own page on."""
    done = Course(began_at=1, paged_at=1_000, done=3)
    assert begun(done, 1) is done
    again = begun(done, 7)
    assert again == Course(began_at=7)
    assert paged(again, 9) == Course(began_at=7, paged_at=9)
    assert paged(paged(again, 9), 11).paged_at == 9


def test_time_may_count_in_working_hours_only() -> None:
    """Ten minutes before closing on Friday, twenty minutes of work end on Monday."""
    node = read('office: {time_zone: Europe/Madrid, open: {mon-fri: "09:00-18:00"}}', "f")
    assert node is not None
    office = calendars.read(node, Findings("f"))["office"]
    policy = Escalation(name="calm", steps=(Step(20 * MINUTE, ("lead",)),), calendar=office)
    friday = int(datetime.fromisoformat("2026-03-06T17:50:00+01:00").timestamp()) * 1000
    monday = int(datetime.fromisoformat("2026-03-09T09:10:00+01:00").timestamp()) * 1000
    assert [each.at for each in schedule(policy, friday)] == [monday]
