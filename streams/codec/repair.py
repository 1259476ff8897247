"""Dead letters made ready to be sent again: as they were, or mended."""

from typing import Any, Final

import msgspec

from streams.codec import cloudevents, frame, json_form
from streams.codec.dead_letter import DeadLetter
from streams.codec.touchpoint import TouchpointDecoder, to_json
from streams.codec.writers import Writer, read
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint

_FORM_HEADERS: Final = (frame.SCHEMA_HEADER, frame.CONTENT_TYPE)


class Record(msgspec.Struct, frozen=True):
    """What goes back to `topic`; `timestamp` is the original one."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    timestamp: int


def as_it_was(letter: DeadLetter) -> Record:
    """Return the original record."""
    return Record(letter.topic, letter.key, letter.value, letter.headers, letter.timestamp)


def replaced(letter: DeadLetter, text: bytes) -> Record | Rejection:
    """Return the record with a touchpoint in the JSON form in place of its value, keyed by its customer.

    Headers that told the form of the old value are left out. A text that is no touchpoint is a Rejection.
    """
    outcome = json_form.from_json(text)
    if isinstance(outcome, Rejection):
        return outcome
    headers = tuple(header for header in letter.headers if not _tells_form(header[0]))
    return Record(letter.topic, outcome.customer.encode(), to_json(outcome), headers, letter.timestamp)


def patched(letter: DeadLetter, changes: dict[str, Any], source: Writer | None) -> Record | Rejection:
    """Return the record with some fields changed; `source` is the schema of its value, where it is Avro."""
    fields = readable(letter, source)
    if fields is None:
        return Rejection(Reason.UNDECODABLE, "the value cannot be read, so it cannot be patched; replace it (--edited)")
    return replaced(letter, msgspec.json.encode(fields | changes))


def readable(letter: DeadLetter, source: Writer | None) -> dict[str, Any] | None:
    """Return the fields of the value in the JSON form, whatever is wrong with them; None when it cannot be read."""
    value = letter.value or b""
    framed = frame.unframe(value, letter.headers)
    try:
        if framed is None:
            return msgspec.json.decode(value, type=dict[str, Any])
        if source is None:
            return None
        return _shown(read(value, framed.start, source, "touchpoint"))
    except Exception:  # noqa: BLE001  it is a dead letter: anything may be wrong with it
        return None


def still_refused(record: Record, decoder: TouchpointDecoder) -> Rejection | None:
    """Return why the record would be a dead letter again, or None."""
    outcome = decoder.decode(record.value, record.key, record.headers, record.timestamp)
    return outcome if isinstance(outcome, Rejection) else None


def _shown(fields: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(msgspec.json.decode(to_json(Touchpoint(**fields))))
    except OverflowError:  # the time is in no calendar
        return {**fields, "data": None, "time": None}


def _tells_form(name: str) -> bool:
    return name.lower() in _FORM_HEADERS or name.lower().startswith(cloudevents.ATTRIBUTE)
