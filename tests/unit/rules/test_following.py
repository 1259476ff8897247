"""Rules that look at the episodes of other rules, and rules about good news."""

from pathlib import Path
from typing import Final

import pytest

from streams.backtest.labels import score
from streams.codec.rules import read
from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.rules.load import load
from streams.rules.model import (
    AllOf,
    Broken,
    By,
    Condition,
    EpisodeIs,
    Mode,
    OtherEpisode,
    Rise,
    Rule,
    Seen,
    Selector,
    Severity,
)
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rfc3339, rule, touchpoint
from streams.touchpoints.label import FINE, Label
from streams.touchpoints.touchpoint import Touchpoint

SHOWN: Final = Seen(Selector(("error.shown",)))
VIEWED: Final = Seen(Selector(("page.viewed",)))
ORDERED: Final = (Selector(("order.completed",)),)
HURT: Final = rule(
    "hurt",
    SHOWN,
    severity=Severity.MEDIUM,
    by=By.SUBJECT,
    raises=(Rise(Severity.HIGH, 30 * MINUTE_MS),),
    recovers_on=ORDERED,
    relapse_ms=20 * MINUTE_MS,
)


def asked(condition: Condition, **options: object) -> Rule:
    """Return a rule that looks at others when a page is viewed."""
    return rule("asked", AllOf((VIEWED, condition)), **options)


def said(*history: Touchpoint, rules: tuple[Rule, ...], until: float = 0) -> list[tuple[str, str, float]]:
    """Return the rule, subject and start of alerts that stand, but for those of `hurt`."""
    owner = Harness(partition(rules))
    for one in history:
        owner.advance(one.time - 1)
        owner.feed(one)
    owner.advance(at(until))
    return [
        (alert.rule, alert.subject, (alert.started_at - at(0)) / MINUTE_MS)
        for alert in owner.standing()
        if alert.rule != "hurt"
    ]


def shown(minute: float, subject: str = "order:1") -> Touchpoint:
    """Return trouble."""
    return touchpoint("error.shown", minute, subject=subject)


def viewed(minute: float, subject: str = "") -> Touchpoint:
    """Return what the rules under test look at."""
    return touchpoint("page.viewed", minute, subject=subject)


def ordered(minute: float, subject: str = "order:1") -> Touchpoint:
    """Return the end of trouble."""
    return touchpoint("order.completed", minute, subject=subject)


def test_while_an_episode_is_open() -> None:
    """Also at the touchpoint that opens it; not before, not after."""
    rules = (asked(OtherEpisode(EpisodeIs.OPEN)), HURT)
    assert said(viewed(0), shown(1), ordered(2), viewed(3), rules=rules) == []
    assert said(shown(1), viewed(2), rules=rules) == [("asked", "", 2)]
    both = rule("both", AllOf((SHOWN, OtherEpisode(EpisodeIs.OPEN))))
    assert said(shown(1), rules=(both, HURT)) == [("both", "", 1)]


def test_severity_and_subject() -> None:
    """That severe or worse; with a subject, its own episodes and the customer's."""
    severe = (asked(OtherEpisode(EpisodeIs.OPEN, severity=Severity.HIGH)), HURT)
    assert said(shown(0), viewed(20), rules=severe) == []
    assert said(shown(0), viewed(31), rules=severe) == [("asked", "", 31)]
    own = (asked(OtherEpisode(EpisodeIs.OPEN), by=By.SUBJECT), HURT)
    assert said(shown(0), viewed(1, "order:2"), rules=own) == []
    assert said(shown(0), viewed(1, "order:1"), rules=own) == [("asked", "order:1", 1)]


