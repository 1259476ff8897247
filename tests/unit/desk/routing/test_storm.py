"""A storm from end to end: decided, grouped, told and escalated."""

import msgspec

from streams.desk.cases.case import Status
from streams.desk.routing.decision import decide
from streams.desk.routing.escalation import Course, Escalation, Step, paged
from streams.desk.routing.facts import AlertFact, Facts, Standing
from streams.desk.routing.grouping import GroupState, Join, Leave, Moved, Notice, Telling
from streams.desk.routing.policy import Policy
from streams.desk.routing.quiet import DAY_MS
from streams.desk.routing.reasons import Kind
from streams.desk.routing.receivers import Receiver
from streams.desk.routing.tree import Route
from streams.desk.routing.ways import Way, advance, moves

NOW, MINUTE = 100 * DAY_MS, 60_000
POLICY = Policy(
    route=Route(name="root", receiver="chat", escalation="standard", repeat_interval_ms=0),
    receivers={"chat": Receiver(name="chat", channels=()), "phone": Receiver(name="phone", channels=())},
    escalations={"standard": Escalation(name="standard", steps=(Step(20 * MINUTE, ("phone",)),))},
)


class Desk:
    """The least that a desk does with decisions: cases, groups, and a time that is moved by hand."""

    def __init__(self) -> None:
        self.cases: dict[str, Facts] = {}
        self.groups: dict[str, tuple[Way, Moved]] = {}
        self.member: dict[str, frozenset[str]] = {}
        self.told: list[tuple[int, tuple[str, ...], Notice]] = []

    def put(self, facts: Facts, now: int) -> int:
        """Decide a case and move it between groups; returns when to decide it again."""
        found = decide(facts, POLICY, Standing(), now)
        self.cases[facts.case_id] = msgspec.structs.replace(facts, course=found.course)
        ways = {way.group: way for way in found.ways}
        before = self.member.get(facts.case_id, frozenset())
        moved = moves(found.ways, Join(facts.case_id, found.severity, facts.course.began_at), before)
        for move in moved:
            way, old = self.groups.get(move.group) or (ways[move.group], Moved(GroupState(), None, 0))
            self._advance(move.way or way, old.state, move.event, now)
        self.member[facts.case_id] = frozenset(move.group for move in moved if move.way)
        return found.due_at

    def tick(self, now: int) -> None:
        """Tell every group that is due."""
        for way, moved in list(self.groups.values()):
            if 0 < moved.due_at <= now:
                self._advance(way, moved.state, None, now)

    def _advance(self, way: Way, state: GroupState, event: Join | Leave | None, now: int) -> None:
        found = advance(way, POLICY, state, event, now)
        assert found is not None
        self.groups[way.group] = found
        if found.moved.notice is not None:
            self.told.append((now, found.way.receivers, found.moved.notice))
            for case_id in found.moved.state.told:
                facts = self.cases[case_id]
                self.cases[case_id] = msgspec.structs.replace(facts, course=paged(facts.course, now))


def case(number: int, at: int, status: Status = Status.OPEN) -> Facts:
    """Return one of many cases of one incident, each of another customer and rule."""
    alert = AlertFact(status="firing", severity="critical", started_at=at, detected_at=at)
    labels = {"rule": (f"rule-{number % 7}",), "incident": ("1",)}
    return Facts(
        case_id=f"k{number}", labels=labels, status=status, alerts=(alert,), team="support", course=Course(began_at=at)
    )


def test_five_thousand_alerts_in_a_minute_are_one_page_one_update_and_one_escalation() -> None:
    """And when somebody has seen all of them, that is said once to each who was told."""
    desk, count = Desk(), 5_000
    for number in range(count):
        now = NOW + number * 12
        desk.tick(now)
        desk.put(case(number, now), now)
    for now in range(NOW + MINUTE, NOW + 40 * MINUTE, MINUTE):
        desk.tick(now)
        if now == NOW + 30 * MINUTE:  # when the escalation of all of them is due
            for facts in list(desk.cases.values()):
                desk.put(facts, now)
    assert [(receivers, notice.telling, notice.standing) for _, receivers, notice in desk.told] == [
        (("chat",), Telling.FIRST, 834),
        (("chat",), Telling.UPDATE, count),
        (("phone",), Telling.FIRST, count),
    ]
    for facts in list(desk.cases.values()):
        desk.put(msgspec.structs.replace(facts, status=Status.ACKNOWLEDGED), NOW + 40 * MINUTE)
    desk.tick(NOW + 50 * MINUTE)
    assert [(receivers, notice.telling, notice.seen) for _, receivers, notice in desk.told[3:]] == [
        (("chat",), Telling.SEEN, count),
        (("phone",), Telling.SEEN, count),
    ]


def test_a_case_retracted_within_the_wait_is_told_to_nobody() -> None:
    """And one retracted later is told to be over."""
    desk = Desk()
    for number in (1, 2):
        desk.put(msgspec.structs.replace(case(number, NOW), labels={"rule": (f"rule-{number}",)}), NOW)
    gone = (AlertFact(status="retracted", severity="critical", started_at=NOW, detected_at=NOW),)
    desk.put(msgspec.structs.replace(desk.cases["k1"], alerts=gone), NOW + 5_000)
    desk.tick(NOW + 10_000)
    desk.put(msgspec.structs.replace(desk.cases["k2"], alerts=gone), NOW + 15_000)
    desk.tick(NOW + 20 * MINUTE)
    assert [(notice.telling, notice.standing) for _, _, notice in desk.told] == [(Telling.FIRST, 1), (Telling.OVER, 0)]
    assert decide(desk.cases["k2"], POLICY, Standing(), NOW).kind is Kind.NOTHING
