"""The desk's file: everything that it can say, and every mistake with its place."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from streams.desk.routing.digest import DigestPolicy
from streams.desk.routing.escalation import Step
from streams.desk.routing.policy import ROOT, Policy
from streams.desk.routing.quiet import BY_SEVERITY, DAY_MS, Urgency
from streams.desk.routing.rank import Budget
from streams.desk.routing.receivers import Channel, Receiver
from streams.desk.settings.load import load, read
from streams.errors import Finding, LoadError
from streams.settings.places import DEPLOY

NOW: Final = datetime(2026, 3, 2, tzinfo=UTC)
HEAD: Final = "receivers: [{name: chat, channels: [{kind: webhook, url: https://x.example}]}]\n"
FIRST, SECOND = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def policy(text: str) -> Policy:
    """Return what a text says."""
    return load(text, "desk.yaml", Path(), NOW)


def test_the_shipped_example_is_a_good_file() -> None:
    """What people copy works, and says what it seems to."""
    found = read(DEPLOY / "desk" / "desk.yaml", NOW)
    assert found.receivers["ana-phone"].fallback == "support-chat"
    assert found.receivers["store-chat"].channels[0].options == {
        "url": "https://stores.example/alerts",
        "secret_env": "DESK_STORES_SECRET",
    }
    assert found.teams["support"].budget == Budget(pages_per_hour=20, open_cases=60)
    assert found.teams["support"].digest.at_ms == found.digest.at_ms == (8 * 60 + 30) * 60_000
    assert found.teams["support"].digest.receiver == "support-mail"
    assert found.escalations["standard"].steps == (
        Step(600_000, ("team",)),
        Step(1_200_000, ("support-chat", "operations")),
    )
    operations, stores, support = found.route.routes
    payments = support.routes[0]
    assert (operations.escalation, stores.mute, stores.group_by) == ("", ("night",), ("store", "severity"))
    assert (payments.receiver, payments.repeat_interval_ms, payments.group_interval_ms) == ("team", 3_600_000, 300_000)
    assert found.inhibitions[0].equal == ("store",)
    assert found.silences[0].id == "file:1"
    assert "office" in found.calendars


def test_a_file_that_says_nothing_has_the_defaults() -> None:
    """Nobody is told; severities mean what they always do."""
    found = policy("page_horizon: 12h")
    assert (found.route, found.receivers, found.silences) == (ROOT, {}, ())
    assert found.quiet.horizon_ms == DAY_MS // 2
    assert dict(found.quiet.urgency) == dict(BY_SEVERITY)
    assert found.digest == DigestPolicy()


def test_a_channel_keeps_its_options_and_its_place() -> None:
    """Whoever builds it may complain there."""
    assert policy(HEAD).receivers["chat"] == Receiver(
        name="chat", channels=(Channel("webhook", {"url": "https://x.example"}, 1, 37),)
    )


def test_severities_may_mean_something_else() -> None:
    """Those that are not named keep their meaning."""
    urgency = policy("severities: {high: page, low: queue}").quiet.urgency
    assert (urgency["high"], urgency["low"], urgency["medium"]) == (Urgency.PAGE, Urgency.QUEUE, Urgency.QUEUE)


def test_children_say_what_is_other_than_above() -> None:
    """And have a name of their own by their place in the file."""
    text = HEAD + (
        "route:\n  receiver: chat\n  group_wait: 1s\n  active: [office]\n  routes:\n"
        "    - match: 'team=a'\n      continue: true\n      group_wait: 0s\n"
        "      routes: [{match: [severity=low], active: [], receiver: team}]\n    - {match: [team=b]}\n"
    )
    root = policy(text).route
    first, second = root.routes
    low = first.routes[0]
    assert [each.name for each in (root, first, low, second)] == ["root", "root/1", "root/1/2", "root/3"]
    assert (first.group_wait_ms, second.group_wait_ms, first.goes_on, low.goes_on) == (0, 1_000, True, False)
    assert (first.active, low.active, low.receiver, low.group_wait_ms) == (("office",), (), "team", 0)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "must be a mapping"),
        ("- a", 1, 1, "must be a mapping"),
        ("recievers: []", 1, 1, "unknown key `recievers`"),
        ("receivers: 3", 1, 12, "must be a list"),
        ("receivers: [3]", 1, 13, "must be a mapping"),
        ("receivers: [{name: a}]", 1, 13, "lacks `channels`"),
        ("receivers: [{name: a, channels: []}]", 1, 33, "has no channel"),
        ("receivers: [{name: a, channels: [{url: x}]}]", 1, 34, "lacks `kind`"),
        ("receivers: [{name: a, channels: [{kind: x, url: [y]}]}]", 1, 49, "must be one value"),
        ("receivers: [{name: team, channels: [{kind: x}]}]", 1, 20, "means the case's team"),
        (HEAD + "teams: [{name: chat}]", 2, 16, "is there already, at line 1"),
        ("receivers: [{name: a, channels: [{kind: x}], fallback: b}]", 1, 56, "unknown receiver `b`"),
        ("receivers: [{name: a, channels: [{kind: x}], fallback: a}]", 1, 56, "lead back to it"),
        (HEAD + "route: {}", 2, 8, "the root lacks `receiver`"),
        (HEAD + "route: {receiver: team}", 2, 19, "cannot leave it to the team"),
        (HEAD + "route: {receiver: chta}", 2, 19, "unknown receiver `chta`"),
        ("teams: [{name: lone}]\nroute: {receiver: lone}", 2, 19, "unknown receiver `lone`"),
        (HEAD + "route: {receiver: chat, match: [team=a]}", 2, 32, "the root takes every case"),
        (HEAD + "route: {receiver: chat, group_by: [color]}", 2, 36, "unknown label `color`"),
        (HEAD + "route: {receiver: chat, mute: [nihgt]}", 2, 32, "unknown calendar `nihgt`"),
        (HEAD + "route: {receiver: chat, active: [office], mute: [office]}", 2, 49, "never tells anybody"),
        (HEAD + "route: {receiver: chat, escalation: x}", 2, 37, "unknown escalation `x`"),
        (HEAD + "route: {receiver: chat, group_interval: 0s}", 2, 41, "longer than nothing"),
        (HEAD + "route: {receiver: chat, routes: [{match: [team]}]}", 2, 43, "is no matcher"),
        (HEAD + "route: {receiver: chat, routes: [{match: ['team=~a{2}']}]}", 2, 43, "is no matcher"),
        (HEAD + "route: {receiver: chat, routes: [{match: ['team=~\"(a\"']}]}", 2, 43, "is no pattern"),
        (HEAD + "route: {receiver: chat, routes: [{}, {match: [team=a]}]}", 2, 38, "never reached: route `root/1`"),
        (HEAD + "route: {receiver: chat, routes: [{name: root}]}", 2, 41, "a route `root` already"),
        (HEAD + "escalations: [{name: x, steps: []}]", 2, 32, "without steps"),
        (HEAD + "escalations: [{name: x, steps: [{after: 1m}]}]", 2, 33, "lacks `to`"),
        (HEAD + "escalations: [{name: x, steps: [{after: 1m, to: boss}]}]", 2, 49, "unknown receiver `boss`"),
        (HEAD + "escalations: [{name: x, steps: [{after: 1m, to: chat}], repeat: 6}]", 2, 65, "more than 5"),
        (HEAD + "escalations: [{name: none, steps: [{after: 1m, to: chat}]}]", 2, 22, "`none` already"),
        ("working_hours: offic", 1, 16, "unknown calendar `offic`"),
        ("calendars: {a: {time_zone: Mars, open: {mon: '09:00-10:00'}}}", 1, 28, "unknown time zone `Mars`"),
        ("severities: {urgent: page}", 1, 14, "unknown key `urgent`"),
        ("severities: {low: never}", 1, 19, "unknown low: never"),
        ("page_horizon: soon", 1, 15, "is not a duration"),
        ("rank: {weights: {low: 0}}", 1, 23, "more than nothing"),
        ("digest: {at: '24:00'}", 1, 14, "no time of day"),
        ("digest: {time_zone: Europe/Madird}", 1, 21, "unknown time zone"),
        ("teams: [{name: a, receiver: b}]", 1, 29, "unknown receiver `b`"),
        ("teams: [{name: a, budget: {open_cases: 0}}]", 1, 40, "1 or more"),
        ("inhibitions: [{name: a, source: [team=a], target: [team=a]}]", 1, 15, "inhibits nothing"),
        ("inhibitions: [{name: a, source: [team=a]}]", 1, 15, "lacks `target`"),
        ("silences: [{match: [team=a], starts: x, ends: y, author: a, comment: b}]", 1, 38, "is not a time"),
        (
            f"silences: [{{match: [team=a], starts: {SECOND}, ends: {FIRST}, author: a, comment: b}}]",
            1,
            12,
            "ends before it starts",
        ),
        (
            f"silences: [{{match: [team=~.*], starts: {FIRST}, ends: {SECOND}, author: a, comment: b}}]",
            1,
            12,
            "silence everything",
        ),
        ("on_call: [{name: a, file: a.ics, people: {}}]", 1, 11, "lacks `fallback`"),
        (HEAD + "on_call: [{name: a, file: none.ics, people: {A: chat}, fallback: chat}]", 2, 27, "cannot be read"),
        (HEAD + "on_call: [{name: a, file: a.ics, people: {A: b}, fallback: chat}]", 2, 46, "unknown receiver `b`"),
        (HEAD + "on_call: [{name: a, file: a, people: {}, fallback: chat, time_zone: X}]", 2, 69, "unknown time zone"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(text: str, line: int, column: int, message: str) -> None:
    """Before anything starts."""
    with pytest.raises(LoadError) as caught:
        policy(text)
    found = [each for each in caught.value.findings if message in each.message]
    assert [(each.line, each.column) for each in found[:1]] == [(line, column)], str(caught.value)
    assert all(each.remedy for each in caught.value.findings)


def test_every_mistake_is_found_in_one_pass() -> None:
    """In the order of the file."""
    with pytest.raises(LoadError) as caught:
        policy("receivers: [{name: a}]\nroute: {receiver: b, mute: [c]}\nworking_hours: d\n")
    assert [each.line for each in caught.value.findings] == [1, 2, 2, 3]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(LoadError, match="cannot be read"):
        read(tmp_path / "none.yaml", NOW)


BLOCKS: Final = re.findall(r"```yaml\n(.*?)```", (DEPLOY / "desk" / "README.md").read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.partition(":")[0])
def test_the_readme_shows_what_can_be_written(block: str) -> None:
    """But for names that other blocks declare."""
    found: list[Finding] = []
    try:
        policy(block)
    except LoadError as error:
        found = error.findings
    assert [each for each in found if not each.message.startswith("unknown ") or "unknown key" in each.message] == []