def test_when_an_episode_fires_or_becomes_worse() -> None:
    """At a touchpoint or at a deadline, whichever it is; a watched one fires later."""
    fires = rule("risk", OtherEpisode(EpisodeIs.FIRES, severity=Severity.HIGH))
    assert said(shown(0), rules=(fires, HURT), until=100) == [("risk", "", 30)]
    any_one = rule("risk", OtherEpisode(EpisodeIs.FIRES), by=By.SUBJECT)
    assert said(shown(0), rules=(any_one, HURT)) == [("risk", "order:1", 0)]
    late = rule("late", Broken("delivery"), settle_ms=10 * MINUTE_MS, by=By.SUBJECT)
    order = touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(50))
    assert said(order, rules=(any_one, late), until=55) == [("late", "order:1", 50)]
    assert ("risk", "order:1", 60) in said(order, rules=(any_one, late), until=61)


def test_within_a_time_of_recovery() -> None:
    """Of the last one, unless it has relapsed."""
    rules = (asked(OtherEpisode(EpisodeIs.RECOVERED, within_ms=60 * MINUTE_MS)), HURT)
    assert said(shown(0), viewed(1), rules=rules) == []
    assert said(shown(0), ordered(1), viewed(61), rules=rules) == [("asked", "", 61)]
    assert said(shown(0), ordered(1), viewed(61.1), rules=rules) == []
    assert said(shown(0), ordered(1), shown(5), viewed(6), rules=rules) == []
    assert said(shown(0), ordered(1), shown(50), viewed(55), rules=rules) == []
    assert said(shown(0), ordered(1), shown(50), ordered(52), viewed(105), rules=rules) == [("asked", "", 105)]


@pytest.mark.parametrize("options", [{"mode": Mode.SHADOW}, {"positive": True}])
def test_shadow_and_good_news_are_no_trouble(options: dict[str, object]) -> None:
    """Unless they are named."""
    other = rule("other", SHOWN, **options)
    assert ("asked", "", 1) not in said(shown(0), viewed(1), rules=(asked(OtherEpisode(EpisodeIs.OPEN)), other))
    named = asked(OtherEpisode(EpisodeIs.OPEN, ("other",)))
    assert ("asked", "", 1) in said(shown(0), viewed(1), rules=(named, other))


def test_what_rests_on_a_deadline_ahead_of_the_clock_waits_for_it() -> None:
    """Since what keeps the promise may still be unread on another topic."""
    late = rule("late", Broken("delivery"), by=By.SUBJECT)
    owner = Harness(partition([asked(OtherEpisode(EpisodeIs.OPEN)), late]))
    owner.feed(touchpoint("order.completed", 0, subject="order:1", promised_at=rfc3339(50)), viewed(60))
    assert owner.alerts == []
    owner.feed(touchpoint("shipment.delivered", 40, subject="order:1"))
    owner.advance(at(100))
    assert owner.alerts == []


GOOD: Final = rule("good", SHOWN, severity=Severity.LOW, positive=True, expires_ms=30 * MINUTE_MS)


def test_good_news_say_so() -> None:
    """In the mode of the alert, but for those in shadow; they end by themselves."""
    owner = Harness(partition([GOOD, rule("shy", SHOWN, positive=True, mode=Mode.SHADOW), rule("bad", SHOWN)]))
    owner.feed(shown(0))
    assert sorted((a.rule, a.mode, a.status) for a in owner.alerts) == [
        ("bad", "live", "firing"), ("good", "positive", "firing"), ("shy", "shadow", "firing"),
    ]  # fmt: skip
    owner.advance(at(31))
    assert [(a.rule, a.status) for a in owner.alerts[3:]] == [("good", "expired")]


def test_good_news_are_no_false_alarms() -> None:
    """Labels do not count them, whatever they say."""
    owner = Harness(partition([GOOD]))
    owner.feed(shown(0))
    scores = score(owner.alerts, [Label("c1", "", at(5), FINE)])
    assert list(scores) == ["all"]
    assert (scores["all"].false_positives, scores["all"].unlabelled) == (0, 0)


RULE: Final = """\
  - id: {id}
    moment: FMOT
    severity: {severity}
    when: {when}
    title: {{en: a, es: b}}
    advice: {{en: a, es: b}}
"""
SEEN: Final = "{seen: {type: payment.failed}}"


