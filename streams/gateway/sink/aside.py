"""Touchpoints that Kafka will never take as it is set up, kept as lines that `touchpoint send` reads.

They are no dead letters: those have a place on a topic, which these never had, and the broker may refuse them as well.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from streams import durable
from streams.codec.touchpoint import to_json
from streams.gateway.sink.record import Record

NAME: Final = "refused.jsonl"


class AsideFull(Exception):  # noqa: N818 - it names an event, and is no fault
    """Raise when no more may be put aside: the spool waits until somebody has looked at the file."""


class Aside:
    """A file beside the spool. Somebody mends the topic, sends the file again, and removes it."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.path = folder / NAME
        self.count = 0  # touchpoints since this process began
        self._max_bytes = max_bytes

    def put(self, records: Sequence[Record]) -> None:
        """Keep them; raises OSError where the disk does not take them, AsideFull where the file has become too long."""
        content = b"".join(to_json(record.touchpoint, record.at) + b"\n" for record in records)
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size + len(content) > self._max_bytes:
                raise AsideFull
            written = 0
            while written < len(content):
                written += os.write(handle, memoryview(content)[written:])
            os.fdatasync(handle)
            if not size:
                durable.sync(self.path.parent)
        finally:
            os.close(handle)
        self.count += len(records)
