"""Attention: which cases come first, every factor shown, and what a team can take on; the rest is in the digest."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from streams.rules.durations import UNITS_MS
from streams.rules.model import Severity

HOUR_MS: Final = UNITS_MS["h"]
WEIGHTS: Final = {
    Severity.LOW.value: 1.0,
    Severity.MEDIUM.value: 2.0,
    Severity.HIGH.value: 4.0,
    Severity.CRITICAL.value: 8.0,
}
_MOST_URGENT: Final = 4.0  # factor of the time at its very end
_TOO_LATE: Final = 2.0  # and after it: those who can still be saved come before
_WORDS: Final = {
    Severity.LOW.value: {"en": "low", "es": "baja"},
    Severity.MEDIUM.value: {"en": "medium", "es": "media"},
    Severity.HIGH.value: {"en": "high", "es": "alta"},
    Severity.CRITICAL.value: {"en": "critical", "es": "crítica"},
}


class RankPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`weights` of severities; `value_unit`: a customer of this value counts twice as much as one of none.

    `soon_ms`: from so long before the customer is lost on, the time left counts.
    """

    weights: Mapping[str, float] = msgspec.field(default_factory=lambda: WEIGHTS)
    value_unit: float = 100.0
    soon_ms: int = 24 * HOUR_MS


class Factor(msgspec.Struct, frozen=True):
    """One factor: `name` is severity, value or time."""

    name: str
    factor: float
    because: dict[str, str]


class Rank(msgspec.Struct, frozen=True):
    """The product of the factors; the larger, the sooner."""

    rank: float
    factors: tuple[Factor, ...]


def rank(policy: RankPolicy, severity: str, value: float | None, due_at: int, now: int) -> Rank:
    """Return the rank of a case: `value` at risk (None: not known), `due_at` when the customer is lost (0: never)."""
    factors = (_severity(policy, severity), _value(policy, value), _time(policy, due_at, now))
    return Rank(round(math.prod(each.factor for each in factors), 3), factors)


def _severity(policy: RankPolicy, severity: str) -> Factor:
    words = _WORDS.get(severity, {"en": severity, "es": severity})
    return Factor(
        "severity",
        policy.weights.get(severity, 1.0),
        {"en": f"severity {words['en']}", "es": f"gravedad {words['es']}"},
    )


def _value(policy: RankPolicy, value: float | None) -> Factor:
    if value is None or not math.isfinite(value) or value <= 0:
        return Factor("value", 1.0, {"en": "no value at risk is known", "es": "no se conoce valor en riesgo"})
    # By its logarithm: one rich customer must not hide a hundred others.
    factor = round(1 + math.log2(1 + value / policy.value_unit), 3)
    return Factor("value", factor, {"en": f"value at risk {value:,.2f}", "es": f"valor en riesgo {_spanish(value)}"})


def _time(policy: RankPolicy, due_at: int, now: int) -> Factor:
    left = due_at - now
    if not due_at:
        return Factor("time", 1.0, {"en": "no time limit", "es": "sin límite de tiempo"})
    if left <= 0:
        return Factor("time", _TOO_LATE, {"en": "its time is over", "es": "se acabó su tiempo"})
    nearness = max(0.0, 1 - left / policy.soon_ms)
    shown = _shown(left)
    return Factor(
        "time",
        round(1 + (_MOST_URGENT - 1) * nearness, 3),
        {"en": f"{shown} left", "es": f"quedan {shown}"},
    )


def _shown(left_ms: int) -> str:
    hours, minutes = divmod(max(1, left_ms // UNITS_MS["m"]), 60)
    if hours >= 48:
        return f"{hours // 24} d"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _spanish(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What a team can take on: pages in an hour, and cases that are open with its attention; None: no bound."""

    pages_per_hour: int | None = None
    open_cases: int | None = None


class Wanting(msgspec.Struct, frozen=True):
    """A case that wants its team's attention; one that `has` it, paged or claimed already, keeps it."""

    case_id: str
    team: str
    rank: float
    has: bool = False


class Shared(msgspec.Struct, frozen=True):
    """Who gets attention and who waits in the digest, both by rank; together they are all who wanted it."""

    attention: tuple[str, ...]
    overflow: tuple[str, ...]


def share(budgets: Mapping[str, Budget], wanting: Iterable[Wanting], pages: Mapping[str, int] | None = None) -> Shared:
    """Share out attention. `pages` says how many pages each team had in the last hour."""
    paged, held = dict(pages or {}), dict[str, int]()
    attention, overflow = [], []
    # Those who have it first, so that nobody is taken off the screen by whoever comes next.
    for each in sorted(wanting, key=lambda one: (not one.has, -one.rank, one.case_id)):
        budget = budgets.get(each.team) or Budget()
        if each.has or (
            _is_below(held.get(each.team, 0), budget.open_cases)
            and _is_below(paged.get(each.team, 0), budget.pages_per_hour)
        ):
            attention.append(each)
            held[each.team] = held.get(each.team, 0) + 1
            paged[each.team] = paged.get(each.team, 0) + (not each.has)
        else:
            overflow.append(each)
    return Shared(_by_rank(attention), _by_rank(overflow))


def _is_below(count: int, bound: int | None) -> bool:
    return bound is None or count < bound


def _by_rank(cases: Iterable[Wanting]) -> tuple[str, ...]:
    return tuple(each.case_id for each in sorted(cases, key=lambda one: (-one.rank, one.case_id)))
