"""What the verbs about rules print: mistakes, tables, test cases and JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import click

from streams.backtest.trials import Trial, explain
from streams.errors import Finding


def refuse(findings: Iterable[Finding], *, as_json: bool) -> NoReturn:
    """Print what is wrong and end with 1."""
    listed = list(findings)
    if as_json:
        fields = ("path", "line", "column", "message", "remedy")
        print_json({"findings": [{each: getattr(finding, each) for each in fields} for finding in listed]})
    else:
        for finding in listed:
            click.echo(str(finding), err=True)
        files = len({finding.path for finding in listed})
        click.echo(f"{number_of(len(listed), 'mistake')} in {number_of(files, 'file')}", err=True)
    raise click.exceptions.Exit(1)


def table(headings: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the headings and, below, what the rows have under each of them, in columns."""
    cells = [headings, *(tuple(_cell(row[name]) for name in headings) for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(headings))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def print_trials(trials: Iterable[Trial], failed: list[Trial]) -> None:
    """Print each failed trial with its difference, then the sum."""
    listed = list(trials)
    for trial in failed:
        click.echo(f"FAILED {trial.case.path}:{trial.case.line}: {trial.case.name}")
        for line in explain(trial):
            click.echo(f"    {line}")
    files = len({trial.case.path for trial in listed})
    click.echo(f"{number_of(len(listed), 'case')} in {number_of(files, 'file')}, {len(failed)} failed")


def number_of(count: int, noun: str) -> str:
    """Return so many of a thing in words."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def print_json(value: Any) -> None:
    """Print one JSON object."""
    click.echo(json.dumps(value, ensure_ascii=False))


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
