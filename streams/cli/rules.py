"""`touchpoint rules`: check rule files, run the test cases beside them, publish them, explain alerts."""

from pathlib import Path
from typing import Any, Final

import click

from streams.backtest.completeness import judge
from streams.backtest.suite import run_files
from streams.backtest.trials import Trial, explain
from streams.cli import rule_sets
from streams.cli.explained import command as explained
from streams.cli.rule_lines import number_of, print_json, print_trials, refuse, table
from streams.codec.rules import case_files, read
from streams.codec.vocabulary import shipped
from streams.errors import Finding, LoadError
from streams.rules.model import Rule
from streams.rules.reference import Entry, entries, markdown
from streams.rules.scope import channels
from streams.touchpoints.vocabulary import Vocabulary

_MOST_WARNINGS: Final = 20
_HEADINGS: Final = ("id", "moment", "severity", "channels", "mode")


@click.group(epilog="Example: touchpoint rules check deploy/rules && touchpoint rules test deploy/rules")
def command() -> None:
    """Check, test, publish and explain rules."""


command.add_command(explained)
command.add_command(rule_sets.publish)
command.add_command(rule_sets.status)
command.add_command(rule_sets.undo)
command.add_command(rule_sets.history)


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
@click.option(
    "--strict/--no-strict",
    default=None,
    help="Refuse rules that are not complete, or only warn [default: refuse in folders that hold test cases].",
)
@_vocabulary
@_as_json
def check(paths: tuple[Path, ...], vocabularies: tuple[Path, ...], *, strict: bool | None, as_json: bool) -> None:
    """Say what is wrong with rule files, by file, line and column; else list the rules.

    PATH is a file of rules, or a folder of them. A folder that holds test cases is a pack: its rules must be complete,
    with owner, advice, legal basis, recovery, and cases that show that each fires, does not fire, recovers and is
    corrected by late touchpoints. Elsewhere that is only warned of. Ends with 1 when something is wrong.
    """
    vocabulary = shipped(vocabularies)
    try:
        rules = read(paths, vocabulary)
        refused, warned = judge(paths, rules, vocabulary, strict=strict)
    except LoadError as error:
        refuse(error.findings, as_json=as_json)
    if refused:
        refuse(refused, as_json=as_json)
    rows = [_row(rule, vocabulary) for rule in rules]
    if as_json:
        print_json({"rules": rows, "findings": [], "warnings": [_told(each) for each in warned]})
        return
    for finding in warned[:_MOST_WARNINGS]:
        click.echo(f"warning: {finding}", err=True)
    if len(warned) > _MOST_WARNINGS:
        click.echo(f"and {number_of(len(warned) - _MOST_WARNINGS, 'more warning')}", err=True)
    for line in table(_HEADINGS, rows):
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
        refuse(error.findings, as_json=as_json)
    failed = [trial for trial in trials if not trial.passed]
    if as_json:
        cases = [_case(trial) for trial in trials]
        print_json({"cases": cases, "passed": len(trials) - len(failed), "failed": len(failed), "findings": []})
    else:
        print_trials(trials, failed)
    if failed:
        raise click.exceptions.Exit(1)


@command.command(epilog="Example: touchpoint rules reference > REFERENCE.md")
@_vocabulary
@_as_json
def reference(vocabularies: tuple[Path, ...], *, as_json: bool) -> None:
    """Print what the rule language has: every construct with its keys and examples, as Markdown."""
    vocabulary = shipped(vocabularies)
    if as_json:
        print_json({"constructs": [_entry(entry) for entry in entries(vocabulary)]})
    else:
        click.echo(markdown(vocabulary), nl=False)


def _entry(entry: Entry) -> dict[str, Any]:
    return entry._asdict() | {"keys": [key._asdict() for key in entry.keys]}


def _told(finding: Finding) -> dict[str, Any]:
    return {each: getattr(finding, each) for each in ("path", "line", "column", "message", "remedy")}


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
