"""What the OpenAPI document says of `/v1/uploads`."""

from collections.abc import Mapping
from typing import Any, Final

from streams.gateway.api.openapi import failures, parameter, ref
from streams.gateway.api.problems import STATUS, Code
from streams.gateway.api.uploads import ONE, PART_TYPE, UPLOADS

_KEY: Final[list[dict[str, list[str]]]] = [{"key": []}, {"write_key": []}]
_TOLD: Final = {"application/json": {"schema": ref("Told")}}
_HEADER: Final = {"schema": {"type": "string"}}
_HERE: Final = {"Upload-Offset": _HEADER}
_UPLOAD: Final = {"name": "upload", "in": "path", "required": True, "schema": {"type": "string"}}
_SIZE: Final = {"type": "integer", "minimum": 0}


def paths() -> Mapping[str, Any]:
    """Return the operations by their path."""
    return {
        UPLOADS: {
            "post": _operation(
                "beginUpload",
                "Begin an upload (tus 1.0, creation)",
                {"201": {"description": "Begun: Location is where its parts go.", "headers": {"Location": _HEADER}}},
                (Code.MALFORMED, Code.TOO_LARGE, Code.MEDIA_TYPE, Code.FULL),
                parameters=[
                    parameter("Upload-Length", "header", _SIZE, "The size of the file.", is_required=True),
                    parameter("Upload-Metadata", "header", {}, "`filename` or `filetype`, and `provider`, in base64."),
                ],
            ),
        },
        ONE: {
            "get": _operation(
                "tellUpload",
                "Tell what became of an upload and its lines",
                {"200": {"description": "So far.", "content": _TOLD}},
                (Code.NOT_FOUND,),
                parameters=[_UPLOAD],
            ),
            "head": _operation(
                "findUploadOffset",
                "Tell how much of an upload is here (tus 1.0)",
                {"200": {"description": "Upload-Offset says so.", "headers": _HERE}},
                (Code.NOT_FOUND,),
                parameters=[_UPLOAD],
            ),
            "patch": _operation(
                "addToUpload",
                "Add the next part of an upload (tus 1.0)",
                {"204": {"description": "Upload-Offset says how much is here.", "headers": _HERE}},
                (Code.NOT_FOUND, Code.CONFLICT, Code.MEDIA_TYPE, Code.BUSY),
                parameters=[
                    _UPLOAD,
                    parameter("Upload-Offset", "header", _SIZE, "Where the part belongs.", is_required=True),
                ],
                body={PART_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            ),
            "delete": _operation(
                "forgetUpload",
                "Let an upload go (tus 1.0, termination)",
                {"204": {"description": "Gone."}},
                (Code.NOT_FOUND,),
                parameters=[_UPLOAD],
            ),
        },
    }


def _operation(
    name: str,
    summary: str,
    successes: Mapping[str, Any],
    problems: tuple[Code, ...],
    *,
    parameters: list[dict[str, Any]] | None = None,
    body: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    codes = (Code.UNAUTHENTICATED, Code.FORBIDDEN, *problems)
    found: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "parameters": parameters or [],
        "responses": {**successes, **failures("ProblemDetails", {STATUS[code]: code for code in codes})},
        "security": _KEY,
    }
    if body is not None:
        found["requestBody"] = {"required": True, "content": body}
    return found
