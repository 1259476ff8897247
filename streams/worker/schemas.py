"""Schema ids that nobody here knows yet: asked for beside the hot path, before what they wrote is refused."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from streams.codec.registry import Lookup, SchemaStore
from streams.codec.touchpoint import TouchpointDecoder

HOPELESS_SEC: Final = 60.0  # an id the registry does not know is refused without asking for so long
RETRY_SEC: Final = 1.0
_log = logging.getLogger("touchpoint.worker")


class Schemas:
    """Tells a lane whether to wait for the schema of the record that was just refused."""

    def __init__(
        self, decoder: TouchpointDecoder, store: SchemaStore, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._decoder = decoder
        self._store = store
        self._clock = clock
        self._hopeless: dict[int, float] = {}

    def take_questions(self) -> set[int]:
        """Return the ids worth asking for since the last call; call after a decode that said UNKNOWN_SCHEMA."""
        ids = set(self._decoder.unknown)
        self._decoder.unknown.clear()
        if not self._store.url:
            return set()
        now = self._clock()
        return {schema_id for schema_id in ids if self._hopeless.get(schema_id, 0.0) < now}

    async def ask(self, ids: set[int]) -> None:
        """Return once each id is known or hopeless; while the registry cannot be reached, nothing is given up."""
        for schema_id in sorted(ids):
            while (answer := await self._store.fetch(schema_id)) is Lookup.UNREACHABLE:
                _log.warning("the schema registry does not answer, records with schema id %d wait", schema_id)
                await asyncio.sleep(RETRY_SEC)
            if answer is not Lookup.FOUND:
                self._hopeless[schema_id] = self._clock() + HOPELESS_SEC
