"""The one decision: each reason, and the order in which they count."""

from enum import StrEnum

import msgspec
import pytest

from streams.desk.cases.case import Status
from streams.desk.routing.decision import RESHARE_MS, decide
from streams.desk.routing.escalation import Course, Escalation, Step
from streams.desk.routing.facts import AlertFact, Facts, Standing
from streams.desk.routing.labels import parse
from streams.desk.routing.oncall import Shift, rota
from streams.desk.routing.policy import Policy
from streams.desk.routing.quiet import DAY_MS, QuietPolicy
from streams.desk.routing.reasons import KINDS, TEXTS, Kind, Reason
from streams.desk.routing.receivers import Receiver, Team
from streams.desk.routing.silences import FLAWS, RECHECK_MS, Flaw, Inhibition, Silence, sources
from streams.desk.routing.tree import Route
from streams.touchpoints.calendar import NEVER, Calendar

NOW, HOUR = 100 * DAY_MS, 3_600_000
# Open from an hour from now on, for ever; and the other way round.
LATER = Calendar("later", (0, NOW + HOUR), (1, NEVER), (0, 1), (), ())
SOONER = Calendar("sooner", (0, NEVER - 1), (NOW + HOUR, NEVER), (0, 1), (), ())
CALENDARS = {"later": LATER, "sooner": SOONER}
CHAT, PHONE = Receiver(name="chat", channels=()), Receiver(name="phone", channels=())
POLICY = Policy(
    route=Route(name="root", receiver="chat", escalation="standard"),
    receivers={"chat": CHAT, "phone": PHONE},
    escalations={"standard": Escalation(name="standard", steps=(Step(HOUR, ("phone", "chat")),), repeat=1)},
    calendars=CALENDARS,
)
FIRING = AlertFact(status="firing", severity="critical", started_at=NOW - 1, detected_at=NOW)
FACTS = Facts(
    case_id="k1", labels={"rule": ("late",), "store": ("a",)}, status=Status.OPEN, alerts=(FIRING,), team="support"
)
SILENCE = Silence(id="s1", matchers=(parse("store=a"),), starts_at=0, ends_at=NOW + 5, author="ana", comment="works")
BLIND = Inhibition("blind", (parse("rule=source-blind"),), (parse("rule=late"),))
QUIET_CASES = Standing((SILENCE,), sources([BLIND], [("k2", {"rule": ("source-blind",)})]))
CALM = msgspec.structs.replace(POLICY, inhibitions=(BLIND,))


def alert(**changes: object) -> AlertFact:
    """Return the alert, changed."""
    return msgspec.structs.replace(FIRING, **changes)


OLD = alert(started_at=NOW - DAY_MS - 1)


