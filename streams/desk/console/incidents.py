"""Incidents: many cases with one likely cause, and one recovery for all of them."""

from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from streams.desk.console import forms
from streams.desk.console.visit import Visit
from streams.desk.service.port import Refusal, Tally

BULK: Final = frozenset({"reach", "note", "tag", "acknowledge", "resolve", "wait", "snooze"})


@get("/incidents")
async def incidents(visit: NamedDependency[Visit]) -> Response[str]:
    """Show incidents, the worst first."""
    closed = visit.request.query_params.get("closed") == "yes"
    found = await visit.desk.incidents(visit.viewer, closed=closed)
    return visit.page("incidents.html", incidents=found, closed=closed)


@get("/incidents/{number:int}")
async def incident(visit: NamedDependency[Visit], number: FromPath[int]) -> Response[str]:
    """Show one with its customers, ranked."""
    return await _show(visit, number)


@post("/incidents/{number:int}/act")
async def act(visit: NamedDependency[Visit], number: FromPath[int]) -> Response[str]:
    """Do one thing for all customers of an incident, and tell for how many it was done."""
    viewer, form = visit.viewer, await visit.form()
    command = forms.command(form, visit.setting) if form.get("do") in BULK else Refusal.MISSING
    if isinstance(command, Refusal):
        return await _show(visit, number, status=422, reason=command, typed=form)
    if form.get("sure") != "yes":
        return await _show(visit, number, status=422, reason=Refusal.MISSING, typed=form)
    return await _show(visit, number, tally=await visit.desk.act_on_incident(viewer, number, command))


async def _show(
    visit: Visit,
    number: int,
    *,
    status: int = 200,
    reason: Refusal | None = None,
    tally: Tally | None = None,
    typed: dict[str, str] | None = None,
) -> Response[str]:
    found = await visit.desk.incident(visit.viewer, number)
    if found is None:
        return visit.page("problem.html", status=404, problem="unknown")
    return visit.page("incident.html", status=status, incident=found, reason=reason, tally=tally, typed=typed or {})
