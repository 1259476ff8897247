"""Incidents: many cases with one likely cause, and one command about all of them."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from streams.desk.access.roles import may_give
from streams.desk.api.operation import Call
from streams.desk.api.problems import Code, Problem
from streams.desk.cases.command import Command
from streams.desk.service.port import Tally
from streams.desk.service.views import Incident


class IncidentQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which incidents."""

    closed: Annotated[bool, msgspec.Meta(description="Those that are over too.")] = False


class Recovery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One command about every open case of an incident; its revision is not looked at."""

    command: Command


async def find(call: Call[IncidentQuery, None]) -> Sequence[Incident]:
    """Return incidents, the worst first."""
    return await call.desk.incidents(call.viewer, closed=call.query.closed)


async def one(call: Call[None, None]) -> Incident | Problem:
    """Return one incident with its customers."""
    return await call.desk.incident(call.viewer, call.path["number"]) or Problem(reason=Code.NOT_FOUND)


async def recover(call: Call[None, Recovery]) -> Tally | Problem:
    """Do the same for every customer of an incident, each in their own case and trail."""
    if not may_give(call.viewer, call.body.command):
        return Problem(reason=Code.FORBIDDEN)
    if await call.desk.incident(call.viewer, call.path["number"]) is None:
        return Problem(reason=Code.NOT_FOUND)
    return await call.desk.act_on_incident(call.viewer, call.path["number"], call.body.command)
