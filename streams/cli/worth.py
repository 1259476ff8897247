"""What a backtest found, for a person and for a program: alerts, pages, and with labels what they are worth."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from streams.backtest.labels import ALL_RULES, Score
from streams.backtest.nuisance import Nuisance, Page, by_rule, count
from streams.backtest.replay import Summary

_NO_PAGES: Final = Nuisance(0, 0, 0, None, None)
_COUNTED: Final = ("alerts", "pages", "healed", "retracted")
_SCORED: Final = ("precision", "recall", "before", "lead h")


def as_json(summary: Summary, scores: Mapping[str, Score] | None, pages: Sequence[Page]) -> bytes:
    """Return one object: the summary, with labels the scores, and under `nuisance` the pages of all rules and each."""
    report: dict[str, Any] = msgspec.to_builtins(summary)
    if scores is not None:
        told = {rule: msgspec.to_builtins(score) for rule, score in scores.items()}
        report |= {**told.pop(ALL_RULES), "rules": told}
    of_rules = {rule: msgspec.to_builtins(each) for rule, each in by_rule(pages).items()}
    report["nuisance"] = {**msgspec.to_builtins(count(pages)), "rules": of_rules}
    return msgspec.json.encode(report)


def table(summary: Summary, scores: Mapping[str, Score] | None, pages: Sequence[Page]) -> list[str]:
    """Return the lines of a table, rule by rule and in all.

    `healed` and `retracted` are shares of the pages; with labels come precision, recall, how many bad labels were
    decided `before`, and the median lead.
    """
    rate = summary.touchpoints / summary.seconds if summary.seconds else 0.0
    total = sum(summary.alerts.values())
    first = (
        f"{summary.touchpoints:,} touchpoints, {summary.journeys:,} journeys, {total:,} alerts "
        f"in {summary.seconds:.1f} s ({rate:,.0f}/s)"
    )
    headings = _COUNTED if scores is None else _COUNTED + _SCORED
    nuisance = by_rule(pages)
    rows = [_row(rule, alerts, nuisance.get(rule, _NO_PAGES), scores, rule) for rule, alerts in summary.alerts.items()]
    rows.append(_row(ALL_RULES, total, count(pages), scores, ALL_RULES))
    return [first, _line("rule", headings), *rows]


def _row(name: str, alerts: int, pages: Nuisance, scores: Mapping[str, Score] | None, rule: str) -> str:
    cells = [f"{alerts:,}", f"{pages.pages:,}", _share(pages.healed_share), _share(pages.retracted_share)]
    if scores is not None:
        cells += _scored(scores.get(rule))
    return _line(name, cells)


def _scored(score: Score | None) -> list[str]:
    if score is None:
        return ["-"] * len(_SCORED)
    lead = f"{score.lead_time_hours.p50:.1f}" if score.lead_time_hours else "-"
    return [_share(score.precision), _share(score.recall), f"{score.decided_before_label:,}", lead]


def _line(name: str, cells: list[str] | tuple[str, ...]) -> str:
    return f"  {name:<28}" + "".join(f"{cell:>11}" for cell in cells)


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.3f}"
