"""Bodies to events: decoded by what they say they are, unwrapped, and each with its place."""

import binascii
import csv
import io
from base64 import b64decode
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

from streams.gateway.incoming import Incoming
from streams.gateway.outcome import Ignored, Refused, Why
from streams.gateway.providers import path as paths
from streams.gateway.providers.fields import MAX_FIELDS, MULTIPART, fields_of
from streams.gateway.providers.mapping import Form, Mapping, Wrapping
from streams.gateway.providers.path import Scope
from streams.gateway.wellformed import mended

MAX_EVENTS: Final = 10_000  # of one request; a provider that sends more is refused as a whole
_TYPES: Final = {
    "application/json": Form.JSON,
    "application/x-www-form-urlencoded": Form.FORM,
    MULTIPART: Form.FORM,
    "application/x-ndjson": Form.NDJSON,
    "application/ndjson": Form.NDJSON,
    "application/jsonl": Form.NDJSON,
    "text/csv": Form.CSV,
}
_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_decode: Final = msgspec.json.Decoder().decode


class Event(NamedTuple):
    """One event of a body: the word that its name begins with, and what its paths lead into."""

    word: str
    scope: Scope


def media_types(mapping: Mapping) -> list[str]:
    """Return how a body says which of the mapping's forms it has, one for each form."""
    names = {form: name for name, form in reversed(_TYPES.items())}
    return [names[form] for form in mapping.forms]


def events_of(mapping: Mapping, incoming: Incoming) -> Iterator[Event | Ignored | Refused]:
    """Yield the events of a request; what cannot be read is refused in its place, a note to people is ignored."""
    form = _form_of(mapping, incoming)
    for body in _bodies(form, incoming):
        inner = body if isinstance(body, Refused) else _unwrapped(mapping, body)
        if isinstance(inner, Ignored | Refused):
            yield inner
            continue
        for word, pointer, index, event in _found(mapping, inner):
            if isinstance(event, dict | str):
                yield Event(word, Scope(event, inner, body, index, incoming.headers, incoming.query))
            else:
                yield Refused(Why.MALFORMED, pointer, "an event is no JSON object")


def _found(mapping: Mapping, body: Any) -> Iterator[tuple[str, str, int, Any]]:
    """Yield word, pointer, index and event of all events; a list at a path is as many events."""
    index = 0
    for where in mapping.events:
        if where.is_last_resort and index:
            return
        for pointer, value in paths.walk(where.path.steps, body):
            several = isinstance(value, list)
            for at, event in enumerate(value if several else [value]):
                yield where.word, f"{pointer}/{at}" if several else pointer, index, event
                index += 1


def _form_of(mapping: Mapping, incoming: Incoming) -> Form:
    """Return the form that the body says it has, or seems to have; the provider's first where that cannot be."""
    said = _TYPES.get(incoming.headers.get("content-type", "").partition(";")[0].strip().lower())
    if said is not None and said in mapping.forms:
        return said
    is_json = incoming.body.lstrip()[:1] in (b"{", b"[")
    return next((form for form in mapping.forms if (form is Form.JSON) is is_json), mapping.forms[0])


def _bodies(form: Form, incoming: Incoming) -> Iterator[Any]:
    body = incoming.body
    if form is Form.FORM:
        fields = fields_of(incoming)
        yield Refused(Why.MALFORMED, "", f"no form of at most {MAX_FIELDS} fields") if fields is None else dict(fields)
    elif form is Form.CSV:
        yield from _rows(body)
    elif form is Form.NDJSON:
        for at, line in enumerate(body.splitlines()):
            if line.strip():
                yield _json(line, f"/{at}")
    else:
        yield _json(body, "")


def _json(text: bytes, pointer: str) -> Any:
    try:
        return _decode(mended(text))
    except _ERRORS:
        return Refused(Why.MALFORMED, pointer, "this is not JSON")


def _rows(body: bytes) -> Iterator[Any]:
    """Yield each row as an object; a row of another width than the first line is refused."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield Refused(Why.MALFORMED, "", "this is not CSV in UTF-8")
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    columns: list[str] | None = None
    at = 0
    try:
        for row in reader:
            if columns is None:
                columns = [column.strip() for column in row]
            elif row:
                if len(row) == len(columns):
                    yield {column: cell.strip() for column, cell in zip(columns, row, strict=True)}
                else:
                    yield Refused(Why.MALFORMED, f"/{at}", f"a row has {len(row)} cells, not {len(columns)}")
                at += 1
    except csv.Error:
        yield Refused(Why.MALFORMED, f"/{at}", "this is not CSV from here on")


def _delimiter(text: str) -> str:
    """Return what parts the columns of the first line: tills of half of Europe write semicolons."""
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def _unwrapped(mapping: Mapping, body: Any) -> Any:
    """Return what is wrapped inside, or the body itself where nothing is."""
    if mapping.unwrap is None:
        return body
    wrapped = paths.find(mapping.unwrap, Scope(body, body))
    if not isinstance(wrapped, str):
        return body
    pointer = mapping.unwrap.pointer
    text = wrapped.encode("utf-8", "replace")
    if mapping.wrapping is Wrapping.BASE64_JSON:
        try:
            text = b64decode(text, validate=True)
        except binascii.Error:
            return Refused(Why.MALFORMED, pointer, "this is not base64")
    if text.lstrip()[:1] not in (b"{", b"["):
        return Ignored(Why.UNMAPPED, "a text in place of an event")  # SES greets a new topic in words
    return _json(text, pointer)
