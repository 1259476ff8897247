"""What changes, as it changes."""

from typing import Annotated, Any

import msgspec

from streams.desk.api.operation import Call, Live
from streams.desk.api.problems import Code, Problem
from streams.desk.api.streams import RESET
from streams.desk.service.port import Filter


class EventQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From where on: the `seq` of the last event that was read; the header Last-Event-ID comes before it."""

    after: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0


async def follow(call: Call[EventQuery, None]) -> Live | Problem:
    """Return the stream; `wait` tells when a place in it may be free."""
    last = call.headers.get("last-event-id", "")
    if last and not (last.isascii() and last.isdecimal() and len(last) <= 15):
        return Problem(reason=Code.INVALID, detail="Last-Event-ID: not an id of ours")
    parts, viewer = call.parts, call.viewer
    if not parts.streams.has_room(viewer):
        return Problem(reason=Code.TOO_MANY, wait_sec=5)
    after = int(last) if last else call.query.after
    newest = (await call.desk.queue(viewer, Filter(), limit=1)).seq if after else 0
    greeting = b"" if after <= newest else RESET  # a desk that lost its database counts from the beginning again
    after = min(after, newest)

    async def is_valid() -> bool:
        headers = call.headers
        return (
            await parts.sessions.identify(
                authorization=headers.get("authorization", ""), cookie=headers.get("cookie", "")
            )
            == call.identity
        )

    async def app(_: Any, receive: Any, send: Any) -> None:
        await parts.streams.serve(call.desk, viewer, after, is_valid, (receive, send), greeting)

    return Live(app)
