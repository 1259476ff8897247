"""The OpenAPI document, made from the table of operations and the types that they take and give."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from streams.desk.access.sessions import COOKIE
from streams.desk.api.operation import Operation
from streams.desk.api.problems import MEDIA_TYPE, ProblemDetails
from streams.desk.api.reading import MOST_NUMBER

_REFS: Final = "#/components/schemas/{name}"
_PATH: Final[dict[str, Any]] = {
    "case_id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    "number": {"type": "integer", "minimum": 1, "maximum": MOST_NUMBER},
    "token_id": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    "silence_id": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
}
_MEANING: Final = {
    400: "The body is not JSON.",
    401: "Nobody is signed in.",
    403: "The role does not allow it, or the CSRF token is missing.",
    404: "There is none in your view.",
    409: "Not as things are: the row tells how they are.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "A value does not fit.",
    429: "Too many at a time; Retry-After tells when to come again.",
    503: "The database is away for a moment: Retry-After tells when to come again.",
}


def document(operations: Sequence[Operation], version: str) -> dict[str, Any]:
    """Return the document of these operations."""
    types = [ProblemDetails, *(type_ for operation in operations for type_ in _types(operation))]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFS)
    by_type = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = operation.path.replace(":str}", "}")
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, by_type, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Touchpoint desk",
            "version": version,
            "description": "Cases of customers at a bad moment. Times are ms since the epoch, 0 is never.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "tpd_<id>_<secret>"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def _types(operation: Operation) -> list[Any]:
    return [type_ for type_ in (operation.query, operation.body, operation.gives) if type_ is not None]


def _operation(operation: Operation, by_type: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation, by_type, components)],
        "responses": _responses(operation, by_type),
    }
    if operation.right is not None:
        found["x-right"] = operation.right.value
    if operation.body is not None:
        content = {"application/json": {"schema": by_type[repr(operation.body)]}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    names = [name for name in _PATH if f"{{{name}:str}}" in operation.path]
    return [{"name": name, "in": "path", "required": True, "schema": _PATH[name]} for name in names]


def _query_parameters(
    operation: Operation, by_type: dict[str, Any], components: dict[str, Any]
) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = components[by_type[repr(operation.query)]["$ref"].rpartition("/")[2]]
    return [{"name": name, "in": "query", "schema": field} for name, field in schema["properties"].items()]


def _responses(operation: Operation, by_type: dict[str, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": operation.summary}
    if operation.gives is not None:
        success["content"] = {operation.media_type: {"schema": by_type[repr(operation.gives)]}}
    elif operation.status == 200:
        success["content"] = {operation.media_type: {"schema": {"type": "string"}}}
    problem = {MEDIA_TYPE: {"schema": {"$ref": _REFS.format(name=ProblemDetails.__name__)}}}
    failures = {str(status): {"description": _MEANING[status], "content": problem} for status in _failures(operation)}
    return {str(operation.status): success, **failures}


def _failures(operation: Operation) -> list[int]:
    """Return the statuses that it may answer beside success."""
    found = {401, 503}
    if operation.right is not None or operation.changes:
        found.add(403)
    if "{" in operation.path:
        found.add(404)
    if operation.body is not None:
        found |= {400, 413, 415, 422}
    if operation.query is not None:
        found.add(422)
    if operation.conflicts:
        found.add(409)
    if operation.may_wait:
        found.add(429)
    return sorted(found)
