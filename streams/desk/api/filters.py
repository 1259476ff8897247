"""The filters of the queue as they stand in a query."""

from typing import Annotated

import msgspec

from streams.desk.api.reading import MOST_NUMBER
from streams.desk.cases.case import Status
from streams.desk.service.port import Filter

Name = Annotated[str, msgspec.Meta(max_length=200)]
Names = Annotated[tuple[Name, ...], msgspec.Meta(max_length=50)]


class Filters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which cases; each may be there more than once where it is a list."""

    status: Annotated[tuple[Status, ...], msgspec.Meta(max_length=50)] = ()
    severity: Names = ()
    moment: Names = ()
    rule: Names = ()
    team: Names = ()
    assignee: Annotated[Name, msgspec.Meta(description="`-` for nobody.")] = ""
    tag: Name = ""
    incident: Annotated[int, msgspec.Meta(ge=0, le=MOST_NUMBER)] = 0
    snoozed: Annotated[bool, msgspec.Meta(description="Those that are snoozed too.")] = False
    search: Annotated[Name, msgspec.Meta(description="A case number, or the whole customer.")] = ""


class CaseQuery(Filters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which cases, and which part of them: `after` is what the page before gave."""

    after: Name = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50


def wanted(query: Filters) -> Filter:
    """Return what the desk is asked for."""
    return Filter(
        statuses=query.status,
        severities=query.severity,
        moments=query.moment,
        rules=query.rule,
        teams=query.team,
        assignee=query.assignee,
        tag=query.tag,
        incident=query.incident,
        snoozed=query.snoozed,
        search=query.search,
    )
