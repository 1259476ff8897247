"""`touchpoint rules publish|status|undo|history`: the rules that all workers run, changed without a restart."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec

from streams.cli.kafka import as_json, bootstrap_servers, registry_url, run, vocabulary
from streams.cli.rule_lines import number_of, print_json, print_trials, refuse, table
from streams.errors import LoadError

if TYPE_CHECKING:
    from streams.broker.rule_sets import Published
    from streams.codec.rule_sets import Report, RuleSet
    from streams.rules.model import Rule
    from streams.touchpoints.vocabulary import Vocabulary

DAY_MS: Final = 86_400_000
SILENT_MS: Final = 200_000  # a worker reports every minute: one that has missed three is gone
_RULES: Final = ("id", "version", "mode", "warming until", "alerts 24h")
_WORKERS: Final = ("worker", "version", "since", "partitions", "waiting", "state")
_VERSIONS: Final = ("version", "published", "digest", "files", "what")


@click.command(epilog="Example: touchpoint rules publish deploy/rules mine.yaml")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--no-test", is_flag=True, help="Do not run the test cases beside the files.")
@click.option("--strict/--no-strict", default=None, help="Refuse incomplete rules everywhere, or nowhere.")
@vocabulary
@bootstrap_servers
@as_json
def publish(
    paths: tuple[Path, ...],
    no_test: bool,
    strict: bool | None,
    vocabulary: tuple[Path, ...],
    bootstrap_servers: str,
    as_json: bool,
) -> None:
    """Put these rules in force on every worker, without a restart.

    PATH is a file of rules, or a folder of them; together they are all the rules there are from then on. They are
    checked as `rules check` does, and their test cases run; when anything is wrong, nothing changes and this ends
    with 1. The same files as those in force make no new version.
    """
    from streams.backtest.completeness import judge  # noqa: PLC0415 - only when called
    from streams.backtest.suite import run_files  # noqa: PLC0415
    from streams.broker import rule_sets  # noqa: PLC0415
    from streams.codec import rule_sets as codec  # noqa: PLC0415
    from streams.codec.rules import CASES_SUFFIX, packs, read  # noqa: PLC0415
    from streams.codec.vocabulary import shipped  # noqa: PLC0415

    known = shipped(vocabulary)
    try:
        rules = read(paths, known)
        refused, _ = judge(paths, rules, known, strict=strict)
        cases = [path.with_name(path.name.removesuffix(".yaml") + CASES_SUFFIX) for path in packs(paths)]
        trials = () if no_test else run_files([path for path in cases if path.is_file()], known)
    except LoadError as error:
        refuse(error.findings, as_json=as_json)
    if refused:
        refuse(refused, as_json=as_json)
    failed = [trial for trial in trials if not trial.passed]
    if failed:
        if as_json:
            names = [f"{trial.case.path}:{trial.case.line}: {trial.case.name}" for trial in failed]
            print_json({"version": None, "findings": [], "failed": names})
        else:
            print_trials(trials, failed)
            click.echo("nothing is published", err=True)
        raise click.exceptions.Exit(1)
    files = codec.gather(paths)
    before = run(rule_sets.read(bootstrap_servers))
    made = run(rule_sets.publish(bootstrap_servers, files))
    is_new = made.version not in before.sets
    changes = _changes(_loaded(before.active, known), rules) if is_new else {}
    if as_json:
        said = {"version": made.version, "is_new": is_new, "digest": made.digest, "rules": len(rules)}
        print_json({**said, "cases": len(trials), "changes": changes, "findings": [], "failed": []})
        return
    if not is_new:
        click.echo(f"version {made.version} has the same files: nothing changes")
        return
    click.echo(
        f"version {made.version} is published: {number_of(len(rules), 'rule')}, {number_of(len(trials), 'case')}"
    )
    for what, names in changes.items():
        if names:
            click.echo(f"  {what}: {', '.join(names)}")
    click.echo("workers take it up within seconds: touchpoint rules status")


@click.command(epilog="Example: touchpoint rules undo")
@bootstrap_servers
@as_json
def undo(bootstrap_servers: str, as_json: bool) -> None:
    """Put the version before the one in force in force again, as a new version; again, and it goes one further back."""
    from streams.broker import rule_sets  # noqa: PLC0415 - only when called

    made = run(rule_sets.undo(bootstrap_servers))
    if as_json:
        print_json({"version": made.version, "restores": made.restores, "digest": made.digest})
    else:
        click.echo(f"version {made.version} is published: the rules of version {made.restores} again")


@click.command(epilog="Example: touchpoint rules history")
@bootstrap_servers
@as_json
def history(bootstrap_servers: str, as_json: bool) -> None:
    """List the versions that are kept, the newest first; that one is in force."""
    from streams.broker import rule_sets  # noqa: PLC0415 - only when called

    published = run(rule_sets.read(bootstrap_servers))
    rows = [_version(one) for one in reversed(published.sets.values())]
    if as_json:
        print_json({"versions": rows})
    elif rows:
        click.echo("\n".join(table(_VERSIONS, rows)))
    else:
        click.echo("no rules are published: each worker runs those it was started with")


@click.command(epilog="Example: touchpoint rules status")
@vocabulary
@registry_url
@bootstrap_servers
@as_json
def status(vocabulary: tuple[Path, ...], schema_registry_url: str, bootstrap_servers: str, as_json: bool) -> None:
    """Say which rules are in force, how far they are warm, what they raised in a day, and which worker runs what.

    A rule is warming until every journey holds all the history that it looks at. To count alerts, the alerts topic is
    read. Workers report every minute, and at each change.
    """
    from streams.broker import alerts, rule_sets  # noqa: PLC0415 - only when called
    from streams.codec.vocabulary import shipped  # noqa: PLC0415

    now = time.time_ns() // 1_000_000

    async def ask() -> tuple["Published", Mapping[tuple[str, str], int]]:
        published = await rule_sets.read(bootstrap_servers)
        return published, await alerts.raised(bootstrap_servers, now - DAY_MS, schema_registry_url)

    published, counts = run(ask())
    active = published.active
    rules = _loaded(active, shipped(vocabulary))
    reports = [one for one in published.reports.values() if now - one.written_at < DAY_MS]
    at_work = [one for one in reports if now - one.written_at < SILENT_MS]
    warming: dict[str, int] = {}
    for report in at_work:
        for name, until in report.warming.items():
            warming[name] = max(until, warming.get(name, 0))
    workers = [_worker(one, active, now) for one in sorted(reports, key=lambda one: one.worker)]
    rows = [_rule(rule, warming, counts) for rule in rules]
    said = {
        "version": active.version if active is not None else 0,
        "published_at": _time(active.published_at) if active is not None else None,
        "restores": active.restores if active is not None else 0,
        "rules": rows,
        "workers": workers,
    }
    if as_json:
        print_json(said)
        return
    if active is None:
        click.echo("no rules are published: each worker runs those it was started with")
    else:
        again = f", the rules of version {active.restores} again" if active.restores else ""
        click.echo(f"version {active.version} is in force since {_time(active.published_at)}{again}")
        click.echo("\n".join(table(_RULES, [_shown(row) for row in rows])))
    click.echo("\n".join(table(_WORKERS, workers)) if reports else "no worker has reported for a day")


def _loaded(active: "RuleSet | None", known: "Vocabulary") -> "tuple[Rule, ...]":
    """Return the rules of a published set; of one that this program cannot read none, and say why."""
    from streams.codec import rule_sets  # noqa: PLC0415 - only when called

    try:
        return rule_sets.rules_of(active, known) if active is not None else ()
    except LoadError as error:
        click.echo(f"version {active.version if active else 0} cannot be read here:\n{error}", err=True)
        return ()


def _changes(before: "Iterable[Rule]", after: "Iterable[Rule]") -> dict[str, list[str]]:
    """Return the ids of rules that are new, do something else, say it in other words, or have gone."""
    from streams.rules.regime import behaviours  # noqa: PLC0415 - only when called

    old, new = {rule.id: rule for rule in before}, {rule.id: rule for rule in after}
    did, does = behaviours(old.values()), behaviours(new.values())
    place = {"path": "", "line": 0, "hidden_at": (0, 0)}
    both = [name for name in does if name in did]
    return {
        "new": [name for name in does if name not in did],
        "changed": [name for name in both if did[name] != does[name]],
        "other words": [
            name
            for name in both
            if did[name] == does[name]
            and msgspec.structs.replace(old[name], **place) != msgspec.structs.replace(new[name], **place)
        ],
        "removed": [name for name in did if name not in does],
    }


def _version(one: "RuleSet") -> dict[str, Any]:
    what = f"version {one.restores} again" if one.restores else ""
    published = _time(one.published_at)
    return {"version": one.version, "published": published, "digest": one.digest, "files": len(one.files), "what": what}


def _rule(rule: "Rule", warming: Mapping[str, int], counts: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """Return a rule as a program sees it; `warming_until` is null where it is warm, or where that has no end."""
    from streams.rules.warming import UNBOUNDED  # noqa: PLC0415 - only when called

    until = warming.get(rule.id)
    alerts = {mode: counts[rule.id, mode] for mode in ("live", "shadow") if counts[rule.id, mode]}
    return {
        "id": rule.id,
        "version": rule.version,
        "mode": rule.mode.value,
        "warming": until is not None,
        "warming_until": _time(until) if until is not None and until < UNBOUNDED else None,
        "alerts": alerts,
    }


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule as a row of the table."""
    warming = (row["warming_until"] or "it has seen each customer anew") if row["warming"] else "-"
    alerts = tuple(f"{count} {mode}" for mode, count in row["alerts"].items()) or "0"
    return {**row, "warming until": warming, "alerts 24h": alerts}


def _worker(report: "Report", active: "RuleSet | None", now: int) -> dict[str, Any]:
    version = active.version if active is not None else 0
    behind = sum(count for at, count in report.partitions.items() if at != version)
    if now - report.written_at >= SILENT_MS:
        state = f"silent since {_time(report.written_at)}"
    elif report.refused is not None:
        state = f"refuses version {report.refused.version}: {report.refused.reason}"
    elif behind:
        state = f"{number_of(behind, 'partition')} on another version"
    else:
        state = "in step"
    return {
        "worker": report.worker,
        "version": report.version,
        "since": _time(report.since),
        "partitions": sum(report.partitions.values()),
        "waiting": report.waiting,
        "state": state,
    }


def _time(ms: int) -> str:
    from streams.codec.times import to_rfc3339  # noqa: PLC0415 - only when called

    return to_rfc3339(ms)
