"""What the worker's HTTP server answers beside metrics: one journey, by customer."""

from typing import Any, Final

import msgspec
from aiohttp import web

from streams.alerts.views import JourneyView
from streams.codec.partitioner import home_of
from streams.codec.times import to_rfc3339
from streams.codec.touchpoint import to_json
from streams.worker.store import Lanes

NOT_FOUND: Final = 404
MISDIRECTED: Final = 421  # another worker owns the partition
NOT_READY: Final = 503


class JourneyRoute:
    """`GET /journey/<customer>`: the journey as JSON, from the worker that owns it."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    def definitions(self) -> list[web.RouteDef]:
        """Return what the server adds."""
        return [web.get("/journey/{customer}", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        customer = request.match_info["customer"]
        key = customer.encode()
        number = home_of(key, self._lanes.kit.partitions)
        lane = self._lanes.owner_of(number)
        if lane is None:
            is_ours = number in self._lanes.lanes
            what = "is being recovered" if is_ours else "belongs to another worker"
            return _json({"error": f"partition {number} {what}"}, NOT_READY if is_ours else MISDIRECTED)
        if key not in lane.core or (view := lane.core.journey(key)) is None:
            return _json({"error": "no such customer"}, NOT_FOUND)
        return _json(describe(view, number, lane.core.clock), 200)


def describe(view: JourneyView, partition: int, clock: int) -> dict[str, Any]:
    """Return a journey for people and programs: times as RFC 3339, touchpoints in the JSON form, oldest first."""
    state = view.state
    return {
        "customer": view.customer,
        "partition": partition,
        "clock": to_rfc3339(clock),
        "touchpoints": state.count,
        "first": to_rfc3339(state.first) if state.count else None,
        "last": to_rfc3339(state.last) if state.count else None,
        "next_deadline": to_rfc3339(view.next_deadline) if view.next_deadline is not None else None,
        "promises": msgspec.to_builtins(state.promises),
        "episodes": msgspec.to_builtins(state.episodes),
        "windows": {"touchpoints": state.touchpoints, "negatives": state.negatives},
        "recent": [msgspec.Raw(to_json(touchpoint)) for touchpoint in view.touchpoints],
    }


def _json(value: Any, status: int) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), status=status, content_type="application/json")
