"""A rule that asks for a value does the same whether it is chosen by that value or asked at every touchpoint."""

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.alerts.alert import Alert
from streams.alerts.partition import Partition
from streams.rules import model
from streams.rules.compile import Plan, compile_rules
from streams.rules.model import By, Predicate, Selector, Step
from streams.testing.journeys import MINUTE_MS, SHOP, Harness, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint

SHOPS: Final = ("a", "b", "c")


def at_shop(name: str, *shops: str, others: tuple[Predicate, ...] = ()) -> Selector:
    """Return a selector of a type in one shop, or in one of several."""
    asked = Predicate("shop", "one_of", shops) if len(shops) > 1 else Predicate("shop", "equals", shops[0])
    return Selector((name,), (*others, asked))


FAILED, SHOWN = "payment.failed", "error.shown"
RICH: Final = Predicate("amount", "at_least", 3)
ORDERED: Final = Selector(("order.completed",))
HOUR: Final = 60 * MINUTE_MS
RULES: Final = (
    rule("count", model.Count(at_shop(FAILED, "a"), 2, HOUR), recovers_on=(ORDERED,), cooldown_ms=HOUR // 2),
    rule("everywhere", model.Count(Selector((FAILED,)), 3, HOUR), recovers_on=(ORDERED,)),
    rule("now", model.Seen(at_shop(FAILED, "b", others=(RICH,)))),
    rule("sum", model.Measure(at_shop(FAILED, "a", "c"), "sum", "amount", HOUR, at_least=5), by=By.SUBJECT),
    rule("average", model.Measure(at_shop(SHOWN, "a"), "average", "amount", HOUR, at_most=1, min_count=2)),
    rule("both", model.AllOf((model.Count(at_shop(FAILED, "b"), 1, HOUR), model.Seen(at_shop(SHOWN, "c"), HOUR)))),
    rule("without", model.Count(at_shop(SHOWN, "b"), 1, HOUR), unless=model.Seen(at_shop(FAILED, "c"), HOUR)),
    rule(
        "story",
        model.Sequence((Step(at_shop(SHOWN, "a")), Step(at_shop(FAILED, "a"), HOUR), Step(ORDERED, HOUR, absent=True))),
    ),
    rule("by-shop", model.Count(Selector((FAILED,)), 2, HOUR), by=By.SUBJECT, by_field="shop", recovers_on=(ORDERED,)),
    rule("hides", model.Count(at_shop(FAILED, "c"), 2, HOUR), recovers_on=(at_shop(SHOWN, "c"),)),
    rule("hidden", model.Count(at_shop(FAILED, "c"), 1, HOUR), hidden_by=("hides",)),
)

touchpoints = st.lists(
    st.tuples(
        st.sampled_from([FAILED, FAILED, SHOWN, "order.completed"]),
        st.integers(0, 40),  # minutes since the one before
        st.sampled_from(SHOPS),
        st.sampled_from(["", "order:1"]),
        st.integers(0, 5),
    ),
    max_size=40,
)


def asking_everybody() -> Plan:
    """Return the plan with every rule asked at every touchpoint of its types."""
    plan = compile_rules(RULES, SHOP)
    compiled = list(plan._compiled.values())
    for name, handler in plan.handlers.items():
        handler.choices = None
        handler.steps = [each.step_for(name) for each in compiled if name in each.seen_types]
    return plan


def said(plan: Plan, made: list[Touchpoint]) -> list[Alert]:
    """Return every revision that these touchpoints lead to."""
    harness = Harness(Partition(0, plan))
    for one in made:
        harness.feed(one, now=one.time)
        harness.advance(one.time, one.time)
    return harness.alerts


@settings(max_examples=150, deadline=None)
@given(touchpoints)
def test_choosing_changes_nothing(drawn: list[tuple[str, int, str, str, int]]) -> None:
    """Every revision is the same."""
    minute, made = 0, []
    for number, (kind, gap, shop, subject, amount) in enumerate(drawn):
        minute += gap
        made.append(touchpoint(kind, minute, identity=str(number), subject=subject, shop=shop, amount=amount))
    assert said(compile_rules(RULES, SHOP), made) == said(asking_everybody(), made)


def test_these_rules_are_chosen() -> None:
    """What is compared differs: most rules are chosen by their value."""
    plan = compile_rules(RULES, SHOP)
    assert plan.handlers[FAILED].choices is not None
    assert len(plan.handlers[FAILED].steps) < len(RULES)


def test_they_do_say_something() -> None:
    """What is compared is not nothing: each of the simpler rules is raised by a story of its own."""
    story = [
        (FAILED, 0, "a", "", 3),
        (FAILED, 1, "a", "", 3),
        (FAILED, 1, "b", "", 4),
        (SHOWN, 1, "b", "", 0),
        (SHOWN, 1, "a", "", 1),
        (SHOWN, 1, "a", "", 0),
        (FAILED, 1, "a", "", 0),
        (SHOWN, 1, "c", "", 0),
        (FAILED, 1, "b", "", 0),
        (FAILED, 1, "c", "", 0),
        (FAILED, 1, "c", "", 0),
    ]
    minute, made = 0, []
    for number, (kind, gap, shop, subject, amount) in enumerate(story):
        minute += gap
        made.append(touchpoint(kind, minute, identity=str(number), subject=subject, shop=shop, amount=amount))
    raised = {alert.rule for alert in said(compile_rules(RULES, SHOP), made)}
    assert raised == {"count", "everywhere", "now", "sum", "average", "both", "without", "by-shop", "hides", "hidden"}
