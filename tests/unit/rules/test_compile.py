"""Rules to a plan: indexed by type, versioned by what they say, deaf to what is gone."""

from typing import Final

import msgspec

from streams.journeys.changes import Changes
from streams.journeys.folded import State
from streams.journeys.limits import DAY_MS
from streams.journeys.state import Evidence
from streams.rules import episodes
from streams.rules.compile import FLOODING, compile_rules
from streams.rules.model import Absence, Broken, By, Count, Distinct, Feedback, Measure, Predicate, Rate, Seen, Selector
from streams.testing.journeys import MINUTE_MS, SHOP, Harness, at, partition, rule, touchpoint

FAILED, ORDERED = Selector(("payment.failed",)), Selector(("order.completed",))
FAILING: Final = rule("failing", Count(FAILED, 2, 10 * MINUTE_MS), recovers_on=(ORDERED,))


def test_a_rule_costs_nothing_for_types_that_it_does_not_name() -> None:
    """Each type knows the rules that see it; those that it can only end are asked where there is an episode."""
    plan = compile_rules([FAILING], SHOP)
    seen = {name for name, handler in plan.handlers.items() if handler.steps}
    ending = {name for name, handler in plan.handlers.items() if handler.ending}
    closing = {name for name, handler in plan.handlers.items() if handler.closing}
    assert (seen, ending) == ({"payment.failed"}, {"order.completed"})
    assert closing == {"order.completed", "order.cancelled", "shipment.delivered", "message.sent"}


def test_data_is_decoded_only_where_a_rule_or_a_promise_reads_it() -> None:
    """Predicates, scores and due times."""
    amount = Selector(("error.shown",), (Predicate("code", "equals", 500),))
    rules = [
        FAILING,
        rule("shown", Seen(amount)),
        rule("low", Feedback(Selector(("survey.answered",)), ("CSAT",), 2)),
        rule("spent", Measure(Selector(("order.cancelled",)), "sum", "amount", 1, 1)),
        rule("carriers", Distinct(Selector(("shipment.delivered",)), "carrier", 1, 1)),
        rule("rising", Rate(Selector(("checkout.started",)), 1, 1, 2, 1, "items")),
        rule("more", Rate(Selector(("message.sent",)), 1, 1, 2, 1)),
        rule("channels", Distinct(Selector(("page.viewed",)), "channel", 1, 1)),
    ]
    plan = compile_rules(rules, SHOP)
    needing = {name for name, handler in plan.handlers.items() if handler.needs_data}
    assert needing == {
        "error.shown", "survey.answered", "order.cancelled", "shipment.delivered", "checkout.started",
        "order.completed", "shipment.delayed", "message.received",
    }  # fmt: skip


def test_groups_of_types_are_spelt_out() -> None:
    """`order.*` is every type of the vocabulary's group."""
    plan = compile_rules([rule("any", Seen(Selector(("order.*",))))], SHOP)
    assert {name for name, handler in plan.handlers.items() if handler.steps} == {"order.completed", "order.cancelled"}


def test_a_types_polarity_is_the_vocabularys() -> None:
    """Negative ones are counted in a window of their own."""
    plan = compile_rules([], SHOP)
    assert {name for name, handler in plan.handlers.items() if handler.negative} == {"payment.failed"}


def test_the_version_is_what_the_rules_say_and_not_where() -> None:
    """Moving a file is no new version; changing a number is."""
    moved = msgspec.structs.replace(FAILING, path="elsewhere.yaml", line=9)
    changed = msgspec.structs.replace(FAILING, cooldown_ms=1)
    versions = [compile_rules([one], SHOP).version for one in (FAILING, moved, changed)]
    assert versions[0] == versions[1] != versions[2]


def test_timers_of_rules_that_are_gone_do_nothing() -> None:
    """Of rules, of operators, and of episodes."""
    plan, state, changes = compile_rules([FAILING], SHOP), State(), Changes()
    for name, operator in (("gone", "0"), ("failing", "7"), ("failing", "-1"), ("failing", "x"), ("failing", "0")):
        plan.wake(state, name, operator, "", 5, changes)
    plan.promise_broken(state, "gone", "", 5, changes)
    plan.expire_episode(state, "gone", "", 5, changes)
    assert (state, changes.episodes) == (State(), [])


