"""The live queue: the most urgent cases first, a page at a time."""

from typing import Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from streams.desk.access.roles import Right, may
from streams.desk.console import forms, wanted
from streams.desk.console.visit import Visit
from streams.desk.service.port import Refusal, Refused, Tally

ROWS: Final = 60
_MAX_AFTER: Final = 500  # characters


@get("/")
async def queue(visit: NamedDependency[Visit]) -> Response[str]:
    """Show the cases that fit the filters of the address."""
    return await show(visit)


@post("/handover")
async def hand_over(visit: NamedDependency[Visit]) -> Response[str]:
    """Give everything that somebody holds to a colleague, or back to the queue, and tell how much that was."""
    viewer, form = visit.viewer, await visit.form()
    of, to, note = (forms.text_of(form, name) for name in ("from", "to", "note"))
    answer: Tally | Refused = Refused(Refusal.MISSING)
    if max(map(len, (of, to, note))) > forms.MAX_TEXT:
        answer = Refused(Refusal.TOO_LONG)
    elif form.get("sure") == "yes":
        answer = await visit.desk.hand_over(viewer, of, to, note)
    if isinstance(answer, Refused):
        return await show(visit, status=403 if answer.reason is Refusal.FORBIDDEN else 422, reason=answer.reason)
    return await show(visit, tally=answer)


async def show(
    visit: Visit, *, status: int = 200, tally: Tally | None = None, reason: Refusal | None = None
) -> Response[str]:
    """Draw the queue, with what a hand-over came to."""
    wants = wanted.read(visit.request.query_params)
    holder = "" if wants.assignee == wanted.NOBODY else wants.assignee
    is_own = holder == visit.viewer.name and may(visit.viewer, Right.WORK)
    after = visit.request.query_params.get("after", "")[:_MAX_AFTER]
    page = await visit.desk.queue(visit.viewer, wants, after=after, limit=ROWS)
    return visit.page(
        "queue.html",
        status=status,
        tally=tally,
        reason=reason,
        hands_over=holder if is_own or may(visit.viewer, Right.DIRECT) else "",
        page=page,
        wants=wants,
        after=after,
        query=wanted.write(wants),
        next_query=wanted.write(wants, after=page.after) if page.after else "",
        severities=wanted.SEVERITIES,
        moments=wanted.MOMENTS,
        statuses=wanted.EVERY,
        rules=sorted({rule for row in page.rows for rule in row.rules}),
        teams=sorted({row.team for row in page.rows if row.team} | visit.viewer.teams),
        people=sorted({row.assignee for row in page.rows if row.assignee}),
        tags=sorted({tag for row in page.rows for tag in row.tags}),
    )
