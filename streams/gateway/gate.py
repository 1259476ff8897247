"""The one way through the gateway, whatever a request looked like: admit each item, then make the good ones safe."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from streams.gateway.candidate import Candidate
from streams.gateway.door import Door, Unknown
from streams.gateway.keys.key import Key
from streams.gateway.outcome import Admitted, Ignored, Refused, Verdict
from streams.gateway.port import Full, Sink, Stored

SLICE: Final = 256  # items that are admitted without a pause: a few milliseconds


class Counts(msgspec.Struct, frozen=True):
    """How many items of a request came to what."""

    accepted: int = 0
    ignored: int = 0
    refused: int = 0


class Taken(msgspec.Struct, frozen=True):
    """What became of the items of a request, in their order; `stored` is None where nothing was to be stored."""

    verdicts: Sequence[Verdict]
    counts: Counts
    stored: Stored | None = None

    @staticmethod
    def of(verdicts: Sequence[Verdict], stored: Stored | None = None) -> "Taken":
        """Return it with what the verdicts come to."""
        accepted = sum([isinstance(each, Admitted) for each in verdicts])
        refused = sum([isinstance(each, Refused) for each in verdicts]) if accepted < len(verdicts) else 0
        return Taken(verdicts, Counts(accepted, len(verdicts) - accepted - refused, refused), stored)


Watcher = Callable[[Key, Taken, int], None]  # is told what was taken with a key, and when


class Gate:
    """Takes the items of one request at a time.

    `watchers` are told what was taken; not what was only tried, nor what had to be sent away.
    """

    def __init__(self, door: Door, sink: Sink, now: Callable[[], int], watchers: Sequence[Watcher] = ()) -> None:
        self._door = door
        self._sink = sink
        self._now = now
        self._watchers = tuple(watchers)

    async def take(
        self,
        key: Key,
        items: Sequence[Candidate | Ignored | Refused],
        *,
        unknown: Unknown = Unknown.REFUSE,
        is_dry: bool = False,
    ) -> Taken | Full:
        """Return once everything that is admitted is safe; Full where it cannot be, and then nothing is promised."""
        now = self._now()
        verdicts: list[Verdict] = []
        for start in range(0, len(items), SLICE):
            if start:
                await asyncio.sleep(0)  # a large batch lets the requests of others pass
            verdicts += [
                self._door.admit(item, key, now, unknown) if isinstance(item, Candidate) else item
                for item in items[start : start + SLICE]
            ]
        admitted = [verdict for verdict in verdicts if isinstance(verdict, Admitted)]
        if is_dry:
            return Taken.of(verdicts)
        stored = await self._sink.put(admitted) if admitted else None
        if isinstance(stored, Full):
            return stored
        taken = Taken.of(verdicts, stored)
        for watcher in self._watchers:
            watcher(key, taken, self._now())
        return taken