def one(identity: str, when: str = SEEN, line: str = "", severity: str = "low") -> str:
    """Return the text of one rule."""
    return RULE.format(id=identity, when=when, severity=severity) + (f"    {line}\n" if line else "")


def findings(folder: Path, *rules: str) -> list[tuple[int, int, str]]:
    """Return what is wrong with a file of these rules, each of which has a remedy."""
    path = folder / "pack.yaml"
    path.write_text("rules:\n" + "".join(rules))
    with pytest.raises(LoadError) as raised:
        read([path], shipped())
    assert all(found.remedy for found in raised.value.findings)
    return [(found.line, found.column, found.message) for found in raised.value.findings]


def test_how_a_rule_says_it() -> None:
    """`is`, `rules`, `severity` and `within`."""
    when = "{all: [{seen: {type: page.viewed}}, {episode: {is: recovered, rules: [b, c], within: 60d}}]}"
    [found] = load("rules:\n" + one("a", when), "pack.yaml", shipped())
    assert isinstance(found.when, AllOf)
    assert found.when.parts[1] == OtherEpisode(EpisodeIs.RECOVERED, ("b", "c"), None, 60 * 24 * 60 * MINUTE_MS)
    assert [tuple(each) for each in found.references] == [("b", 5, 81), ("c", 5, 84)]


@pytest.mark.parametrize(
    ("episode", "column", "message"),
    [
        ("fires", 21, "episode must be a mapping"),
        ("{severity: high}", 21, "episode lacks `is`"),
        ("{is: firing}", 26, "unknown is: firing"),
        ("{is: open, within: 1d}", 40, "an episode that is `open` has no `within`"),
        ("{is: recovered}", 21, "episode lacks `within`"),
        ("{is: recovered, within: 1d, severity: low}", 59, "an episode that is `recovered` has no `severity`"),
        ("{is: fires, rules: []}", 40, "`rules` is an empty list"),
        ("{is: fires, rules: [3]}", 41, "the id of a rule must be text"),
        ("{is: fires, rules: [b, b]}", 44, "`b` is listed twice"),
        ("{is: fires, rules: [nobody]}", 41, "unknown rule `nobody` in `rules`"),
        ("{is: fires, rules: a}", 40, "a rule cannot look at the episodes of itself"),
        ("{is: fires, rules: c}", 40, "a rule cannot look at the episodes of `c`, which looks at other rules itself"),
        (
            "{is: open}",
            11,
            "`when` has nothing that happens: a bare `not` or `trait` may hold from the first moment on",
        ),
    ],
)
def test_each_mistake_has_its_place_and_remedy(tmp_path: Path, episode: str, column: int, message: str) -> None:
    """Also those between rules."""
    others = (one("b"), one("c", "{episode: {is: fires}}"))
    assert findings(tmp_path, one("a", f"{{episode: {episode}}}"), *others)[0] == (5, column, message)


def test_a_rule_that_looks_at_others_hides_none_of_them(tmp_path: Path) -> None:
    """It opens after them."""
    [(line, _, message)] = findings(tmp_path, one("a", "{episode: {is: fires}}"), one("b", line="hidden_by: a"))
    assert (line, message.partition(":")[0]) == (14, "`a` looks at the episodes of other rules and opens after them")


@pytest.mark.parametrize(
    ("line", "severity", "message"),
    [
        ("positive: perhaps", "low", "`positive` must be true or false: perhaps"),
        ("positive: true", "high", "a positive moment pages nobody: it cannot be `high`"),
        ("positive: true\n    settle: 5m", "low", "nothing to recover from: `settle` makes no sense"),
        ("positive: true\n    recovers_on: {type: order.completed}", "low", "`recovers_on` makes no sense"),
        ("positive: true\n    raises: {to: high, after: 1d}", "low", "`raises` makes no sense"),
    ],
)
def test_mistakes_in_good_news(tmp_path: Path, line: str, severity: str, message: str) -> None:
    """Whatever would make trouble of them."""
    found = findings(tmp_path, one("a", line=line, severity=severity))
    assert message in found[0][2]
