"""The fields of a form, as browsers and providers send one: in the body's only line, or in parts beside files."""

from io import BytesIO
from typing import Final
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, parse_options_header

from streams.gateway.incoming import Incoming

MAX_FIELDS: Final = 1_000
MULTIPART: Final = "multipart/form-data"


def fields_of(incoming: Incoming) -> list[tuple[str, str]] | None:
    """Return names with their texts in their order, None where the body is no form; files are passed over."""
    try:
        kind, options = parse_options_header(incoming.headers.get("content-type", ""))
        if kind == MULTIPART:
            return _parts(incoming.body, options.get("boundary", ""))
        return parse_qsl(incoming.body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except (MultipartError, ValueError):
        return None


def _parts(body: bytes, boundary: str) -> list[tuple[str, str]]:
    if not boundary:
        raise ValueError("no boundary")
    found: list[tuple[str, str]] = []
    limit = len(body) + 1  # nothing is larger, so no part goes to a file
    parser = MultipartParser(
        BytesIO(body), boundary, part_limit=MAX_FIELDS, spool_limit=limit, memory_limit=limit, strict=True
    )
    for part in parser:
        if part.name and not part.filename:
            found.append((part.name, part.value))
        part.close()
    return found
