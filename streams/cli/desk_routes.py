"""`touchpoint desk routes`: check the desk's file, and ask it who would be told of a case, when, and why not."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from streams.cli.rule_lines import number_of, print_json, refuse
from streams.codec.times import from_rfc3339, to_ms, to_rfc3339
from streams.desk.cases.case import Status
from streams.desk.routing.decision import Decision, decide
from streams.desk.routing.facts import AlertFact, Facts, Standing
from streams.desk.routing.labels import NAMES, Labels
from streams.desk.routing.policy import Policy
from streams.desk.routing.reasons import TEXTS
from streams.desk.routing.silences import sources
from streams.desk.routing.tree import Route
from streams.desk.routing.ways import Way
from streams.desk.routing.ways import plan as planned
from streams.desk.settings.load import read
from streams.errors import LoadError, UsageError
from streams.rules.durations import show
from streams.rules.fields import did_you_mean
from streams.rules.model import RANK, Mode, Severity
from streams.touchpoints.calendar import FIRST_YEAR, LAST_YEAR

_SEVERITY: Final = Severity.HIGH.value
_file: Final = click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
_as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group(name="routes", epilog="Example: touchpoint desk routes check deploy/desk/desk.yaml")
def command() -> None:
    """Check the desk's file, and try who would be told."""


@command.command(epilog="Example: touchpoint desk routes check deploy/desk/desk.yaml")
@_file
@_as_json
def check(file: Path, *, as_json: bool) -> None:
    """Say what is wrong with the desk's file, by file, line and column; else show its routes. Ends with 1 if it is."""
    policy = _read(file, as_json=as_json)
    lines = _tree(policy.route, 0)
    if as_json:
        print_json({"findings": [], "receivers": sorted(policy.receivers), "routes": len(lines)})
        return
    for line in lines:
        click.echo(line)
    counts = (
        (len(lines), "route"),
        (len(policy.receivers), "receiver"),
        (len(policy.rotas), "rota"),
        (len(policy.teams), "team"),
    )
    click.echo(f"{', '.join(number_of(count, noun) for count, noun in counts)}: all right")


@command.command(
    epilog="Example: touchpoint desk routes test deploy/desk/desk.yaml --label team=support --label severity=critical"
)
@_file
@click.option(
    "--label", "labels", multiple=True, metavar="NAME=VALUE", help=f"One label of the case: {', '.join(NAMES)}."
)
@click.option("--at", metavar="TIME", help="When it is decided, as 2026-01-05T22:00:00+01:00 [default: now].")
@click.option("--started", metavar="TIME", help="When the trouble began [default: when it is decided].")
@click.option("--beside", multiple=True, metavar="LABELS", help="Another live case: rule=source-blind,store=a.")
@click.option("--expect", metavar="NAMES", help="Receivers with commas between; ends with 1 when others are told.")
@_as_json
def test(
    file: Path,
    labels: tuple[str, ...],
    at: str | None,
    started: str | None,
    beside: tuple[str, ...],
    expect: str | None,
    *,
    as_json: bool,
) -> None:
    """Say whom a new case with these labels would reach, when each step of escalation comes, and if not, why not.

    A case without a severity has `high`. A label may be given several times, for a case with several alerts.
    """
    now = _time(at, "--at") or to_ms(datetime.now(UTC))
    policy = _read(file, as_json=as_json, now=datetime.fromtimestamp(now / 1000, UTC))
    facts = _facts(_labels(labels, "--label"), now, _time(started, "--started") or now)
    others = [(f"beside-{number}", _labels(text.split(","), "--beside")) for number, text in enumerate(beside)]
    standing = Standing(sources=sources(policy.inhibitions, [(facts.case_id, facts.labels), *others]))
    decision = decide(facts, policy, standing, now)
    steps = planned(policy, decision.ways, now)
    if as_json:
        print_json(_told(decision, steps, now))
    else:
        for line in _lines(decision, steps, now):
            click.echo(line)
    if expect is not None:
        wanted = {name.strip() for name in expect.split(",") if name.strip()}
        if wanted != set(decision.receivers):
            told = ", ".join(decision.receivers) or "nobody"
            click.echo(f"expected {', '.join(sorted(wanted)) or 'nobody'}, but told is {told}", err=True)
            raise click.exceptions.Exit(1)


def _read(file: Path, *, as_json: bool, now: datetime | None = None) -> Policy:
    try:
        return read(file, now)  # rotas are known around this time only
    except LoadError as error:
        refuse(error.findings, as_json=as_json)


