"""The OpenAPI document, made from the ways in and the types that they take and give."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from streams.gateway.api import bodies, events, native, touchpoints, webhooks
from streams.gateway.api.answers import Answer, RefusedAnswer
from streams.gateway.api.problems import MEDIA_TYPE, ProblemDetails
from streams.gateway.api.segment import Failure, Success
from streams.gateway.api.uploads import Told
from streams.gateway.api.way import Facts
from streams.gateway.api.webhooks import Received

_REFS: Final = "#/components/schemas/{name}"
_JSON: Final = "application/json"
_TYPES: Final = (native.Item, events.Event, Answer, RefusedAnswer, ProblemDetails, Success, Failure, Received, Told)
_REQUIRED: Final = {"Item": ["type"]}  # what an item lacks is told at the door, not by its decoder
_MEANING: Final = {
    400: "The body is not JSON, not what its Content-Encoding says, or a parameter has another shape.",
    401: "No API key that is in force, or not the provider's signature.",
    403: "The key is not for this address, or not for pages of this origin.",
    404: "There is no such provider.",
    408: "The body took too long to arrive.",
    413: "The body or the number of items is too large.",
    415: "The body is of a type that is not read here.",
    422: "Every item was refused: `items` says where and why.",
    429: "The key has used up what it may send: Retry-After says when to come again.",
    503: "Nothing was kept: Retry-After says when to come again.",
}
_USUAL: Final = frozenset({400, 401, 403, 408, 413, 415, 429, 503})


def document(ways: Sequence[Facts], version: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the document of these ways, and of what is at more paths."""
    _, components = msgspec.json.schema_components(_TYPES, ref_template=_REFS)
    for name, required in _REQUIRED.items():
        components[name]["required"] = required
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Touchpoint gateway",
            "version": version,
            "description": "The way in for touchpoints of any system. What is called accepted is safe: acknowledged by "
            "Kafka, or on our disk while Kafka is away. A touchpoint that is sent again under its source and id "
            "counts once.",
        },
        "paths": {way.template: {method.lower(): _operation(way, method) for method in way.methods} for way in ways}
        | dict(more or {}),
        "components": {
            "schemas": components,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
                "write_key": {"type": "apiKey", "in": "header", "name": "X-Write-Key"},
                "address": {"type": "apiKey", "in": "query", "name": "key"},
                "basic": {"type": "http", "scheme": "basic", "description": "The write key as the user name."},
            },
        },
    }


def _operation(way: Facts, method: str) -> dict[str, Any]:
    name = way.template.removeprefix("/v1/")
    if way.template in {touchpoints.TOUCHPOINTS, touchpoints.EVENTS}:
        return _native(name, way.template == touchpoints.TOUCHPOINTS)
    return _webhook(name, method) if way.template == webhooks.WEBHOOKS else _segment(name)


def _native(name: str, takes_plain: bool) -> dict[str, Any]:
    plain = {
        _JSON: {"schema": {"oneOf": [ref("Item"), _list("Item")]}},
        "application/x-ndjson": {"schema": {"type": "string", "description": "One item a line."}},
    }
    content = {events.STRUCTURED: {"schema": ref("Event")}, events.BATCHED: {"schema": _list("Event")}}
    answer = {"application/json": {"schema": ref("Answer")}}
    return {
        "operationId": name,
        "summary": "Send touchpoints, one or many" if takes_plain else "Send CloudEvents, one or many",
        "parameters": [*_OPTIONS, *([] if takes_plain else _BINARY)],
        "requestBody": {"required": True, "content": plain | content if takes_plain else content},
        "responses": {
            "200": {"description": "What would become of the items: a dry run.", "content": answer},
            "202": {"description": "Everything is accepted, or ignored by policy.", "content": answer},
            "207": {"description": "Some items were refused, the others accepted.", "content": answer},
            **_failures("ProblemDetails"),
            "422": {"description": _MEANING[422], "content": {MEDIA_TYPE: {"schema": ref("RefusedAnswer")}}},
        },
        "security": [{"key": []}, {"write_key": []}, {"address": []}],
    }


def _segment(name: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": f"Take a {name} of Segment's libraries",
        "parameters": _OPTIONS,
        "requestBody": {"required": True, "content": {_JSON: {"schema": {"type": "object"}}}},
        "responses": {
            "200": {"description": "Taken.", "content": {_JSON: {"schema": ref("Success")}}},
            **_failures("Failure", 422),
        },
        "security": [{"basic": []}, {"key": []}, {"write_key": []}, {"address": []}, {}],
    }


def _webhook(name: str, method: str) -> dict[str, Any]:
    provider = {"name": "provider", "in": "path", "required": True, "schema": {"type": "string"}}
    found: dict[str, Any] = {
        "operationId": f"{method.lower()}Webhook",
        "summary": "Take what a provider reports" if method == "POST" else "Answer a provider's challenge",
        "parameters": [provider, *_OPTIONS],
        "responses": {
            "200": {"description": "A handshake, or the counts of a dry run."},
            "204": {"description": "Taken."},
            **_failures("ProblemDetails", 404),
        },
        "security": [{"address": []}],
    }
    if method == "POST":
        found["requestBody"] = {"required": True, "content": {"*/*": {"schema": {}}}}
    return found


def failures(schema: str, meanings: Mapping[int, str]) -> dict[str, Any]:
    """Return the answers that are problems, by their status."""
    content = {MEDIA_TYPE: {"schema": ref(schema)}}
    return {str(status): {"description": meaning, "content": content} for status, meaning in meanings.items()}


def parameter(
    name: str, place: str, schema: Mapping[str, Any], description: str, *, is_required: bool = False
) -> dict[str, Any]:
    """Return a parameter, which is text where its schema says nothing else."""
    found = {"name": name, "in": place, "schema": {"type": "string", **schema}, "description": description}
    return found | ({"required": True} if is_required else {})


def ref(name: str) -> dict[str, Any]:
    """Return where the schema of a type is."""
    return {"$ref": _REFS.format(name=name)}


def _failures(schema: str, *more: int) -> dict[str, Any]:
    return failures(schema, {status: _MEANING[status] for status in sorted({*_USUAL, *more})})


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": ref(name)}


_OPTIONS: Final = (
    parameter("dry_run", "query", {"enum": ["0", "1", "false", "true"]}, "Only say what would become of it."),
    parameter("unknown", "query", {"enum": ["refuse", "ignore"]}, "What is done with types that nobody knows."),
    parameter(
        "Idempotency-Key",
        "header",
        {"pattern": "^[!-~]{1,255}$"},
        "Items without an id get one of it and their place, so that the same request again counts once.",
    ),
    parameter("Content-Encoding", "header", {"enum": ["identity", *bodies.ENCODINGS.split(", ")]}, "Of the body."),
)
_BINARY: Final = tuple(
    parameter(f"ce-{name}", "header", {}, "The attribute, in binary mode, where the body is `data` alone.")
    for name in ("specversion", "id", "source", "type", "time", "subject", "customer", "anonymousid")
)
