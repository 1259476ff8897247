"""`touchpoint rules explain`, as a person and as a program sees it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli import touchpoint
from streams.errors import TouchpointError, UsageError

PACK = """\
rules:
  - id: payment-failing
    moment: FMOT
    severity: high
    when: {count: {type: payment.failed, at_least: 2, within: 10m}}
    title: {en: Payment keeps failing, es: El pago falla}
    advice: {en: Call, es: Llamar}
"""
EVENTS = "".join(
    f'{{"id":"{minute}","source":"//t","type":"payment.failed","time":"2026-01-05T09:0{minute}:00Z","customer":"c1"}}\n'
    for minute in (0, 4)
)


def run(*words: str | Path, text: str | None = None) -> Result:
    """Run a verb."""
    return CliRunner().invoke(touchpoint, [str(word) for word in words], input=text)


@pytest.fixture
def given(tmp_path: Path) -> tuple[str, ...]:
    """Return the options for rules and touchpoints; `alert.json` beside them is what they raise."""
    (tmp_path / "pack.yaml").write_text(PACK)
    (tmp_path / "events.jsonl").write_text(EVENTS)
    options = ("--rules", str(tmp_path / "pack.yaml"), "--events", str(tmp_path / "events.jsonl"))
    assert run("backtest", *options, "--output", tmp_path / "alert.json").exit_code == 0
    return options


def test_it_says_why_and_what_would_have_been_in_two_languages(given: tuple[str, ...], tmp_path: Path) -> None:
    """The clause with its touchpoints, then the change that the fold has tried."""
    english = run("rules", "explain", tmp_path / "alert.json", *given)
    assert english.exit_code == 0, english.output
    assert english.stdout.splitlines()[-5:] == [
        "  payment.failed within 10m: 2, threshold 2",
        "    2026-01-05T09:00:00.000Z  payment.failed  //t 0",
        "    2026-01-05T09:04:00.000Z  payment.failed  //t 4",
        "It would not have been raised at 2026-01-05T09:04:00.000Z:",
        "  with 1 instead of 2 of “payment.failed within 10m”: without payment.failed of 2026-01-05T09:04:00.000Z",
    ]
    spanish = run("rules", "explain", tmp_path / "alert.json", *given, "--lang", "es")
    assert spanish.stdout.splitlines()[-1].endswith("sin payment.failed de 2026-01-05T09:04:00.000Z")
    assert "El pago falla" in spanish.stdout


def test_a_file_an_id_and_standard_input_are_the_same(given: tuple[str, ...], tmp_path: Path) -> None:
    """The id is looked for in what the rules raise on the touchpoints."""
    line = (tmp_path / "alert.json").read_text()
    by_file = run("rules", "explain", tmp_path / "alert.json", *given, "--json")
    by_id = run("rules", "explain", json.loads(line)["alert_id"], *given, "--json")
    by_input = run("rules", "explain", "-", *given, "--json", text=line)
    assert by_file.stdout == by_id.stdout == by_input.stdout
    [change] = json.loads(by_file.stdout)["changes"]
    assert (change["change"], [each["id"] for each in change["touchpoints"]]) == ("without", ["4"])


def test_without_touchpoints_it_says_what_it_needs(given: tuple[str, ...], tmp_path: Path) -> None:
    """The clauses alone, and how to learn more."""
    found = run("rules", "explain", tmp_path / "alert.json")
    assert found.exit_code == 0
    assert found.stdout.splitlines()[-1].startswith("With --rules and --events")
    assert "threshold 2" in found.stdout
    assert isinstance(run("rules", "explain", tmp_path / "alert.json", *given[:2]).exception, UsageError)


def test_an_alert_that_is_nowhere_is_told(given: tuple[str, ...]) -> None:
    """An unknown id is a plain no, a file that is not there is wrong use."""
    unknown, missing = run("rules", "explain", "0" * 32, *given).exception, run("rules", "explain", "x.json").exception
    assert isinstance(unknown, TouchpointError)
    assert unknown.exit_code == 1
    assert isinstance(missing, UsageError)


CROWD = """\
rules:
  - id: till-trouble
    moment: FMOT
    severity: high
    over: till
    when: {surge: {type: payment.failed, at_least: 3, within: 10m, times: 4, baseline: 1h}}
    title: {en: Till trouble, es: Problemas en caja}
    advice: {en: Go, es: Ir}
"""


def test_of_a_crowd_it_says_what_is_usual(tmp_path: Path) -> None:
    """How many now, how many times the average, and from which average on it would have been nothing unusual."""
    (tmp_path / "pack.yaml").write_text(CROWD)
    (tmp_path / "events.jsonl").write_text(
        "".join(
            f'{{"id":"{number}","source":"//pos/madrid/till-1","type":"payment.failed","time":"2026-01-05T{time}:00Z",'
            f'"customer":"c{number}"}}\n'
            for number, time in enumerate(("08:30", "09:00", "09:01", "09:02", "09:03", "09:04", "09:04", "09:04"))
        )
    )
    options = ("--rules", str(tmp_path / "pack.yaml"), "--events", str(tmp_path / "events.jsonl"))
    assert run("backtest", *options, "--output", tmp_path / "alert.json").exit_code == 0
    english = run("rules", "explain", tmp_path / "alert.json", *options)
    assert english.exit_code == 0, english.output
    told = english.stdout[english.stdout.index("It was raised") :].splitlines()
    assert [line for line in told if not line.startswith("    ")] == [
        "It was raised because:",
        "  payment.failed within 10m over one till: 7, threshold 3",
        "  times the average of the 1h before: 42, threshold 4",
        "  the average of the 1h before: 0.166667, threshold 1.75",
        "It would not have been raised at 2026-01-05T09:00:00.000Z:",
        (
            "  with 2 instead of 7 of “payment.failed within 10m over one till”: without 5 touchpoints from "
            "2026-01-05T09:02:00.000Z to 2026-01-05T09:04:00.000Z"
        ),
        "  if the average of the 1h before were above 1.75 instead of 0.166667",
    ]
    spanish = run("rules", "explain", tmp_path / "alert.json", *options, "--lang", "es").stdout
    assert spanish.splitlines()[-1].endswith("fuera más de 1.75 en lugar de 0.166667")
    answer = json.loads(run("rules", "explain", tmp_path / "alert.json", *options, "--json").stdout)
    assert [(each["change"], each["value"]) for each in answer["changes"]] == [("without", 2), ("usual", 1.75)]