def _time(text: str | None, option: str) -> int | None:
    at = from_rfc3339(text) if text is not None else None
    if text is not None and at is None:
        raise UsageError(f"`{text}` is not a time", place=option, remedy="write 2026-01-05T22:00:00+01:00")
    if at is not None and not FIRST_YEAR <= datetime.fromtimestamp(at / 1000, UTC).year <= LAST_YEAR:
        remedy = f"calendars know the years {FIRST_YEAR} to {LAST_YEAR}"
        raise UsageError(f"`{text}` is beyond every calendar", place=option, remedy=remedy)
    return at


def _labels(pairs: list[str] | tuple[str, ...], option: str) -> Labels:
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign or not value:
            raise UsageError(f"`{pair}` is no label", place=option, remedy="write name=value: severity=critical")
        if name not in NAMES:
            raise UsageError(f"unknown label `{name}`", place=option, remedy=did_you_mean(name, NAMES))
        found[name] = (*found.get(name, ()), value)
    for severity in found.get("severity", ()):
        if severity not in RANK:
            raise UsageError(f"unknown severity `{severity}`", place=option, remedy=did_you_mean(severity, RANK))
    return found


def _facts(labels: Labels, now: int, started: int) -> Facts:
    severity = max(labels.get("severity", (_SEVERITY,)), key=RANK.__getitem__)
    status, mode = Status.OPEN.value, Mode.LIVE.value
    complete = {"severity": (severity,), "status": (status,), "mode": (mode,)} | dict(labels)
    return Facts(
        case_id="test",
        labels=complete,
        status=Status.OPEN,
        alerts=tuple(
            AlertFact(status="firing", severity=severity, mode=each, started_at=started, detected_at=now)
            for each in complete["mode"]
        ),
        team=complete.get("team", ("",))[0],
    )


def _told(decision: Decision, steps: tuple[tuple[int, Way], ...], now: int) -> dict[str, Any]:
    return {
        "at": to_rfc3339(now),
        "decision": decision.kind.value,
        "reason": decision.reason.value,
        "because": TEXTS[decision.reason],
        "by": decision.by,
        "again_at": to_rfc3339(decision.due_at) if decision.due_at else None,
        "receivers": decision.receivers,
        "routes": [_way(each) for each in decision.ways],
        "escalation": [_way(way) | {"at": to_rfc3339(at), "step": way.step, "round": way.round} for at, way in steps],
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "path": way.path,
        "decision": way.kind.value,
        "reason": way.reason.value,
        "receivers": way.receivers,
        "group": way.group,
        "held_until": to_rfc3339(way.held_until) if way.held_until else None,
        "group_wait_seconds": way.pace.wait_ms / 1000,
        "group_interval_seconds": way.pace.interval_ms / 1000,
        "repeat_interval_seconds": way.pace.repeat_ms / 1000,
    }


def _lines(decision: Decision, steps: tuple[tuple[int, Way], ...], now: int) -> list[str]:
    by = f" ({decision.by})" if decision.by else ""
    lines = [f"{decision.kind.value}: {TEXTS[decision.reason]['en']}{by}"]
    if decision.due_at:
        lines.append(f"decided again at {to_rfc3339(decision.due_at)}")
    for way in decision.ways:
        lines.append(f"{' > '.join(way.path)}: {_names(way)}{_held(way)}")
        pace = f"after {show(way.pace.wait_ms)}, changes every {show(way.pace.interval_ms)}"
        repeats = f", again every {show(way.pace.repeat_ms)}" if way.pace.repeat_ms else ""
        lines.append(f"    group {way.group}: {pace}{repeats}")
    if steps:
        lines.append("while nobody has seen it:")
    lines += [f"    {to_rfc3339(at)}  step {way.step}, round {way.round}: {_names(way)}" for at, way in steps]
    return lines


def _names(way: Way) -> str:
    return ", ".join(way.receivers) or "nobody"


def _held(way: Way) -> str:
    held = f" until {to_rfc3339(way.held_until)}" if way.held_until else ""
    return f" (not now: {TEXTS[way.reason]['en']}{held})" if held or not way.receivers else ""


def _tree(route: Route, depth: int) -> list[str]:
    matchers = " ".join(map(str, route.matchers)) or "every case"
    onward = ", goes on" if route.goes_on else ""
    own = f"{'  ' * depth}{route.name}: {matchers} -> {route.receiver or 'nobody'}{onward}"
    return [own, *(line for child in route.routes for line in _tree(child, depth + 1))]
