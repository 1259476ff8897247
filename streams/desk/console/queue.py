"""The live queue: the most urgent cases first, a page at a time."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency

from streams.desk.console import wanted
from streams.desk.console.visit import Visit

ROWS: Final = 60
_MAX_AFTER: Final = 500  # characters


@get("/")
async def queue(visit: NamedDependency[Visit]) -> Response[str]:
    """Show the cases that fit the filters of the address."""
    wants = wanted.read(visit.request.query_params)
    after = visit.request.query_params.get("after", "")[:_MAX_AFTER]
    page = await visit.desk.queue(visit.viewer, wants, after=after, limit=ROWS)
    return visit.page(
        "queue.html",
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
