"""The stream behind every open page: changed rows drawn for it, cases that it shows, and what is worth a sound."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from streams.desk.access.scope import scope_of
from streams.desk.console import live, wanted
from streams.desk.console.visit import Visit
from streams.desk.service.port import Event, Filter
from streams.desk.service.views import Row
from streams.rules.model import Severity
from streams.serving.page_headers import GUARDS, NEVER_KEPT

MAX_STREAMS: Final = 1_000  # open pages of one desk; the next ones are told to come back
_MAX_DRAWN: Final = 5_000  # rows that are kept as they were drawn: many people look at the same ones


class Announcement(msgspec.Struct, frozen=True):
    """A new or worse case, in words."""

    id: str
    critical: bool
    text: str


class Shown(msgspec.Struct, frozen=True):
    """A row for the queue; `insert` is whether it may be added where it is not shown yet."""

    id: str
    rank: float
    insert: bool
    html: str


class Changed(msgspec.Struct, omit_defaults=True):
    """What one message tells the script."""

    rows: list[Shown] = []
    gone: list[str] = []
    cases: list[str] = []
    incidents: list[str] = []
    announce: list[Announcement] = []
    missed: bool = False


@get("/events")
async def events(visit: NamedDependency[Visit]) -> Response[Any]:
    """Follow what changes: `view` is queue, case or other, `after` or Last-Event-ID where to go on."""
    viewer, console, query = visit.viewer, visit.console, visit.request.query_params
    if console.pages >= MAX_STREAMS:
        return Response("", status_code=503, headers={**GUARDS, **NEVER_KEPT, "Retry-After": "5"})
    after = max(_seq(visit.request.headers.get("last-event-id", "")), _seq(query.get("after", "")))
    view, case_id, wants = query.get("view", ""), query.get("case", ""), wanted.read(query)

    def draw(batch: live.Batch) -> bytes | None:
        changed, later = Changed(missed=batch.missed), visit.later()
        for event in batch.events:
            _tell(later, event, wants, changed, view, case_id)
        return None if changed == Changed() else msgspec.json.encode(changed)

    async def is_welcome() -> bool:
        now = await console.sessions.viewer(visit.request)
        return now is not None and now.name == viewer.name

    async def stream() -> AsyncIterator[bytes]:
        # Rows are the same for all who may see them. Who does not say where to go on wants what comes from now on.
        shown = scope_of(viewer), visit.t.language, view, case_id, wants, not after
        console.pages += 1
        try:
            with console.rooms.enter(shown, lambda: live.Room(visit.desk.events(viewer, after), draw, after)) as room:
                async for message in live.follow(room, after, is_welcome=is_welcome):
                    yield message
        finally:
            console.pages -= 1

    headers = {**GUARDS, **NEVER_KEPT, "X-Accel-Buffering": "no"}
    return Stream(stream(), media_type="text/event-stream", headers=headers)


def _seq(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _tell(visit: Visit, event: Event, wants: Filter, changed: Changed, view: str, case_id: str) -> None:
    """Add one event to a message, as far as this page needs it."""
    if event.kind == "incident":
        changed.incidents.append(event.key)
    if event.kind != "case":
        return
    if view == "queue":
        how = wanted.fit(event.row, wants, visit.now) if event.row else wanted.Fit.HIDE
        if event.row is None or how is wanted.Fit.HIDE:
            changed.gone.append(event.key)
        else:
            is_insert = how is wanted.Fit.SHOW
            changed.rows.append(Shown(event.key, event.row.rank, is_insert, drawn(visit, event.row)))
    elif event.key == case_id:
        changed.cases.append(event.key)
    if event.announce and event.row is not None:
        changed.announce.append(_announcement(visit, event.row))


def _announcement(visit: Visit, row: Row) -> Announcement:
    severity = visit.t.of("severity", row.severity)
    text = visit.t("live.announce", severity=severity, number=row.number, title=visit.t.pick(row.title))
    return Announcement(row.case_id, row.severity == Severity.CRITICAL, text)


def drawn(visit: Visit, row: Row) -> str:
    """Return a row as HTML, drawn once for all who see the same; its times are ticked by the script."""
    key = (
        visit.t.language,
        row.case_id,
        row.revision,
        row.changed_at,
        row.rank,
        row.incident,
        row.alerts,
        row.severity,
    )
    kept = visit.console.drawn
    text = kept.get(key)
    if text is None:
        text = kept[key] = visit.draw("row.html", row=row)
        if len(kept) > _MAX_DRAWN:
            kept.popitem(last=False)
    return text
