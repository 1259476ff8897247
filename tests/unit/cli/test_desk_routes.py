"""`touchpoint desk routes check` and `test`, as a person and as a program see them."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from streams.cli.desk_routes import command
from streams.errors import UsageError
from streams.settings.places import DEPLOY

EXAMPLE = DEPLOY / "desk" / "desk.yaml"
NIGHT, DAY = "2027-03-02T23:00:00+01:00", "2027-03-02T12:00:00+01:00"


def run(*words: str | Path) -> Result:
    """Run `touchpoint desk routes`; what is not an end of its own is raised."""
    result = CliRunner().invoke(command, list(map(str, words)))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def told(*labels: str, at: str = DAY, **options: str) -> dict[str, Any]:
    """Return what a case with these labels would come to."""
    words = [word for label in labels for word in ("--label", label)]
    words += [word for name, value in options.items() for word in (f"--{name}", value)]
    result = run("test", EXAMPLE, "--json", "--at", at, *words)
    assert result.exit_code == 0
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_check_shows_the_routes_of_a_good_file() -> None:
    """As a tree, then the sum."""
    result = run("check", EXAMPLE)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:2] == [
        "root: every case -> support-chat",
        '  operations: rule="source-blind" -> operations',
    ]
    assert result.stdout.endswith("5 routes, 6 receivers, 1 rota, 2 teams: all right\n")
    assert json.loads(run("check", EXAMPLE, "--json").stdout)["routes"] == 5


def test_check_names_every_mistake(tmp_path: Path) -> None:
    """By file, line and column, and ends with 1."""
    bad = tmp_path / "desk.yaml"
    bad.write_text("route: {receiver: nobody}\npage_horizon: soon\n")
    result = run("check", bad)
    assert result.exit_code == 1
    assert f"{bad}:1:19: unknown receiver `nobody`" in result.stderr
    assert f"{bad}:2:15: `page_horizon` is not a duration" in result.stderr
    assert len(json.loads(run("check", bad, "--json").stdout)["findings"]) == 2
    assert run("test", bad).exit_code == 1


def test_a_page_and_its_escalation() -> None:
    """Who is told, in which group, and when the next ones are."""
    found = told("team=support", "severity=critical", "rule=payment-failing", at=NIGHT)
    assert (found["decision"], found["reason"], found["by"]) == ("page", "at_once", "payments")
    assert found["routes"][0]["path"] == ["root", "support", "payments"]
    assert found["routes"][0]["group"] == "payments|rule=payment-failing"
    assert [(each["at"], each["step"], each["round"]) for each in found["escalation"]] == [
        ("2027-03-02T22:10:10.000Z", 1, 1),
        ("2027-03-02T22:30:10.000Z", 2, 1),
        ("2027-03-02T22:40:10.000Z", 1, 2),
        ("2027-03-02T23:00:10.000Z", 2, 2),
    ]
    assert found["escalation"][1]["receivers"] == ["support-chat", "operations"]


def test_who_is_on_call_is_that_of_the_time_asked_for() -> None:
    """However far from today it is: Ana has one week, Luis the next one."""
    weeks = ("2035-01-03T12:00:00+01:00", "2035-01-10T12:00:00+01:00")
    told_then = {told("team=support", "severity=critical", at=week)["receivers"][0] for week in weeks}
    assert told_then == {"ana-phone", "luis-phone"}


def test_why_not() -> None:
    """Quiet hours, a muted route, inhibition, silence, the digest: each with its reason and its end."""
    high = told("team=support", "severity=high", at=NIGHT)
    assert (high["reason"], high["again_at"]) == ("outside_hours", "2027-03-03T08:00:00.000Z")
    assert told("team=stores", "severity=critical", at=NIGHT)["reason"] == "muted"
    assert told("team=support", "store=a", beside="rule=source-blind,store=a")["reason"] == "inhibited"
    assert told("team=support", "store=a", beside="rule=source-blind,store=b")["decision"] == "page"
    silenced = told("store=madrid-014", at="2026-02-02T07:00:00+01:00")
    assert (silenced["reason"], silenced["by"]) == ("silenced", "file:1")
    assert told("severity=low")["decision"] == "digest"
    assert told("severity=critical", started="2027-02-28T12:00:00+01:00")["reason"] == "before_horizon"
    assert told("severity=critical", "mode=shadow")["reason"] == "shadow"
    assert silenced["because"] == {"en": "silenced", "es": "silenciado"}


def test_it_is_told_in_words() -> None:
    """The decision first, then every route and step."""
    lines = run("test", EXAMPLE, "--at", NIGHT, "--label", "team=stores", "--label", "store=a").stdout.splitlines()
    assert lines[0] == "queue: its route is quiet at this hour (stores)"
    assert lines[2].startswith("root > stores: store-chat (not now: its route is quiet at this hour until 2027-03-03")
    assert lines[4] == "while nobody has seen it:"


def test_an_expectation_makes_it_a_test() -> None:
    """Ends with 1 when others are told."""
    words = ("test", EXAMPLE, "--at", DAY, "--label", "rule=source-blind", "--label", "severity=critical", "--expect")
    assert run(*words, "operations").exit_code == 0
    wrong = run(*words, "support-chat")
    assert (wrong.exit_code, wrong.stderr) == (1, "expected support-chat, but told is operations\n")
    assert run(*words, "").exit_code == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--label", "severity"), "is no label"),
        (("--label", "sevrity=low"), "did you mean `severity`"),
        (("--label", "severity=urgent"), "unknown severity"),
        (("--at", "tomorrow"), "is not a time"),
        (("--at", "9999-12-31T23:00:00Z"), "beyond every calendar"),
        (("--started", "0001-01-01T00:00:00Z"), "beyond every calendar"),
        (("--beside", "store"), "is no label"),
    ],
)
def test_wrong_use_is_explained(words: tuple[str, ...], message: str) -> None:
    """With the option and the remedy."""
    with pytest.raises(UsageError, match=message):
        run("test", EXAMPLE, *words)


def test_the_readme_shows_what_is_printed() -> None:
    """Its example is run as it stands there."""
    block = (DEPLOY / "desk" / "README.md").read_text("utf-8").partition("```console\n")[2].partition("```")[0]
    line, _, printed = block.partition("$ touchpoint desk routes test desk.yaml ")[2].partition("\n")
    assert run("test", EXAMPLE, *line.split()).stdout == printed
