"""Dead letters: a refused record with its original bytes, where it was, and why."""

from typing import Any, Final

import msgspec

from streams.codec import frame, writers
from streams.codec.registry import SchemaStore, shipped_store
from streams.errors import CorruptError
from streams.touchpoints.rejection import Reason

_RECORD: Final = "dead_letter"


class DeadLetter(msgspec.Struct, frozen=True):
    """A refused record. Key, value, headers and `timestamp` (ms since the epoch) are the original's, untouched."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    reason: Reason
    detail: str

    @property
    def place(self) -> str:
        """Where the record was, as the command line names it; also the dead letter's Kafka key."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def encode(letter: DeadLetter, schema_id: int | None = None) -> bytes:
    """Return the framed Avro record, under the shipped id unless the registry gave another."""
    fields: dict[str, Any] = msgspec.structs.asdict(letter)
    fields["headers"] = [{"name": name, "value": content} for name, content in letter.headers]
    return writers.write(fields, _RECORD, schema_id)


def decode(value: bytes, store: SchemaStore | None = None) -> DeadLetter:
    """Return the dead letter of a framed record; raises CorruptError when it is none that this version can read."""
    framed = frame.unframe(value)
    source = (store or shipped_store()).get(framed.schema_id) if framed and framed.schema_id is not None else None
    if framed is None or source is None:
        raise CorruptError(
            "a dead letter has no schema that is known here", remedy="set TOUCHPOINT_SCHEMA_REGISTRY_URL"
        )
    try:
        fields = writers.read(value, framed.start, source, _RECORD)
        fields["headers"] = [(header["name"], header["value"]) for header in fields["headers"]]
        return msgspec.convert(fields, DeadLetter)
    except Exception as error:
        raise CorruptError(f"a dead letter of {len(value)} bytes cannot be read ({type(error).__name__})") from error
