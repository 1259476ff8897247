"""`touchpoint rules explain`: why an alert was raised, and the nearest changes under which it would not have been."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from streams.alerts.alert import Alert
from streams.backtest.explain import ADDED, MOVED, USUAL, Change, Explanation, clauses, explain
from streams.backtest.explain_crowd import explain_crowd
from streams.backtest.replay import Intake, Replay
from streams.cli.alert_lines import FALLBACK, LANGUAGES, lines
from streams.codec import files
from streams.codec.alert import from_json, to_json
from streams.codec.rules import read
from streams.codec.times import to_rfc3339
from streams.codec.vocabulary import shipped
from streams.errors import TouchpointError, UsageError
from streams.rules.compile import compile_rules
from streams.touchpoints.touchpoint import Touchpoint
from streams.touchpoints.vocabulary import Vocabulary

_FEW: Final = 4  # touchpoints that a sentence names one by one
_TEXTS: Final = {
    "en": {
        "why": "It was raised because:",
        "clause": "{clause}: {value:g}, threshold {threshold:g}",
        "changes": "It would not have been raised at {at}:",
        "without_some": "with {value:g} instead of {before:g} of “{clause}”: without {touchpoints}",
        "without": "without {touchpoints}",
        "moved": "if {touchpoints} had come before {at}",
        "added": "if {types} had come before {at}",
        "usual": "if {clause} were above {value:g} instead of {before:g}",
        "instead": "; it would have been raised at {at} instead",
        "none": "No single change that was tried would have kept it from being raised.",
        "events": "With --rules and --events it also says under which change it would not have been raised.",
        "at": "{type} of {time}",
        "and": " and ",
        "many": "{count} touchpoints from {first} to {last}",
    },
    "es": {
        "why": "Se disparó porque:",
        "clause": "{clause}: {value:g}, umbral {threshold:g}",
        "changes": "No se habría disparado a las {at}:",
        "without_some": "con {value:g} en lugar de {before:g} de «{clause}»: sin {touchpoints}",
        "without": "sin {touchpoints}",
        "moved": "si {touchpoints} hubiera llegado antes de las {at}",
        "added": "si hubiera llegado {types} antes de las {at}",
        "usual": "si «{clause}» fuera más de {value:g} en lugar de {before:g}",
        "instead": "; en su lugar se habría disparado a las {at}",
        "none": "Ningún cambio de los probados habría evitado que se disparara.",
        "events": "Con --rules y --events dice también con qué cambio no se habría disparado.",
        "at": "{type} de {time}",
        "and": " y ",
        "many": "{count} eventos desde {first} hasta {last}",
    },
}


@click.command("explain", epilog="Example: touchpoint rules explain alert.json --rules deploy/rules --events e.jsonl")
@click.argument("alert", metavar="ALERT")
@click.option("--rules", "rule_paths", multiple=True, help="The rules that raised it; may be repeated.")
@click.option("--events", multiple=True, help="The touchpoints it came from: JSON lines (.gz, .zst); may be repeated.")
@click.option("--vocabulary", multiple=True, type=click.Path(path_type=Path), help="Your own types, on the shipped.")
@click.option("--lang", type=click.Choice(LANGUAGES), default=FALLBACK, show_default=True, help="Of the explanation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    alert: str,
    rule_paths: tuple[str, ...],
    events: tuple[str, ...],
    vocabulary: tuple[Path, ...],
    lang: str,
    *,
    as_json: bool,
) -> None:
    """Say why an alert was raised and under which change it would not have been; each change is tried by the fold.

    ALERT is a file with the alert's JSON on its first line, `-` for standard input, or the id of an alert that the
    rules raise on the touchpoints.
    """
    if bool(rule_paths) != bool(events):
        raise UsageError("the one needs the other", place="--rules, --events", remedy="give both or none")
    known = shipped(vocabulary)
    rules = read(rule_paths, known) if rule_paths else ()
    found = _alert(alert) or _replayed(alert, rules, events, known)
    if events:
        rule = next((each for each in rules if each.id == found.rule), None)
        if rule is None:
            raise UsageError(
                f"there is no rule `{found.rule}`", place="--rules", remedy="give the rules that raised it"
            )
        own = [each for each in _touchpoints(events, known) if rule.crowd or each.customer == found.customer]
        explanation = (
            explain(found, rule, known, own, rules) if rule.crowd is None else explain_crowd(found, rule, known, own)
        )
    else:
        explanation = Explanation(found, clauses(found, ()))
    if as_json:
        click.echo(_json(explanation, lang))
        return
    for line in (*lines(found, lang), *_told(explanation, lang, is_tried=bool(events))):
        click.echo(line)


def _alert(place: str) -> Alert | None:
    """Return the alert of a file or of standard input; None when it is neither."""
    if place == "-":
        return from_json(sys.stdin.buffer.readline())
    if not Path(place).is_file():
        return None
    with Path(place).open("rb") as file:
        return from_json(file.readline())


def _replayed(alert_id: str, rules: tuple[Any, ...], events: tuple[str, ...], known: Vocabulary) -> Alert:
    if not events:
        remedy = "name a file, or an id together with --rules and --events"
        raise UsageError("there is no such file", place=alert_id, remedy=remedy)
    replay = Replay(compile_rules(rules, known), known)
    replay.run({path: files.read(path) for path in events}, None, lambda _: None)
    if alert_id not in replay.last:
        raise TouchpointError("these rules raise no alert of this id", place=alert_id, remedy="see backtest --output")
    return replay.last[alert_id]


def _touchpoints(events: tuple[str, ...], known: Vocabulary) -> list[Touchpoint]:
    found = [each for path in events for _, _, each in Intake(path, known).touchpoints(files.read(path))]
    return sorted(found, key=lambda each: each.time) if len(events) > 1 else found


def _told(explanation: Explanation, lang: str, *, is_tried: bool) -> Iterator[str]:
    texts, alert = _TEXTS[lang], explanation.alert
    yield texts["why"]
    for clause in explanation.clauses:
        yield "  " + texts["clause"].format(clause=clause.clause, value=clause.value, threshold=clause.threshold)
        for touchpoint in clause.touchpoints:
            about = f"  {touchpoint.subject}" if touchpoint.subject else ""
            yield f"    {to_rfc3339(touchpoint.time)}  {touchpoint.type}  {touchpoint.source} {touchpoint.id}{about}"
    if not is_tried:
        yield texts["events"]
        return
    if explanation.changes:
        yield texts["changes"].format(at=to_rfc3339(alert.started_at))
    for change in explanation.changes:
        yield "  " + _sentence(change, alert, lang)
    if not explanation.changes:
        yield texts["none"]


def _sentence(change: Change, alert: Alert, lang: str) -> str:
    texts, at = _TEXTS[lang], to_rfc3339(alert.started_at)
    shown = _shown(change.touchpoints, texts)
    if change.kind == MOVED:
        told = texts["moved"].format(touchpoints=shown, at=at)
    elif change.kind == ADDED:
        told = texts["added"].format(types=change.touchpoints[0].type, at=at)
    elif change.kind == USUAL:
        told = texts["usual"].format(clause=change.clause, value=change.value, before=change.before)
    elif change.value > 0:
        told = texts["without_some"].format(
            value=change.value, before=change.before, clause=change.clause, touchpoints=shown
        )
    else:
        told = texts["without"].format(touchpoints=shown)
    return told + (texts["instead"].format(at=to_rfc3339(change.instead_at)) if change.instead_at else "")


def _shown(touchpoints: tuple[Touchpoint, ...], texts: dict[str, str]) -> str:
    """Return the touchpoints one by one, or of many how many and of which time."""
    if len(touchpoints) > _FEW:
        first, last = (to_rfc3339(pick(each.time for each in touchpoints)) for pick in (min, max))
        return texts["many"].format(count=len(touchpoints), first=first, last=last)
    return texts["and"].join(texts["at"].format(type=t.type, time=to_rfc3339(t.time)) for t in touchpoints)


def _json(explanation: Explanation, lang: str) -> bytes:
    alert = explanation.alert
    return msgspec.json.encode(
        {
            "alert": msgspec.Raw(to_json(alert)),
            "clauses": [
                {
                    "clause": each.clause,
                    "value": each.value,
                    "threshold": each.threshold,
                    "touchpoints": [_row(touchpoint) for touchpoint in each.touchpoints],
                }
                for each in explanation.clauses
            ],
            "changes": [
                {
                    "change": each.kind,
                    "clause": each.clause,
                    "value": each.value,
                    "before": each.before,
                    "touchpoints": [_row(touchpoint) for touchpoint in each.touchpoints],
                    "instead_at": to_rfc3339(each.instead_at) if each.instead_at else None,
                    "text": _sentence(each, alert, lang),
                }
                for each in explanation.changes
            ],
        }
    )


def _row(touchpoint: Touchpoint) -> dict[str, str]:
    names = ("id", "source", "type", "subject")
    return {name: getattr(touchpoint, name) for name in names} | {"time": to_rfc3339(touchpoint.time)}
