"""Many cases with one likely cause: what they share, and from when on that is an incident."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from streams.alerts.alert import Alert
from streams.rules.over import TILLS, place_of, product_of

# What cases may share, the most telling first; a rule by itself tells little.
KINDS: Final = ("provider", "carrier", "campaign", "till", "page", "product", "sku", "store", "place", "rule")
TOUCHPOINT: Final = "touchpoint"  # one that is evidence of an alert over a crowd and of a customer's own
# Fields of data that name what may have gone wrong, and the kind that each names.
_FIELDS: Final = {
    "provider": "provider",
    "carrier": "carrier",
    "campaign": "campaign",
    "path": "page",
    "sku": "sku",
    "store": "store",
}
_MOST: Final = 20
_MOST_CHARS: Final = 200

Shared = tuple[str, str]  # kind, name


class IncidentPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """From when on cases that share something are an incident, and when it is over; times in ms.

    So many cases of different people within `within_ms`; many more where they share nothing but the rule. It is closed
    when all its cases are, or nothing joined it for `quiet_ms`.
    """

    within_ms: int = 10 * 60_000
    at_least: int = 5
    at_least_of_rule: int = 25
    quiet_ms: int = 6 * 3_600_000


def shared_by(alert: Alert) -> tuple[Shared, ...]:
    """Return what an alert may have in common with those of other people."""
    found: dict[Shared, None] = {}
    kind, _, name = alert.subject.partition(":")
    if name and kind in KINDS:
        found[kind, name] = None
    for one in reversed(alert.recent):
        if one.source.startswith(TILLS):
            found["till", one.source] = None
            found["store", place_of(one.source)] = None
        if product := product_of(one.subject):
            found["product", product] = None
    if alert.customer:
        found["rule", alert.rule] = None
    return tuple(found)[:_MOST]


def shared_in(alert: Alert, touchpoint: str, subject: str, data: Mapping[str, Any]) -> tuple[Shared, ...]:
    """Return what the data of one touchpoint says that others may share too.

    Only of a touchpoint that the alert rests on or that is about the same thing: what somebody looked at before is not
    what went wrong.
    """
    is_evidence = any(touchpoint in clause.touchpoints for clause in alert.evidence)
    if not is_evidence and not (subject and subject == alert.subject):
        return ()
    names = ((kind, data.get(field)) for field, kind in _FIELDS.items())
    return tuple((kind, name) for kind, name in names if isinstance(name, str) and 0 < len(name) <= _MOST_CHARS)


def evidence_of(alert: Alert) -> tuple[Shared, ...]:
    """Return the touchpoints that an alert rests on, the newest first."""
    names = dict.fromkeys(name for clause in alert.evidence for name in reversed(clause.touchpoints))
    return tuple((TOUCHPOINT, name) for name in names)[:_MOST]


def cause_of(counts: Mapping[Shared, int], policy: IncidentPolicy) -> Shared | None:
    """Return what makes an incident, given how many cases share each thing; the most telling one, None for none."""
    for kind in KINDS:
        least = policy.at_least_of_rule if kind == "rule" else policy.at_least
        found = [each for each, count in counts.items() if each[0] == kind and count >= least]
        if found:
            return max(found, key=lambda each: (counts[each], each[1]))
    return None


def places_of(shared: Iterable[Shared]) -> tuple[str, ...]:
    """Return the stores among what is shared."""
    return tuple(sorted({name for kind, name in shared if kind in ("store", "place")}))
