"""`/v1/uploads`: files of touchpoints by the tus protocol 1.0 (tus.io), which goes on where the line broke.

POST begins an upload, PATCH adds the next part, HEAD says how far it is, DELETE lets it go: so any tus client can send
one. GET tells as JSON what became of its lines. `Upload-Metadata` has `filetype`, or `filename` with its ending, and
`provider` where the lines are in another form than ours. Only a server's key may upload, and sees its own alone.
"""

import asyncio
import time
from base64 import b64decode
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import asgi
from litestar.types import ControllerRouterHandler

from streams.gateway.api import callers, traced
from streams.gateway.api.answers import RefusedItem, told
from streams.gateway.api.exchange import Note, Watch, exchange
from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.reply import Reply, as_json
from streams.gateway.api.request import Request
from streams.gateway.keys.key import Key, Kind
from streams.gateway.port import KeyRing
from streams.gateway.uploads.store import Uploads
from streams.gateway.uploads.upload import Form, State, Upload
from streams.gateway.uploads.worker import Worker
from streams.telemetry.trace_context import TraceContext
from streams.telemetry.tracing import OFF, Tracer

UPLOADS: Final = "/v1/uploads"
ONE: Final = f"{UPLOADS}/{{upload}}"
VERSION: Final = "1.0.0"
PART_TYPE: Final = "application/offset+octet-stream"
PART_BYTES: Final = 1 << 20  # that are kept in memory before they go to the disk
PART_SEC: Final = 30.0  # without a byte, and the part is over
RETRY_SEC: Final = 60
_KINDS: Final = frozenset({Kind.SERVER})
_ENDINGS: Final = {"csv": Form.CSV, "jsonl": Form.LINES, "ndjson": Form.LINES}
_DIGITS: Final = 15
_NOT_FOUND: Final = Problem(code=Code.NOT_FOUND)
_TUS: Final = ((b"tus-resumable", VERSION.encode()),)


