"""One case: its card on one screen, its trail, its customer's journey, and what people do with it."""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from streams.desk.access.viewer import Viewer
from streams.desk.cases.case import UNSEEN, Status
from streams.desk.console import forms, lanes
from streams.desk.console.visit import FRAGMENT_HEADER, Visit, local
from streams.desk.service.port import Done, Refusal, Refused, Revealed
from streams.desk.service.views import Card, Line

_STATUS: Final = {
    Refusal.UNKNOWN: 404,
    Refusal.FORBIDDEN: 403,
    Refusal.IN_PAST: 422,
    Refusal.TOO_LONG: 422,
    Refusal.MISSING: 422,
}
_CONFLICT: Final = 409
_MAX_WHY: Final = 500  # characters


@get("/cases/{case_id:str}")
async def card(visit: NamedDependency[Visit], case_id: FromPath[str]) -> Response[str]:
    """Show the card."""
    said = visit.request.query_params.get("said", "")
    return await _show(visit, case_id, said=said if said in forms.COMMANDS else "")


@get("/cases/{case_id:str}/trail")
async def trail(visit: NamedDependency[Visit], case_id: FromPath[str]) -> Response[str]:
    """Show everything that happened to a case."""
    found = await visit.desk.card(visit.viewer, case_id)
    if found is None:
        return _unknown(visit)
    lines = await visit.desk.trail(visit.viewer, case_id)
    return visit.page("trail.html", card=found, row=found.row, lines=lines)


@get("/cases/{case_id:str}/journey")
async def journey(visit: NamedDependency[Visit], case_id: FromPath[str]) -> Response[str]:
    """Show the journey of the customer over all channels, the newest part of it first."""
    found = await visit.desk.card(visit.viewer, case_id)
    if found is None:
        return _unknown(visit)
    steps = await visit.desk.journey(visit.viewer, case_id)
    before = visit.request.query_params.get("before", "")
    part = lanes.part(steps, int(before) if before.isascii() and before.isdecimal() and len(before) < 9 else 0)
    return visit.page(
        "journey.html", card=found, row=found.row, part=part, drawing=lanes.draw(part.steps), total=len(steps)
    )


@post("/cases/{case_id:str}/act")
async def act(visit: NamedDependency[Visit], case_id: FromPath[str]) -> Response[str]:
    """Do what a form says; a refusal shows why, who holds it and what has changed, and keeps what was typed."""
    viewer, form = visit.viewer, await visit.form()
    command = forms.command(form, visit.setting)
    answer = Refused(command) if isinstance(command, Refusal) else await visit.desk.act(viewer, case_id, command)
    is_row = visit.request.headers.get(FRAGMENT_HEADER) == "row"
    if isinstance(answer, Done):
        if is_row:
            return visit.page("row.html", row=answer.row)
        return visit.redirect(local(form.get("back", ""), f"/cases/{case_id}?said={form['do']}"))
    status = _STATUS.get(answer.reason, _CONFLICT)
    if is_row:
        return visit.page("refused.html", status=status, refused=answer, changes=())
    return await _show(visit, case_id, status=status, refused=answer, typed=form)


@post("/cases/{case_id:str}/reveal")
async def reveal(visit: NamedDependency[Visit], case_id: FromPath[str]) -> Response[str]:
    """Show who it is, once, after a reason; the answer is kept nowhere."""
    viewer, form = visit.viewer, await visit.form()
    why = form.get("why", "").strip()
    answer: Revealed | Refused = Refused(Refusal.TOO_LONG if why else Refusal.MISSING)
    if 0 < len(why) <= _MAX_WHY:
        answer = await visit.desk.reveal(viewer, case_id, why)
    if isinstance(answer, Refused):
        status = _STATUS.get(answer.reason, _CONFLICT)
        return await _show(visit, case_id, status=status, refused=answer, typed=form | {"do": "reveal"})
    return visit.page("revealed.html", case_id=case_id, revealed=answer, why=why)


async def _show(
    visit: Visit,
    case_id: str,
    *,
    status: int = 200,
    said: str = "",
    refused: Refused | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response[str]:
    found = await visit.desk.card(visit.viewer, case_id)
    if found is None:
        return _unknown(visit)
    typed = typed or {}
    return visit.page(
        "card.html",
        status=status,
        card=found,
        row=found.row,
        said=said,
        refused=refused,
        typed=typed,
        changes=_since(found, typed) if refused else (),
        can=_offered(found, visit.viewer),
        rules=sorted({f"{alert.rule} v{alert.rule_version}" for alert in found.alerts}),
    )


def _offered(found: Card, viewer: Viewer) -> frozenset[str]:
    """Return what may be done and would do something: nobody is offered what is so already."""
    row = found.row
    idle = {
        "claim": row.assignee == viewer.name,
        "release": not row.assignee,
        "acknowledge": row.status not in UNSEEN,
        "start": row.status == Status.IN_PROGRESS and row.assignee == viewer.name,
    }
    return frozenset(action for action in found.actions if not idle.get(action, False))


def _since(found: Card, typed: Mapping[str, str]) -> Sequence[Line]:
    """Return what others did after the page was drawn that this form is of."""
    seen = typed.get("revision", "")
    if not (seen.isascii() and seen.isdecimal() and len(seen) < 10):
        return ()
    return [line for line in found.trail if line.revision > int(seen)][-3:]


def _unknown(visit: Visit) -> Response[str]:
    return visit.page("problem.html", status=404, problem="unknown")
