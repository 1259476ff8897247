"""`touchpoint backtest`: rules over recorded touchpoints, without a broker."""

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from streams.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streams.alerts.alert import Alert
    from streams.backtest.labels import Score
    from streams.backtest.replay import Outcome
    from streams.journeys.holds import Outage
    from streams.rules.model import Rule
    from streams.touchpoints.vocabulary import Vocabulary


@click.command(
    epilog="Example: touchpoint backtest --rules deploy/rules --events olist.jsonl.zst --labels olist.csv --json"
)
@click.option("--rules", "rule_paths", multiple=True, help="A rule file or a folder; may be repeated.")
@click.option(
    "--compare", nargs=2, metavar="OLD NEW", help="Two rule files or folders, in place of --rules: what is different."
)
@click.option("--events", multiple=True, required=True, help="JSON lines (.gz, .zst); may be repeated.")
@click.option("--labels", type=click.Path(path_type=Path), help="CSV: customer,subject,time,label.")
@click.option("--until", help="Let time pass to this RFC 3339 instant at the end [default: the last event time].")
@click.option("--output", help="Write each alert revision (--compare: difference) as a JSON line; `-` for stdout.")
@click.option(
    "--sources",
    "sources_path",
    type=click.Path(path_type=Path),
    help="Find out when which source was blind, by this YAML file (others are learnt); or a .jsonl of outages.",
)
@click.option("--vocabulary", multiple=True, type=click.Path(path_type=Path), help="Your own types, on the shipped.")
@click.option(
    "--cores",
    type=click.IntRange(min=1),
    help="How many processes share the customers; the answer is the same [default: all, for small files one].",
)
@click.option("--max-lost", type=click.IntRange(min=0), help="With --compare: more alerts lost are worse.")
@click.option("--max-gained", type=click.IntRange(min=0), help="With --compare: more alerts gained are worse.")
@click.option("--min-precision", type=click.FloatRange(0, 1), help="With --compare and --labels: less is worse.")
@click.option("--min-recall", type=click.FloatRange(0, 1), help="With --compare and --labels: less is worse.")
@click.option("--max-per-hour", type=click.FloatRange(min=0), help="With --compare: more for any team is worse.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    rule_paths: tuple[str, ...],
    compare: tuple[str, str] | None,
    events: tuple[str, ...],
    labels: Path | None,
    until: str | None,
    output: str | None,
    sources_path: Path | None,
    vocabulary: tuple[Path, ...],
    cores: int | None,
    max_lost: int | None,
    max_gained: int | None,
    min_precision: float | None,
    min_recall: float | None,
    max_per_hour: float | None,
    *,
    as_json: bool,
) -> None:
    """Replay touchpoints by event time through rules; report the alerts, and with labels what they are worth.

    With --compare, say what changes from one set of rules to another, by rule and team. It ends with 0 when the new
    rules are no worse, 1 when they are by one of the thresholds given, and 2 when the input is wrong.
    """
    thresholds = (max_lost, max_gained, min_precision, min_recall, max_per_hour)
    if compare:
        if rule_paths:
            raise UsageError("there are two sets of rules already", place="--rules", remedy="leave it out")
        if sources_path:
            raise UsageError("a comparison holds nothing back", place="--sources", remedy="leave it out")
        _compare(compare, events, labels, until, output, vocabulary, cores, thresholds, as_json=as_json)
        return
    if not rule_paths:
        raise UsageError("there are no rules", place="--rules", remedy="name a rule file or a folder")
    if any(each is not None for each in thresholds):
        raise UsageError("a threshold is of two sets of rules", place="--compare", remedy="give OLD and NEW")
    from streams.cli import worth as shown  # noqa: PLC0415 - only when called
    from streams.codec.rules import read  # noqa: PLC0415
    from streams.codec.vocabulary import shipped  # noqa: PLC0415

    known = shipped(vocabulary)
    rules = read(rule_paths, known)
    end = _instant(until)
    truth = _labels(labels)
    began = time.perf_counter()
    outages, said = _outages(sources_path, known, events, end)
    with _writer(output) as tell:
        outcome = replayed(rules, known, events, end, cores, tell, outages, said)
    summary = outcome.summary
    summary.seconds = round(time.perf_counter() - began, 3)
    scores = _scores(outcome, truth)
    if as_json:
        click.echo(shown.as_json(summary, scores, outcome.pages).decode(), err=output == "-")
    else:
        for line in shown.table(summary, scores, outcome.pages):
            click.echo(line, err=True)
    _report_refused(outcome)


def _compare(
    sides: tuple[str, str],
    events: tuple[str, ...],
    labels: Path | None,
    until: str | None,
    output: str | None,
    vocabulary: tuple[Path, ...],
    cores: int | None,
    thresholds: tuple[int | None, int | None, float | None, float | None, float | None],
    *,
    as_json: bool,
) -> None:
    from streams.backtest.compare import Thresholds, compare, worse  # noqa: PLC0415 - only when called
    from streams.cli import comparison as shown  # noqa: PLC0415
    from streams.codec.rules import read  # noqa: PLC0415
    from streams.codec.vocabulary import shipped  # noqa: PLC0415

    if any(not Path(path).is_file() for path in events):
        raise UsageError("the touchpoints are read twice", place="--events", remedy="name files, not `-`")
    known = shipped(vocabulary)
    packs = [read([side], known) for side in sides]
    truth, end = _labels(labels), _instant(until)
    limits = Thresholds(*thresholds)
    if truth is None and not (limits.least_precision is limits.least_recall is None):
        raise UsageError("nobody knows what alerts are worth", place="--labels", remedy="give labels as well")
    old, new = (replayed(pack, known, events, end, cores, lambda _: None) for pack in packs)
    found = compare((old.fired(), packs[0]), (new.fired(), packs[1]), truth, new.span.hours)
    reasons = worse(found, limits)
    with _file(output) as file:
        for difference in found.differences:
            _line(file, shown.difference_line(difference))
    if as_json:
        click.echo(shown.as_json(found, reasons, new.summary.touchpoints).decode(), err=output == "-")
    else:
        for line in shown.table(found, reasons):
            click.echo(line, err=output == "-")
    _report_refused(new)
    if reasons:
        raise click.exceptions.Exit(1)


