"""The moment of an alert follows the journey where its rule says so."""

from typing import Final

import msgspec
import pytest

from streams.codec.vocabulary import load as load_vocabulary
from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.journeys.limits import Limits
from streams.rules.load import load
from streams.rules.model import By, Moment, Rule, Seen, Selector
from streams.testing.journeys import MINUTE_MS, SHOP, Harness, at, partition, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Stages

STAGES: Final = Stages("ZMOT", {"checkout.started": "FMOT", "order.completed": "SMOT"})
STAGED: Final = msgspec.structs.replace(SHOP, stages=STAGES)
ASKED: Final = Seen(Selector(("message.received",)))
FOLLOWS: Final = rule("follows", ASKED, by=By.SUBJECT, moment=Moment.TMOT, follows_journey=True)


def moments(*history: Touchpoint, rules: tuple[Rule, ...] = (FOLLOWS,), limits: Limits | None = None) -> list[str]:
    """Return the moments of the alerts that stand, in the order of their start, everything having arrived at once."""
    owner = Harness(partition(rules, STAGED, limits))
    owner.feed(*history)
    return [alert.moment for alert in sorted(owner.standing(), key=lambda alert: alert.started_at)]


def asked(minute: float, subject: str) -> Touchpoint:
    """Return a question."""
    return touchpoint("message.received", minute, subject=subject)


HISTORY: Final = (
    asked(0, "conversation:1"),
    touchpoint("checkout.started", 1),
    asked(2, "conversation:2"),
    touchpoint("order.completed", 3, subject="order:1"),
    asked(4, "conversation:3"),
    touchpoint("checkout.started", 5),
    asked(6, "order:1"),
    asked(7, "conversation:4"),
)


def test_a_chat_belongs_to_the_moment_at_which_the_journey_is() -> None:
    """ZMOT before a cart, FMOT before the order, SMOT after it; a subject keeps its own stage."""
    assert moments(*HISTORY) == ["ZMOT", "FMOT", "SMOT", "SMOT", "FMOT"]


def test_the_order_of_arrival_does_not_matter() -> None:
    """An order that is heard of late moves what came after it, and nothing before."""
    assert moments(*reversed(HISTORY)) == moments(*HISTORY)
    owner = Harness(partition([FOLLOWS], STAGED))
    owner.feed(asked(4, "conversation:3"))
    owner.feed(touchpoint("order.completed", 3))
    assert [(alert.revision, alert.moment) for alert in owner.alerts] == [(1, "ZMOT"), (2, "SMOT")]


def test_other_rules_keep_their_own_moment() -> None:
    """And without a rule that follows it nothing of a stage is kept."""
    plain = rule("plain", ASKED, by=By.SUBJECT, moment=Moment.TMOT)
    assert set(moments(*HISTORY, rules=(plain,))) == {"TMOT"}
    owner = Harness(partition([plain], STAGED))
    owner.feed(*HISTORY)
    view = owner.partition.journey(b"c1")
    assert view is not None
    assert not view.state.slots


def test_what_is_not_known_is_the_moment_of_the_rule() -> None:
    """Where the vocabulary does not say how a journey begins."""
    owner = Harness(partition([FOLLOWS], msgspec.structs.replace(SHOP, stages=Stages("", STAGES.moves))))
    owner.feed(*HISTORY[:3])
    assert [alert.moment for alert in owner.alerts] == ["TMOT", "FMOT"]


def test_episodes_that_are_over_take_their_moment_with_them() -> None:
    """So that the memory of a journey stays small."""
    limits = Limits(lateness_ms=10 * MINUTE_MS, compact_entries=2, context_entries=1)
    expiring = msgspec.structs.replace(FOLLOWS, expires_ms=MINUTE_MS)
    owner = Harness(partition([expiring], STAGED, limits))
    for minute in range(0, 200, 5):
        owner.feed(asked(minute, f"conversation:{minute}"))
        owner.advance(at(minute))
    view = owner.partition.journey(b"c1")
    assert view is not None
    assert len(view.state.slots) <= len(view.state.episodes) < 12


RULE: Final = """\
rules:
  - id: a
    moment: SMOT
    follows_journey: {said}
    severity: low
    when: {{seen: {{type: message.received}}}}
    title: {{en: a, es: b}}
    advice: {{en: a, es: b}}
"""


def test_a_rule_says_that_it_follows_the_journey() -> None:
    """With the shipped vocabulary, which declares stages."""
    [found] = load(RULE.format(said="true"), "pack.yaml", shipped())
    assert (found.moment, found.follows_journey) == (Moment.SMOT, True)
    assert shipped().stages.begins == "ZMOT"
    assert shipped().stages.moves["order.completed"] == "SMOT"


def test_mistakes_are_found_where_they_stand() -> None:
    """In rules and in vocabularies."""
    bare = msgspec.structs.replace(shipped(), stages=Stages())
    for said, vocabulary, message in (
        ("perhaps", shipped(), "`follows_journey` must be true or false: perhaps"),
        ("true", bare, "the vocabulary says of no type that it moves a journey on"),
    ):
        with pytest.raises(LoadError) as raised:
            load(RULE.format(said=said), "pack.yaml", vocabulary)
        found = raised.value.findings[0]
        assert (found.line, found.column, found.message) == (4, 22, message)
        assert found.remedy


@pytest.mark.parametrize(
    ("said", "column", "message"),
    [
        ("stages: [order.completed]", 9, "`stages` must be a mapping"),
        ("stages: {begins: XMOT}", 18, "unknown moment `XMOT`"),
        ("stages: {XMOT: [order.completed]}", 10, "unknown moment `XMOT`"),
        ("stages: {SMOT: order.completed}", 16, "expected a list of types"),
        ("stages: {SMOT: [order.complete]}", 17, "unknown type `order.complete`"),
        ("stages: {FMOT: [order.completed], SMOT: [order.completed]}", 42, "`order.completed` is in `stages` twice"),
    ],
)
def test_mistakes_in_stages_are_found(said: str, column: int, message: str) -> None:
    """With line, column and what to do about it."""
    with pytest.raises(LoadError) as raised:
        load_vocabulary(said, "own.yaml", shipped())
    found = raised.value.findings[0]
    assert (found.line, found.column, found.message) == (1, column, message)
    assert found.remedy
