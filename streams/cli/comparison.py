"""The two sides of `touchpoint backtest --compare`, for a person, a program and CI."""

from collections.abc import Iterator
from typing import Any, Final

import click
import msgspec

from streams.backtest.compare import Comparison, Difference, Side
from streams.backtest.labels import ALL_RULES, Score
from streams.codec.alert import to_json

_KINDS: Final = ("gained", "lost", "changed")
_NOTHING: Final = "-"


def difference_line(difference: Difference) -> bytes:
    """Return one difference as a line of JSON without its end: change, fields, and the alert of each side."""
    sides = {"old": difference.old, "new": difference.new}
    alerts = {name: msgspec.Raw(to_json(alert)) if alert else None for name, alert in sides.items()}
    return msgspec.json.encode({"change": difference.kind, "fields": difference.fields, **alerts})


def as_json(comparison: Comparison, worse: list[str], touchpoints: int) -> bytes:
    """Return the whole comparison as one JSON object, without the single alerts."""
    return msgspec.json.encode(
        {
            "touchpoints": touchpoints,
            "hours": comparison.hours,
            **{kind: comparison.count(kind) for kind in _KINDS},
            "old": _side(comparison.old),
            "new": _side(comparison.new),
            "rules": {
                rule: {
                    "old": comparison.old.rules.get(rule, 0),
                    "new": comparison.new.rules.get(rule, 0),
                    **{kind: comparison.count(kind, rule) for kind in _KINDS},
                }
                for rule in _rules(comparison)
            },
            "worse": worse,
        }
    )


def table(comparison: Comparison, worse: list[str]) -> Iterator[str]:
    """Yield the lines of a table: the rules, their worth where it is known, the teams, and the verdict."""
    yield f"{'rule':<28}{'old':>8}{'new':>8}{'gained':>8}{'lost':>8}{'changed':>9}"
    for rule in _rules(comparison):
        counts = "".join(f"{comparison.count(kind, rule):>{8 + (kind == 'changed')},}" for kind in _KINDS)
        yield f"{rule:<28}{comparison.old.rules.get(rule, 0):>8,}{comparison.new.rules.get(rule, 0):>8,}{counts}"
    counts = "".join(f"{comparison.count(kind):>{8 + (kind == 'changed')},}" for kind in _KINDS)
    yield f"{ALL_RULES:<28}{comparison.old.alerts:>8,}{comparison.new.alerts:>8,}{counts}"
    if comparison.old.scores and comparison.new.scores:
        yield ""
        yield f"{'old → new':<28}{'precision':>16}{'recall':>16}{'lead h':>16}"
        for rule in (*_rules(comparison), ALL_RULES):
            yield _worth(rule, comparison.old.scores.get(rule), comparison.new.scores.get(rule))
    yield ""
    yield f"{'team, old → new':<28}{'alerts':>16}{'an hour':>16}{'busiest hour':>16}"
    for team in sorted(comparison.old.teams.keys() | comparison.new.teams.keys()):
        old, new = comparison.old.teams.get(team), comparison.new.teams.get(team)
        cells = [
            f"{_number(getattr(old, name, 0))} → {_number(getattr(new, name, 0))}"
            for name in ("alerts", "per_hour", "busiest_hour")
        ]
        yield f"{team:<28}" + "".join(f"{cell:>16}" for cell in cells)
    for reason in worse:
        yield click.style(f"worse: {reason}", fg="red")


def _rules(comparison: Comparison) -> list[str]:
    return sorted(comparison.old.rules.keys() | comparison.new.rules.keys())


def _worth(rule: str, old: Score | None, new: Score | None) -> str:
    cells = [
        f"{_share(old.precision if old else None)} → {_share(new.precision if new else None)}",
        f"{_share(old.recall if old else None)} → {_share(new.recall if new else None)}",
        f"{_lead(old)} → {_lead(new)}",
    ]
    return f"{rule:<28}" + "".join(f"{cell:>16}" for cell in cells)


def _share(share: float | None) -> str:
    return _NOTHING if share is None else f"{share:.3f}"


def _lead(score: Score | None) -> str:
    return f"{score.lead_time_hours.p50:.1f}" if score and score.lead_time_hours else _NOTHING


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def _side(side: Side) -> dict[str, Any]:
    scores = {rule: msgspec.to_builtins(score) for rule, score in side.scores.items()}
    total = scores.pop(ALL_RULES, {})
    teams = {team: msgspec.to_builtins(load) for team, load in side.teams.items()}
    return {"alerts": side.alerts, "teams": teams, **total, **({"rules": scores} if total else {})}