class Flawed(msgspec.Struct, frozen=True):
    """A line that was refused, and why."""

    line: int
    problem: RefusedItem


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an upload so far. `state`: receiving, working, done, or ended where its key was revoked."""

    id: str
    state: State
    size: int
    received: int
    lines: int
    accepted: int
    ignored: int
    refused: int
    problems: Sequence[Flawed]


class UploadRoutes:
    """All of it; `providers` are those whose lines are read, by the name in `Upload-Metadata`."""

    def __init__(
        self,
        uploads: Uploads,
        worker: Worker,
        ring: KeyRing,
        watch: Watch,
        providers: Collection[str],
        most_bytes: int,
        *,
        tracer: Tracer = OFF,
    ) -> None:
        self._uploads = uploads
        self._worker = worker
        self._ring = ring
        self._watch = watch
        self._providers = providers
        self._most_bytes = most_bytes
        self._tracer = tracer
        self._busy: set[str] = set()  # uploads that a part is coming for

    def routes(self) -> Sequence[ControllerRouterHandler]:
        """Return them."""

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            await self._serve(scope, receive, send)

        return [asgi(UPLOADS, name=UPLOADS, is_mount=True, copy_scope=True)(serve)]

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        request, name = Request(scope), scope["path"].strip("/")

        async def outcome(note: Note) -> Reply | Problem:
            return await self._outcome(request, name, receive, note)

        await exchange(ONE if name else UPLOADS, request, send, self._watch, outcome, headers=_TUS)

    async def _outcome(self, request: Request, name: str, receive: Any, note: Note) -> Reply | Problem:
        method = request.header(b"x-http-method-override").upper() or request.method
        if method == "OPTIONS":
            return Reply(204, headers=self._abilities())
        key = self._ring.find(callers.key_text(request))
        if key is None:
            return callers.UNKNOWN
        if found := callers.objection(key, request, _KINDS):
            return found
        note.key_id = key.id
        upload = self._uploads.find(name) if name else None
        if self._tracer.is_on:  # parts are in the trace in which their upload began
            parent = upload.trace if upload is not None and upload.key_id == key.id else None
            ago_sec = time.perf_counter() - note.started
            note.span = traced.begin(self._tracer, request, note.route, ago_sec, parent=parent)
        if not name:
            trace = note.span.context
            return await self._begin(request, key, trace) if method == "POST" else _no_method("POST, OPTIONS")
        if upload is None or upload.key_id != key.id:
            return _NOT_FOUND
        if method == "PATCH":
            return await self._add(request, upload, receive, note)
        if method == "DELETE":
            await asyncio.to_thread(self._uploads.forget, upload)
            return Reply(204)
        if method in ("HEAD", "GET"):
            return self._tell(upload, is_short=method == "HEAD")
        return _no_method("GET, HEAD, PATCH, DELETE, OPTIONS")

    def _abilities(self) -> Mapping[str, str]:
        return {
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,termination",
            "Tus-Max-Size": str(self._most_bytes),
        }

    async def _begin(self, request: Request, key: Key, trace: TraceContext | None) -> Reply | Problem:
        said = request.header(b"upload-length")
        if not (said.isascii() and said.isdigit() and len(said) <= _DIGITS) or int(said) == 0:
            return Problem(code=Code.MALFORMED, detail="Upload-Length is not the size of a file in bytes")
        if int(said) > self._most_bytes:
            return Problem(code=Code.TOO_LARGE, detail=f"an upload has at most {self._most_bytes} bytes")
        about = _metadata(request.header(b"upload-metadata"))
        form, provider = _form(about), about.get("provider", "")
        if form is None:
            wanted = f"filetype {', '.join(Form)}, or filename with the ending {', '.join(_ENDINGS)}"
            return Problem(code=Code.MEDIA_TYPE, detail=f"Upload-Metadata names neither {wanted}")
        if provider and provider not in self._providers:
            return Problem(code=Code.MALFORMED, detail=f"the provider may be {', '.join(sorted(self._providers))}")
        if form is Form.CSV and not provider:
            return Problem(code=Code.MEDIA_TYPE, detail="CSV is read for a provider, like pos")
        upload = await asyncio.to_thread(self._uploads.begin, key.id, form, int(said), provider, trace)
        if upload is None:
            return Problem(code=Code.FULL, detail="too many uploads are under way", wait_sec=RETRY_SEC)
        return Reply(201, headers={"Location": f"{UPLOADS}/{upload.id}"})

    async def _add(self, request: Request, upload: Upload, receive: Any, note: Note) -> Reply | Problem:
        if request.media_type != PART_TYPE:
            return Problem(code=Code.MEDIA_TYPE, detail=f"the Content-Type of a part is {PART_TYPE}")
        said = request.header(b"upload-offset")
        here = self._uploads.offset(upload)
        if not (said.isascii() and said.isdigit() and len(said) <= _DIGITS) or int(said) != here:
            return Problem(code=Code.CONFLICT, detail=f"Upload-Offset is not {here}, which is how much is here")
        if upload.id in self._busy:
            return Problem(code=Code.BUSY, wait_sec=1)
        self._busy.add(upload.id)
        try:
            end = await self._receive(upload, here, receive)
        finally:
            self._busy.discard(upload.id)
        note.size = end - here
        if end == upload.size:
            self._worker.wake()
        return Reply(204, headers={"Upload-Offset": str(end)})

    async def _receive(self, upload: Upload, offset: int, receive: Any) -> int:
        """Add a part and return how much is here now; what has come before the line breaks is kept."""
        is_more = True
        while is_more and offset < upload.size:
            part = bytearray()
            while is_more and len(part) < PART_BYTES:
                try:
                    async with asyncio.timeout(PART_SEC):
                        message = await receive()
                except TimeoutError:
                    message = {"type": "http.disconnect"}
                part += message.get("body", b"")
                is_more = message["type"] == "http.request" and message.get("more_body", False)
            added = await asyncio.to_thread(self._uploads.append, upload, offset, bytes(part))
            if added is None:  # it was let go meanwhile
                break
            offset = added
        return offset

    def _tell(self, upload: Upload, *, is_short: bool) -> Reply:
        received = self._uploads.offset(upload)
        if is_short:
            return Reply(200, headers={"Upload-Offset": str(received), "Upload-Length": str(upload.size)})
        flaws = [(flaw.line, told(flaw.refused)) for flaw in upload.flaws]
        return as_json(
            Told(
                id=upload.id,
                state=upload.state,
                size=upload.size,
                received=received,
                lines=upload.lines,
                accepted=upload.accepted,
                ignored=upload.ignored,
                refused=upload.refused,
                problems=[Flawed(line, item) for line, item in flaws if isinstance(item, RefusedItem)],
            )
        )


def _no_method(allow: str) -> Problem:
    return Problem(code=Code.METHOD, allow=allow)


def _metadata(header: str) -> Mapping[str, str]:
    """Return the pairs of `Upload-Metadata`; what is no base64 is left out."""
    found = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = b64decode(value, validate=True).decode()
        except ValueError:
            continue
    return found


def _form(about: Mapping[str, str]) -> Form | None:
    said = about.get("filetype", "").partition(";")[0].strip().lower()
    if said in tuple(Form):
        return Form(said)
    return _ENDINGS.get(about.get("filename", "").rpartition(".")[2].lower())
