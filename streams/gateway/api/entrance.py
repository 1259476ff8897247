"""The order of business of every request that brings touchpoints, whatever it looks like, from top to bottom."""

import time
from collections.abc import Sequence
from typing import Any

from streams.gateway import publishing
from streams.gateway.api import bodies, callers, cors, options, traced
from streams.gateway.api.bodies import Gone, Hold, Limits, Room
from streams.gateway.api.exchange import Note, Watch, exchange
from streams.gateway.api.options import Options
from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.reply import Reply
from streams.gateway.api.request import Request
from streams.gateway.api.way import Way
from streams.gateway.gate import Gate
from streams.gateway.keys.key import Key
from streams.gateway.port import Full, KeyRing
from streams.telemetry.tracing import OFF, Tracer


class Entrance:
    """Takes requests on all ways in; `limits` and `room` bound what they hold, `guards` are headers of every answer."""

    def __init__(
        self,
        gate: Gate,
        ring: KeyRing,
        limits: Limits,
        room: Room,
        watch: Watch,
        *,
        guards: Sequence[tuple[bytes, bytes]] = (),
        tracer: Tracer = OFF,
    ) -> None:
        self._gate = gate
        self._ring = ring
        self._limits = limits
        self._room = room
        self._watch = watch
        self._guards = tuple(guards)
        self._tracer = tracer

    async def serve(self, way: Way, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request; never raises for anything that it holds."""
        request = Request(scope)
        more = (*self._guards, *cors.headers(request.origin, self._ring)) if request.origin else self._guards

        async def outcome(note: Note) -> Reply | Problem | Gone:
            hold = Hold(self._room)
            try:
                return await self._outcome(way, request, receive, hold, note)
            finally:
                hold.release()

        await exchange(way.facts.template, request, send, self._watch, outcome, fail=way.fail, headers=more)

    async def _outcome(
        self, way: Way, request: Request, receive: Any, hold: Hold, note: Note
    ) -> Reply | Problem | Gone:
        if request.method == "OPTIONS":
            return cors.preflight(request.origin, self._ring)
        if request.method not in way.facts.methods:
            return Problem(code=Code.METHOD, allow=", ".join((*way.facts.methods, "OPTIONS")))
        key = self._caller(way, request)
        if isinstance(key, Problem) and not way.facts.key_in_body:
            return key
        body = await bodies.read(request, receive, self._limits, hold)
        if not isinstance(body, bytes):
            return body
        request.body, note.size = body, len(body)
        key = self._caller(way, request) if isinstance(key, Problem) else key
        if isinstance(key, Problem):
            return key
        note.key_id = key.id
        if self._tracer.is_on:
            note.span = traced.begin(self._tracer, request, note.route, time.perf_counter() - note.started)
        wanted = options.read(request, Options(way.facts.unknown))
        return wanted if isinstance(wanted, Problem) else await self._taken(way, request, key, wanted, note)

    def _caller(self, way: Way, request: Request) -> Key | Problem:
        text = way.key_text(request)
        key = self._ring.find(text) if text else None
        return callers.UNKNOWN if key is None else callers.objection(key, request, way.facts.kinds) or key

    async def _taken(self, way: Way, request: Request, key: Key, wanted: Options, note: Note) -> Reply | Problem:
        items = await way.read(request, key)
        count = 1 if isinstance(items, Problem | Reply) else len(items)
        if count > self._limits.items:
            items = Problem(code=Code.TOO_LARGE, detail=f"a request has at most {self._limits.items} items")
            count = 1
        # What cannot be read costs as much as one item, so that nobody may try for ever.
        if wait := self._ring.spend(key, count or 1):
            return Problem(code=Code.TOO_MANY, wait_sec=wait.sec)
        if isinstance(items, Problem | Reply):
            return items
        sending, named = publishing.begin(note.span, options.named(items, wanted.prefix))
        taken = await self._gate.take(key, named, unknown=wanted.unknown, is_dry=wanted.is_dry)
        publishing.end(sending, taken)
        if isinstance(taken, Full):
            return Problem(code=Code.FULL, wait_sec=taken.retry_after_sec)
        note.counts = taken.counts
        return way.answer(taken, is_dry=wanted.is_dry)
