"""Works through uploads that are whole, in turns of a portion each; what has to wait lets the others pass."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from streams.gateway import publishing
from streams.gateway.candidate import Candidate
from streams.gateway.gate import Gate
from streams.gateway.outcome import Admitted, Ignored, Refused, Verdict
from streams.gateway.port import Full, KeyRing
from streams.gateway.publishing import Item
from streams.gateway.uploads.portions import Portion, portions
from streams.gateway.uploads.store import Uploads
from streams.gateway.uploads.upload import MOST_FLAWS, Flaw, State, Upload
from streams.telemetry.tracing import OFF, Kind, Tracer

RETRY_SEC: Final = 5.0
Numbered = tuple[int, Item]  # the line that an item begins on
_log: Final = logging.getLogger("touchpoint.gateway.uploads")


class Worker:
    """`read` makes the items of a portion.

    A line is taken at least once: after a crash the portion that was under way is taken again, under the same ids.
    """

    def __init__(
        self,
        uploads: Uploads,
        gate: Gate,
        ring: KeyRing,
        read: Callable[[Upload, bytes], Sequence[Item]],
        clock: Callable[[], float] = time.monotonic,
        *,
        tracer: Tracer = OFF,
    ) -> None:
        self._uploads = uploads
        self._gate = gate
        self._ring = ring
        self._read = read
        self._clock = clock
        self._tracer = tracer
        self._woken = asyncio.Event()
        self._due: dict[str, float] = {}  # when an upload has its next turn
        self._ahead: dict[str, Upload] = {}  # what was taken and could not be written down yet

    def wake(self) -> None:
        """Say that an upload has become whole."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._woken.clear()
            pause = await self.turn()
            if pause != 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._woken.wait()

    async def turn(self) -> float | None:
        """Give the upload that has waited the longest its turn; return how long nobody has one, None for no end."""
        waiting = {each.id: each for each in await asyncio.to_thread(self._uploads.working)}
        self._due = {name: due for name, due in self._due.items() if name in waiting}
        self._ahead = {name: ahead for name, ahead in self._ahead.items() if name in waiting}
        if not waiting:
            return None
        now = self._clock()
        name = min(waiting, key=lambda each: self._due.get(each, 0.0))
        if (left := self._due.get(name, 0.0) - now) > 0:
            return left
        try:
            wait_sec = await self._step(self._ahead.get(name, waiting[name]))
        except Exception as error:  # noqa: BLE001 - one file must not stop the others
            _log.warning("an upload cannot be worked through now (%s), trying again", type(error).__name__)
            wait_sec = RETRY_SEC
        self._due[name] = self._clock() + wait_sec
        return 0

    async def _step(self, upload: Upload) -> float:
        """Take the next portion of an upload; return how long it has to wait for its next turn."""
        key = self._ring.get(upload.key_id)
        if key is None:
            await self._keep(msgspec.structs.replace(upload, state=State.ENDED))
            return 0
        portion = await asyncio.to_thread(self._next, upload)
        if portion is None:
            await self._keep(msgspec.structs.replace(upload, state=State.DONE))
            return 0
        numbered = await asyncio.to_thread(self._items, upload, portion)
        if wait := self._ring.spend(key, len(numbered)):
            return wait.sec
        if self._uploads.find(upload.id) is None:
            return 0
        span = self._tracer.start("work through portion", Kind.CONSUMER, parent=upload.trace)
        sending, items = publishing.begin(span, [item for _, item in numbered])
        taken = await self._gate.take(key, items)
        publishing.end(sending, taken)
        span.end({"touchpoint.upload.lines": portion.lines - upload.lines})
        if isinstance(taken, Full):
            return taken.retry_after_sec
        await self._keep(_counted(upload, portion, numbered, taken.verdicts))
        return 0

    def _next(self, upload: Upload) -> Portion | None:
        with self._uploads.open(upload) as file:
            return next(portions(file, upload.form, upload.worked, upload.lines), None)

    def _items(self, upload: Upload, portion: Portion) -> Sequence[Numbered]:
        """Return the items with their lines, those without an id under one that they have whenever they are read.

        Where a record spoils the whole, each is read by itself: it takes no other with it.
        """
        found = self._read(upload, portion.body)
        if len(found) == len(portion.numbers):
            return [(line, _named(upload, line, 0, item)) for line, item in zip(portion.numbers, found, strict=True)]
        return [
            (line, _named(upload, line, at, item))
            for line, record in zip(portion.numbers, portion.records, strict=True)
            for at, item in enumerate(self._read(upload, portion.head + record))
        ]

    async def _keep(self, upload: Upload) -> None:
        """Write down how far an upload is; where that fails it goes on from there, and is written down later."""
        self._ahead[upload.id] = upload
        await asyncio.to_thread(self._uploads.save, upload)
        del self._ahead[upload.id]


def _named(upload: Upload, line: int, at: int, item: Item) -> Item:
    if not isinstance(item, Candidate) or item.id:
        return item
    return msgspec.structs.replace(item, id=f"{upload.id}:{line}:{at}" if at else f"{upload.id}:{line}")


def _counted(upload: Upload, portion: Portion, numbered: Sequence[Numbered], verdicts: Sequence[Verdict]) -> Upload:
    flaws = tuple(
        Flaw(line, verdict)
        for (line, _), verdict in zip(numbered, verdicts, strict=True)
        if isinstance(verdict, Refused)
    )
    return msgspec.structs.replace(
        upload,
        worked=portion.end,
        lines=portion.lines,
        accepted=upload.accepted + sum(isinstance(each, Admitted) for each in verdicts),
        ignored=upload.ignored + sum(isinstance(each, Ignored) for each in verdicts),
        refused=upload.refused + len(flaws),
        flaws=(upload.flaws + flaws)[:MOST_FLAWS],
    )