@pytest.mark.parametrize(
    ("facts", "kind", "reason", "due_at"),
    [
        ({}, Kind.PAGE, Reason.AT_ONCE, 0),
        ({"status": Status.REOPENED}, Kind.PAGE, Reason.AT_ONCE, 0),
        ({"status": Status.RESOLVED}, Kind.NOTHING, Reason.CLOSED, 0),
        ({"alerts": ()}, Kind.NOTHING, Reason.NOT_FIRING, 0),
        ({"alerts": (alert(status="recovered"),)}, Kind.NOTHING, Reason.NOT_FIRING, 0),
        ({"alerts": (alert(status="retracted"),)}, Kind.NOTHING, Reason.RETRACTED, 0),
        ({"alerts": (alert(status="watching"),)}, Kind.NOTHING, Reason.WATCHING, 0),
        ({"alerts": (alert(mode="shadow"),)}, Kind.NOTHING, Reason.SHADOW, 0),
        ({"alerts": (alert(mode="positive"), alert(mode="shadow"))}, Kind.DIGEST, Reason.POSITIVE, 0),
        ({"alerts": (alert(mode="positive"), FIRING)}, Kind.PAGE, Reason.AT_ONCE, 0),
        ({"snoozed_until": NOW + 9}, Kind.NOTHING, Reason.SNOOZED, NOW + 9),
        ({"snoozed_until": NOW}, Kind.PAGE, Reason.AT_ONCE, 0),
        ({"alerts": (OLD,)}, Kind.DIGEST, Reason.BEFORE_HORIZON, 0),
        ({"alerts": (OLD, alert(severity="medium"))}, Kind.QUEUE, Reason.SEVERITY_QUEUE, 0),
        ({"alerts": (alert(severity="low"),)}, Kind.DIGEST, Reason.SEVERITY_DIGEST, 0),
        ({"alerts": (alert(severity="high"),)}, Kind.PAGE, Reason.AT_ONCE, 0),
        ({"has_attention": False}, Kind.DIGEST, Reason.OVER_BUDGET, NOW + RESHARE_MS),
        ({"has_attention": False, "course": Course(paged_at=NOW - 1)}, Kind.PAGE, Reason.AT_ONCE, NOW - 1 + HOUR),
        ({"status": Status.ACKNOWLEDGED}, Kind.QUEUE, Reason.SEEN, 0),
        ({"status": Status.WAITING, "has_attention": False}, Kind.QUEUE, Reason.SEEN, 0),
    ],
)
def test_what_is_decided_and_why(facts: dict[str, object], kind: Kind, reason: Reason, due_at: int) -> None:
    """Of one case, with nothing else around it."""
    found = decide(msgspec.structs.replace(FACTS, **facts), POLICY, Standing(), NOW)
    assert (found.kind, found.reason, found.due_at) == (kind, reason, due_at)
    assert bool(found.receivers) is (kind is Kind.PAGE)


def test_silence_comes_before_inhibition_and_each_is_named() -> None:
    """With the time at which it is decided again: at the end of the silence, what stands is told."""
    silenced = decide(FACTS, CALM, QUIET_CASES, NOW)
    assert (silenced.reason, silenced.by, silenced.due_at) == (Reason.SILENCED, "s1", NOW + 5)
    inhibited = decide(FACTS, CALM, QUIET_CASES, NOW + 5)
    assert (inhibited.reason, inhibited.by, inhibited.due_at) == (Reason.INHIBITED, "blind", NOW + 5 + RECHECK_MS)
    assert decide(FACTS, CALM, Standing(), NOW + 5).kind is Kind.PAGE


def with_route(**changes: object) -> Policy:
    """Return the policy with another root."""
    return msgspec.structs.replace(POLICY, route=msgspec.structs.replace(POLICY.route, **changes))


HIGH = msgspec.structs.replace(FACTS, alerts=(alert(severity="high"),))


def test_high_waits_for_the_working_hours_of_its_team_and_critical_does_not() -> None:
    """A team without its own has those of all."""
    hours = msgspec.structs.replace(POLICY, quiet=QuietPolicy(working_hours=LATER))
    found = decide(HIGH, hours, Standing(), NOW)
    assert (found.kind, found.reason, found.due_at) == (Kind.QUEUE, Reason.OUTSIDE_HOURS, NOW + HOUR)
    assert decide(FACTS, hours, Standing(), NOW).kind is Kind.PAGE
    own = msgspec.structs.replace(hours, teams={"support": Team(name="support", working_hours=SOONER)})
    assert decide(HIGH, own, Standing(), NOW).reason is Reason.IN_HOURS


@pytest.mark.parametrize("changes", [{"active": ("later",)}, {"mute": ("sooner",)}])
def test_a_quiet_route_holds_back_even_what_is_critical(changes: dict[str, object]) -> None:
    """Somebody wrote it on this route."""
    found = decide(FACTS, with_route(**changes), Standing(), NOW)
    assert (found.kind, found.reason, found.due_at) == (Kind.QUEUE, Reason.MUTED, NOW + HOUR)


