"""`touchpoint rules`: check rule files, run the test cases beside them, explain alerts."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from streams.backtest.suite import run_files
from streams.backtest.trials import Trial, explain
from streams.cli.explained import command as explained
from streams.codec.rules import case_files, read
from streams.codec.vocabulary import shipped
from streams.errors import Finding, LoadError
from streams.rules.model import Rule
from streams.rules.reference import Entry, entries, markdown
from streams.rules.scope import channels
from streams.touchpoints.vocabulary import Vocabulary

_HEADINGS: Final = ("id", "moment", "severity", "channels", "mode")


@click.group(epilog="Example: touchpoint rules check deploy/rules && touchpoint rules test deploy/rules")
def command() -> None:
    """Check, test and explain rules."""


command.add_command(explained)


_paths: Final = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
_as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_vocabulary: Final = click.option(
    "--vocabulary",
    "vocabularies",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A vocabulary of your own over the shipped one (may be repeated).",
)


@command.command(epilog="Example: touchpoint rules check deploy/rules mine.yaml")
@_paths
@_vocabulary
@_as_json
def check(paths: tuple[Path, ...], vocabularies: tuple[Path, ...], *, as_json: bool) -> None:
    """Say what is wrong with rule files, by file, line and column; else list the rules.

    PATH is a file of rules, or a folder of them. Ends with 1 when something is wrong.
    """
    vocabulary = shipped(vocabularies)
    try:
        rules = read(paths, vocabulary)
    except LoadError as error:
        _refuse(error.findings, as_json=as_json)
    rows = [_row(rule, vocabulary) for rule in rules]
    if as_json:
        _print_json({"rules": rows, "findings": []})
        return
    for line in _table(rows):
        click.echo(line)
    shadow = sum(row["mode"] == "shadow" for row in rows)
    click.echo(f"{len(rows)} rules, {len(rows) - shadow} live, {shadow} in shadow: all right")


@command.command(epilog="Example: touchpoint rules test deploy/rules")
@_paths
@_vocabulary
@_as_json
def test(paths: tuple[Path, ...], vocabularies: tuple[Path, ...], *, as_json: bool) -> None:
    """Run the test cases beside rule files: those of fmot.yaml are in fmot_test.yaml.

    PATH is a file of rules or of test cases, or a folder of them. Ends with 1 when a case fails.
    """
    try:
        trials = run_files(case_files(paths), shipped(vocabularies))
    except LoadError as error:
        _refuse(error.findings, as_json=as_json)
    failed = [trial for trial in trials if not trial.passed]
    if as_json:
        cases = [_case(trial) for trial in trials]
        _print_json({"cases": cases, "passed": len(trials) - len(failed), "failed": len(failed), "findings": []})
    else:
        _print_trials(trials, failed)
    if failed:
        raise click.exceptions.Exit(1)


@command.command(epilog="Example: touchpoint rules reference > REFERENCE.md")
@_vocabulary
@_as_json
def reference(vocabularies: tuple[Path, ...], *, as_json: bool) -> None:
    """Print what the rule language has: every construct with its keys and examples, as Markdown."""
    vocabulary = shipped(vocabularies)
    if as_json:
        _print_json({"constructs": [_entry(entry) for entry in entries(vocabulary)]})
    else:
        click.echo(markdown(vocabulary), nl=False)


def _entry(entry: Entry) -> dict[str, Any]:
    return entry._asdict() | {"keys": [key._asdict() for key in entry.keys]}


def _refuse(findings: Iterable[Finding], *, as_json: bool) -> NoReturn:
    listed = list(findings)
    if as_json:
        fields = ("path", "line", "column", "message", "remedy")
        _print_json({"findings": [{each: getattr(finding, each) for each in fields} for finding in listed]})
    else:
        for finding in listed:
            click.echo(str(finding), err=True)
        files = len({finding.path for finding in listed})
        click.echo(f"{_number(len(listed), 'mistake')} in {_number(files, 'file')}", err=True)
    raise click.exceptions.Exit(1)


def _row(rule: Rule, vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "id": rule.id,
        "version": rule.version,
        "moment": rule.moment.value,
        "severity": rule.severity.value,
        "owner": rule.owner,
        "channels": channels(rule, vocabulary),
        "mode": rule.mode.value,
        "title": rule.title,
        "path": rule.path,
        "line": rule.line,
    }


def _table(rows: list[dict[str, Any]]) -> list[str]:
    cells = [_HEADINGS, *(tuple(_cell(row[name]) for name in _HEADINGS) for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(_HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _print_trials(trials: Iterable[Trial], failed: list[Trial]) -> None:
    listed = list(trials)
    for trial in failed:
        click.echo(f"FAILED {trial.case.path}:{trial.case.line}: {trial.case.name}")
        for line in explain(trial):
            click.echo(f"    {line}")
    files = len({trial.case.path for trial in listed})
    click.echo(f"{_number(len(listed), 'case')} in {_number(files, 'file')}, {len(failed)} failed")


def _case(trial: Trial) -> dict[str, Any]:
    case = trial.case
    difference = [] if trial.passed else explain(trial)
    return {
        "name": case.name,
        "path": case.path,
        "line": case.line,
        "passed": trial.passed,
        "difference": difference,
    }


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
