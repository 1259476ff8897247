"""Payloads after the shapes that providers document, with what is expected of them; values are made up.

A file has `headers`, `query` and one of `body` (JSON), `form` and `text`; `expected` is what an adapter makes of it.
Its `variants` are the same with some places `set` or `removed` (JSON pointers into the body) or other `headers`, each
with the `types` that come of it. Where a provider wraps an event in a text, `body` has the event itself in its place.
"""

import base64
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from streams.codec.times import to_rfc3339
from streams.gateway.candidate import Candidate
from streams.gateway.incoming import Incoming
from streams.gateway.outcome import Ignored, Refused
from streams.gateway.providers.mapping import Mapping, Wrapping

FOLDER: Final = Path(__file__).parent / "fixtures"
URL: Final = "https://gateway.example/v1/providers/"


class Recorded(msgspec.Struct, forbid_unknown_fields=True):
    """One payload and what is expected of it."""

    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    body: Any = None
    form: dict[str, str] | None = None
    text: str | None = None
    expected: list[dict[str, Any]] = []
    variants: list["Variant"] = []


class Variant(msgspec.Struct, forbid_unknown_fields=True):
    """What else comes in the same shape."""

    types: list[str]
    headers: dict[str, str] = {}
    set: dict[str, Any] = {}
    removed: list[str] = []


def files(provider: str = "*") -> list[Path]:
    """Return the recorded payloads of a provider, or of all."""
    return sorted(FOLDER.glob(f"{provider}/*.json"))


def read(path: Path) -> Recorded:
    """Return one payload."""
    return msgspec.json.decode(path.read_bytes(), type=Recorded)


def incoming(recorded: Recorded, mapping: Mapping) -> Incoming:
    """Return the request as the provider sends it."""
    headers = {name.lower(): value for name, value in recorded.headers.items()}
    if recorded.form is not None:
        body, media = urlencode(recorded.form).encode(), "application/x-www-form-urlencoded"
    elif recorded.text is not None:
        body, media = recorded.text.encode(), "text/csv"
    else:
        body, media = json.dumps(_wrapped(recorded.body, mapping)).encode(), "application/json"
    url = f"{URL}{mapping.name}"
    return Incoming(url=url, headers={"content-type": media} | headers, query=recorded.query, body=body)


def variants(recorded: Recorded) -> Iterator[tuple[Recorded, list[str]]]:
    """Yield each variant as a payload of its own, with the types that come of it."""
    for variant in recorded.variants:
        changed = copy.deepcopy(recorded)
        changed.headers |= variant.headers
        root = changed.body if changed.form is None else changed.form
        for pointer, value in variant.set.items():
            parent, name = _parent(root, pointer)
            parent[name] = value
        for pointer in variant.removed:
            parent, name = _parent(root, pointer)
            del parent[name]
        yield changed, variant.types


def plain(item: Candidate | Ignored | Refused) -> dict[str, Any]:
    """Return an outcome as the files have it."""
    if not isinstance(item, Candidate):
        found: dict[str, Any] = msgspec.to_builtins(item)
        return {type(item).__name__.lower(): found}
    identity = msgspec.to_builtins(item.identity)
    made = {
        "type": item.type,
        "id": item.id,
        "time": to_rfc3339(item.time) if item.time is not None else None,
        "subject": item.subject,
        "identity": identity,
        "data": item.data,
        "links": item.links,
    }
    return {name: value for name, value in made.items() if value}


def _wrapped(body: Any, mapping: Mapping) -> Any:
    if mapping.unwrap is None or not isinstance(body, dict):
        return body
    body = copy.deepcopy(body)
    parent, name = _parent(body, mapping.unwrap.pointer, missing={})
    if isinstance(parent.get(name), dict):
        text = json.dumps(parent[name])
        is_base64 = mapping.wrapping is Wrapping.BASE64_JSON
        parent[name] = base64.b64encode(text.encode()).decode() if is_base64 else text
    return body


def _parent(root: Any, pointer: str, missing: Any = None) -> tuple[Any, Any]:
    *before, last = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    for part in before:
        if missing is not None and isinstance(root, dict):
            root = root.get(part, missing)
        else:
            root = root[int(part) if isinstance(root, list) else part]
    return root, int(last) if isinstance(root, list) else last