def test_calendars_that_never_agree_are_asked_again_tomorrow() -> None:
    """The case stays in the queue; the loader refuses such a file."""
    found = decide(FACTS, with_route(active=("sooner",), mute=("sooner",)), Standing(), NOW)
    assert (found.reason, found.due_at) == (Reason.MUTED, NOW + DAY_MS)


def test_without_a_receiver_a_case_is_in_the_queue() -> None:
    """Also without any file."""
    assert decide(FACTS, Policy(), Standing(), NOW).reason is Reason.NO_RECEIVER


def test_of_two_routes_the_one_that_tells_decides() -> None:
    """One is quiet, one is not; the quiet one is told when it opens."""
    quiet = Route(name="quiet", receiver="phone", active=("later",), goes_on=True)
    policy = with_route(routes=(quiet, Route(name="loud", receiver="chat")))
    found = decide(FACTS, policy, Standing(), NOW)
    assert (found.kind, found.by, found.due_at, found.receivers) == (Kind.PAGE, "loud", NOW + HOUR, ("chat",))
    assert [(way.path, way.kind) for way in found.ways] == [
        (("root", "quiet"), Kind.QUEUE),
        (("root", "loud"), Kind.PAGE),
    ]


def test_steps_of_escalation_are_told_in_groups_of_their_own() -> None:
    """Once they are due; they stay while nobody has seen it, and the course remembers them."""
    told = msgspec.structs.replace(FACTS, course=Course(began_at=1, paged_at=NOW))
    assert [way.step for way in decide(told, POLICY, Standing(), NOW).ways] == [0]
    first = decide(told, POLICY, Standing(), NOW + HOUR)
    assert [(way.step, way.round, way.receivers) for way in first.ways] == [
        (0, 0, ("chat",)),
        (1, 1, ("phone", "chat")),
    ]
    assert first.course.done == 1
    assert first.due_at == NOW + 2 * HOUR
    again = decide(msgspec.structs.replace(told, course=first.course), POLICY, Standing(), NOW + HOUR)
    assert again == first
    second = decide(msgspec.structs.replace(told, course=first.course), POLICY, Standing(), NOW + 2 * HOUR)
    assert len({way.group for way in second.ways}) == 3
    assert (second.course.done, second.due_at) == (2, 0)


def test_who_is_on_call_is_told() -> None:
    """Whoever it is then: of a page that waits, when it goes out."""
    shifts = rota("front", [Shift("phone", NOW + HOUR, NOW + 2 * HOUR)], fallback="chat", read_until=NOW + DAY_MS)
    policy = msgspec.structs.replace(with_route(receiver="front"), rotas={"front": shifts})
    assert decide(FACTS, policy, Standing(), NOW).receivers == ("chat",)
    held = msgspec.structs.replace(with_route(receiver="front", active=("later",)), rotas={"front": shifts})
    assert decide(FACTS, held, Standing(), NOW).ways[0].receivers == ("phone",)


def test_a_route_may_leave_it_to_the_team() -> None:
    """Whose receiver is told, and that of the root where it has none."""
    route = Route(name="mine", receiver="team")
    policy = msgspec.structs.replace(
        with_route(routes=(route,)), teams={"support": Team(name="support", receiver="phone")}
    )
    assert decide(FACTS, policy, Standing(), NOW).receivers == ("phone",)
    other = msgspec.structs.replace(FACTS, team="unknown")
    assert decide(other, policy, Standing(), NOW).receivers == ("chat",)


@pytest.mark.parametrize(("members", "texts"), [(Reason, TEXTS), (Kind, KINDS), (Flaw, FLAWS)])
def test_every_answer_has_its_text_in_both_languages(
    members: type[StrEnum], texts: dict[StrEnum, dict[str, str]]
) -> None:
    """The console shows them."""
    assert set(texts) == set(members)
    assert all(set(each) == {"en", "es"} and all(each.values()) for each in texts.values())
