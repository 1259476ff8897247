"""Silences: what people keep quiet, until when and why; each says how many open cases it holds now."""

from collections.abc import Mapping
from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from streams.desk.access.roles import Right, may
from streams.desk.console import forms
from streams.desk.console.visit import Visit
from streams.desk.routing.silences import FLAWS
from streams.desk.service.port import Flaw, NewSilence, Refusal, Refused
from streams.desk.service.views import Texts

MOST_LINES: Final = 20


@get("/silences")
async def silences(visit: NamedDependency[Visit]) -> Response[str]:
    """Show those that have not ended."""
    said = visit.request.query_params.get("said", "")
    return await _show(visit, said=said if said in ("silenced", "ended") else "")


@post("/silences")
async def silence(visit: NamedDependency[Visit]) -> Response[str]:
    """Make one; what is wrong with it is said, and what was typed is kept."""
    viewer, form = visit.viewer, await visit.form()
    until = forms.time_of(form, visit.setting)
    lines = [line.strip() for line in form.get("matchers", "").splitlines() if line.strip()]
    if isinstance(until, Refusal) or len(lines) > MOST_LINES or any(len(value) > forms.MAX_TEXT for value in lines):
        reason = until if isinstance(until, Refusal) else Refusal.TOO_LONG
        return await _show(visit, status=422, reason=reason, typed=form)
    wanted = NewSilence(matchers=tuple(lines), ends_at=until, comment=forms.text_of(form, "comment"))
    answer = await visit.desk.silence(viewer, wanted)
    if isinstance(answer, Flaw):
        return await _show(visit, status=422, flaw=FLAWS[answer], typed=form)
    if isinstance(answer, Refused):
        return await _show(visit, status=403, reason=answer.reason, typed=form)
    return visit.redirect("/silences?said=silenced")


@post("/silences/{name:str}/end")
async def end(visit: NamedDependency[Visit], name: FromPath[str]) -> Response[str]:
    """End one."""
    viewer, _ = visit.viewer, await visit.form()
    answer = await visit.desk.end_silence(viewer, name)
    if isinstance(answer, Refused) and answer.reason is not Refusal.NOTHING:
        return await _show(visit, status=404 if answer.reason is Refusal.UNKNOWN else 403, reason=answer.reason)
    return visit.redirect("/silences?said=ended")


async def _show(
    visit: Visit,
    *,
    status: int = 200,
    said: str = "",
    flaw: Texts | None = None,
    reason: Refusal | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response[str]:
    return visit.page(
        "silences.html",
        status=status,
        silences=await visit.desk.silences(visit.viewer),
        may_silence=may(visit.viewer, Right.SILENCES),
        said=said,
        flaw=flaw,
        reason=reason,
        typed=typed or {},
    )
