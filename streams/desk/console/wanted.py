"""Which cases a page shows: its address as a filter, and whether a changed case belongs on it; pure."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import urlencode

from streams.desk.cases.case import Status
from streams.desk.service.port import Filter
from streams.desk.service.views import Row
from streams.rules.model import Moment, Severity

ALL: Final = "all"  # a status: closed cases too
NOBODY: Final = "-"
EVERY: Final = tuple(status.value for status in Status)
UNRESOLVED: Final = tuple(status.value for status in Status if status is not Status.RESOLVED)
SEVERITIES: Final = tuple(severity.value for severity in reversed(Severity))
MOMENTS: Final = tuple(moment.value for moment in Moment)
_MAX: Final = 200  # characters of one value
_MAX_VALUES: Final = 20


class Query(Protocol):
    """The query of an address, with every value of a key."""

    def getall(self, key: str, default: list[str]) -> list[str]:
        """Return all values of a key."""


class Fit(StrEnum):
    """What a page does with a case that has changed."""

    SHOW = "show"
    HIDE = "hide"
    UPDATE = "update"  # only where it is shown already: whether it was searched for cannot be told behind a mask


def read(query: Query) -> Filter:
    """Return the filter of an address; values that nobody has heard of are left out."""

    def several(name: str, known: Iterable[str] | None = None) -> tuple[str, ...]:
        values = [value.strip() for value in query.getall(name, []) if 0 < len(value.strip()) <= _MAX]
        return tuple(dict.fromkeys(value for value in values if known is None or value in known))[:_MAX_VALUES]

    def one(name: str) -> str:
        return next(iter(several(name)), "")

    statuses = several("status", [ALL, *Status])
    incident, search = one("incident"), one("search")
    return Filter(
        statuses=EVERY if ALL in statuses else statuses or _usual(search),
        severities=several("severity", SEVERITIES),
        moments=several("moment", MOMENTS),
        rules=several("rule"),
        teams=several("team"),
        assignee=one("assignee"),
        tag=one("tag"),
        incident=int(incident) if incident.isascii() and incident.isdecimal() and len(incident) < 10 else 0,
        snoozed=one("snoozed") == "yes",
        search=search,
    )


def write(wanted: Filter, **more: str) -> str:
    """Return the filter as the query of an address, the shortest that reads as it."""
    pairs: list[tuple[str, str]] = []
    if wanted.statuses != _usual(wanted.search):
        pairs += [("status", status) for status in ((ALL,) if wanted.statuses == EVERY else wanted.statuses)]
    several: Sequence[tuple[str, Sequence[str]]] = (
        ("severity", wanted.severities),
        ("moment", wanted.moments),
        ("rule", wanted.rules),
        ("team", wanted.teams),
    )
    pairs += [(name, value) for name, values in several for value in values]
    single = {
        "assignee": wanted.assignee,
        "tag": wanted.tag,
        "incident": str(wanted.incident or ""),
        "snoozed": "yes" if wanted.snoozed else "",
        "search": wanted.search,
    } | more
    return urlencode(pairs + [(name, value) for name, value in single.items() if value])


def _usual(search: str) -> tuple[str, ...]:
    """Return the statuses of an address that names none: a search finds closed cases too."""
    return EVERY if search else UNRESOLVED


def fit(row: Row, wanted: Filter, now: int) -> Fit:
    """Return what a page with this filter does with a case as it is now."""
    holder = "" if wanted.assignee == NOBODY else wanted.assignee
    belongs = (
        (not wanted.statuses or row.status in wanted.statuses)
        and (not wanted.severities or row.severity in wanted.severities)
        and (not wanted.moments or row.moment in wanted.moments)
        and (not wanted.rules or not set(wanted.rules).isdisjoint(row.rules))
        and (not wanted.teams or row.team in wanted.teams)
        and (not wanted.assignee or row.assignee == holder)
        and (not wanted.tag or wanted.tag in row.tags)
        and (not wanted.incident or row.incident == wanted.incident)
        and (wanted.snoozed or row.snoozed_until <= now)
    )
    if not belongs:
        return Fit.HIDE
    if not wanted.search or wanted.search.lstrip("#") == str(row.number):
        return Fit.SHOW
    return Fit.HIDE if wanted.search.lstrip("#").isdecimal() else Fit.UPDATE