def test_what_no_rule_can_use_any_more_is_forgotten() -> None:
    """Patterns out of their window, and of rules that are gone or have another version."""
    state = State()
    state.slots = {
        "failing@1#0\x1fa": [at(0), "t"],
        "failing@1#0\x1fb": [at(5), "t"],
        "failing@2#0\x1fa": [at(5), "t"],
        "gone@1#0\x1fa": [at(5), "t"],
    }
    compile_rules([FAILING], SHOP).forget(state, at(11), 10)
    assert list(state.slots) == ["failing@1#0\x1fb"]


def test_of_too_many_patterns_the_oldest_go_with_their_timers() -> None:
    """Nothing fires for what is forgotten."""
    waiting = rule("waiting", Absence(FAILED, ORDERED, DAY_MS), by=By.SUBJECT)
    owner = Harness(partition([waiting]))
    owner.feed(*(touchpoint("payment.failed", number, subject=f"{number}") for number in range(5)))
    view = owner.partition.journey(b"c1")
    assert view is not None
    owner.partition.plan.forget(view.state, at(10), 2)
    assert [name.rpartition("\x1f")[2] for name in view.state.slots] == ["3", "4"]
    assert [name.rpartition("\x1f")[2] for name in view.state.timers] == ["3", "4"]


def test_of_too_many_patterns_those_that_outlast_an_episode_go_too() -> None:
    """The past of a rate stays when an episode ends, and is still bounded."""
    owner = Harness(partition([rule("rising", Rate(FAILED, DAY_MS, 1, 2, 1), by=By.SUBJECT)]))
    owner.feed(*(touchpoint("payment.failed", number, subject=f"{number}") for number in range(5)))
    view = owner.partition.journey(b"c1")
    assert view is not None
    owner.partition.plan.forget(view.state, at(10), 2)
    assert [name.rpartition("\x1f")[2] for name in view.state.slots] == ["3", "4"]


def test_flooding_is_an_episode_like_any_other() -> None:
    """One a day, low, for operations; not while it is open."""
    plan, state, changes = compile_rules([], SHOP), State(), Changes()
    plan.flood(state, at(0), 2_000, changes)
    plan.flood(state, at(60), 2_000, changes)
    (episode,) = state.episodes.values()
    assert (episode.rule, episode.severity, episode.evidence[0].value) == (FLOODING.id, "low", 2_000)
    plan.expire_episode(state, FLOODING.id, "", at(24 * 60), changes)
    assert episode.status == "expired"


def test_every_rule_on_a_kind_of_promise_hears_that_one_broke() -> None:
    """Also two rules on the same kind."""
    rules = [rule(name, Broken("reply")) for name in ("one", "two")]
    owner = Harness(partition([*rules, rule("other", Broken("delivery"))]))
    owner.feed(touchpoint("message.received", 0))
    owner.advance(at(60))
    assert [alert.rule for alert in owner.alerts] == ["one", "two"]


def test_the_open_episode_remembers_since_when_it_runs() -> None:
    """For touchpoints from before the floor."""
    state, changes, evidence = State(), Changes(), (Evidence("clause", 1, 1),)
    assert episodes.current(state, FAILING.id, "") is None
    episodes.start(state, FAILING, "", at(5), evidence, changes, limit=9, since=at(1))
    episode = episodes.current(state, FAILING.id, "")
    assert episode is not None
    assert episode.since == at(1)
    episodes.end(state, "failing", "", at(6), "recovered", "", changes)
    assert episodes.current(state, FAILING.id, "") is None


def test_a_plan_with_borders_shares_all_that_was_compiled() -> None:
    """Every attribute, whatever is added to them; the plan itself stays without borders."""
    plan = compile_rules([FAILING], SHOP)
    same = plan.bordered({"failing": 7})
    names = [name for name in dir(plan) if not name.startswith("__") and not callable(getattr(plan, name))]
    assert {"handlers", "_compiled", "_leaves", "version"} <= set(names)
    assert [name for name in names if getattr(same, name) != getattr(plan, name)] == ["borders"]
    assert same.handlers is plan.handlers
    assert (plan.borders, same.borders) == ({}, {"failing": 7})