def replayed(
    rules: "Sequence[Rule]",
    vocabulary: "Vocabulary",
    events: tuple[str, ...],
    until: int | None,
    cores: int | None,
    tell: "Callable[[Alert], None]",
    outages: "Sequence[Outage]" = (),
    said: "Sequence[Alert]" = (),
) -> "Outcome":
    """Replay files under a progress bar, on several cores where that is worth it; tell of each revision at the end.

    `outages` are those of the sources, and `said` what was said of them.
    """
    from streams.backtest.parallel import ParallelReplay, worth_it  # noqa: PLC0415 - only when called
    from streams.backtest.replay import Replay, ordered  # noqa: PLC0415
    from streams.backtest.shard import collect_seldom  # noqa: PLC0415
    from streams.codec import files  # noqa: PLC0415
    from streams.rules.compile import compile_rules  # noqa: PLC0415

    sizes = [Path(path).stat().st_size for path in events if Path(path).is_file()]
    chosen = cores or (_all_cores() if worth_it(sizes, _all_cores()) else 1)
    with _bar(events) as progress:
        if chosen > 1 and len(sizes) == len(events):  # standard input and pipes can be read but once
            parallel = ParallelReplay(rules, vocabulary, chosen, outages, said)
            parallel.run(events, until, tell, lambda path, done: progress(path)(done))
            return parallel
        collect_seldom()
        replay = Replay(compile_rules(rules, vocabulary), vocabulary, outages, said)
        alerts: list[Alert] = []
        replay.run({path: files.read(path, progress(path)) for path in events}, until, alerts.append)
    for alert in ordered(alerts):
        tell(alert)
    return replay


def _outages(
    path: Path | None, vocabulary: "Vocabulary", events: tuple[str, ...], until: int | None
) -> "tuple[Sequence[Outage], Sequence[Alert]]":
    from streams.backtest.sources import derive, told  # noqa: PLC0415 - only when called
    from streams.codec import files  # noqa: PLC0415
    from streams.codec.sources import read, read_outages  # noqa: PLC0415
    from streams.journeys.rhythm import Policy  # noqa: PLC0415

    if path is None:
        return (), ()
    if path.suffix == ".jsonl":
        outages = read_outages(path)
        return outages, told(outages, Policy())
    if any(not Path(each).is_file() for each in events):
        raise UsageError("with --sources the touchpoints are read twice", place="--events", remedy="name files")
    found = derive({each: files.read(each) for each in events}, vocabulary, read([path]), until)
    return found.outages, found.alerts


def _all_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _instant(until: str | None) -> int | None:
    from streams.codec.times import from_rfc3339  # noqa: PLC0415 - only when called

    if until is None:
        return None
    at = from_rfc3339(until)
    if at is None:
        raise UsageError(f"`{until}` is not a time", place="--until", remedy="write it like 2026-01-05T09:00:00Z")
    return at


def _labels(path: Path | None) -> list[Any] | None:
    from streams.backtest.labels import read  # noqa: PLC0415 - only when called

    if path is None:
        return None
    try:
        with path.open(newline="") as lines:
            return list(read(lines, str(path)))
    except OSError as error:
        raise UsageError(f"cannot read: {error.strerror}", place=str(path), remedy="name a labels file") from error


def _scores(replay: "Outcome", truth: list[Any] | None) -> "dict[str, Score] | None":
    from streams.backtest.labels import score  # noqa: PLC0415 - only when called

    about_customers = (alert for alert in replay.fired() if alert.customer)
    return None if truth is None else score(about_customers, truth)


@contextmanager
def _writer(output: str | None) -> "Iterator[Callable[[Alert], None]]":
    from streams.codec.alert import to_json  # noqa: PLC0415 - only when called

    with _file(output) as file:
        yield lambda alert: _line(file, to_json(alert))


@contextmanager
def _file(output: str | None) -> "Iterator[BinaryIO | None]":
    if output is None or output == "-":
        yield sys.stdout.buffer if output else None
        return
    try:
        with Path(output).open("wb") as file:
            yield file
    except OSError as error:
        raise UsageError(f"cannot write: {error.strerror}", place=output, remedy="name another file") from error


def _line(file: BinaryIO | None, text: bytes) -> None:
    if file:
        file.write(text + b"\n")


@contextmanager
def _bar(paths: tuple[str, ...]) -> "Iterator[Callable[[str], Callable[[int], None]]]":
    """Draw how much of each file is read on standard error, and only on a terminal."""
    from rich.console import Console  # noqa: PLC0415 - only when called
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks = {
            path: bar.add_task(Path(path).name, total=Path(path).stat().st_size if Path(path).is_file() else None)
            for path in paths
        }
        yield lambda path: lambda done: bar.update(tasks[path], completed=done)


def _report_refused(replay: "Outcome") -> None:
    for path, line, rejection in replay.refused:
        click.echo(f"{path}:{line}: {rejection.reason}: {rejection.detail}", err=True)
    rest = replay.summary.refused - len(replay.refused)
    if rest > 0:
        click.echo(f"{rest:,} more lines are no touchpoints", err=True)
