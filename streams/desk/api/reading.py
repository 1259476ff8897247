"""Query and body of a request as values of a declared type, or as the problem that they are."""

import math
import re
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from streams.desk.api.problems import Code, Problem, misfit

MOST_FIELDS: Final = 200  # of a query
MOST_NUMBER: Final = (1 << 31) - 1  # of an incident; both databases count as far
_MOST: Final = 1 << 53  # integers above it are not exact in JSON, and far above no database keeps them
_PATH: Final = {
    "case_id": re.compile(r"[A-Za-z0-9_-]{1,64}\Z"),
    "token_id": re.compile(r"[0-9a-f]{16}\Z"),
    "silence_id": re.compile(r"[0-9a-f]{16}\Z"),
    "number": re.compile(r"[1-9][0-9]{0,9}\Z"),
}
_NOT_STORABLE: Final = Problem(
    reason=Code.INVALID, detail="$: a text with a NUL character, or a number that is too large"
)


def read_path(given: dict[str, Any]) -> dict[str, Any] | Problem:
    """Return the parameters of a path; what cannot be the name of anything is not found."""
    if not all(_PATH[name].match(str(value)) for name, value in given.items()):
        return Problem(reason=Code.NOT_FOUND)
    found = {name: int(value) if name == "number" else value for name, value in given.items()}
    return found if found.get("number", 0) <= MOST_NUMBER else Problem(reason=Code.NOT_FOUND)


def read_query(raw: bytes, type_: type | None) -> Any:
    """Return the query as a struct: a field that is a list may be there more than once."""
    if type_ is None:
        return None
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return Problem(reason=Code.INVALID, detail="$: too many fields")
    lists = {field.encode_name for field in msgspec.structs.fields(type_) if isinstance(field.default, tuple)}
    given: dict[str, Any] = {}
    for name, text in pairs:
        if name in lists:
            given.setdefault(name, []).append(text)
        elif name in given:
            return Problem(reason=Code.INVALID, detail="$: a field that may be there once")
        else:
            given[name] = text
    try:
        found: Any = msgspec.convert(given, type_, strict=False)
    except msgspec.ValidationError as error:
        return misfit(error)
    return found if is_storable(msgspec.to_builtins(found)) else _NOT_STORABLE


def read_body(raw: bytes, media_type: str, type_: Any) -> Any:
    """Return a JSON body as a value of a type."""
    if type_ is None:
        return None
    if media_type.partition(";")[0].strip().lower() != "application/json":
        return Problem(reason=Code.MEDIA_TYPE)
    try:
        found = msgspec.json.decode(raw, type=type_)
    except msgspec.ValidationError as error:
        return misfit(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Problem(reason=Code.MALFORMED)
    return found if is_storable(msgspec.to_builtins(found)) else _NOT_STORABLE


def is_storable(value: Any) -> bool:
    """Return whether both databases can keep it: no NUL in texts, no numbers beyond 53 bits."""
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, int | float):
        return math.isfinite(value) and abs(value) <= _MOST
    if isinstance(value, dict):
        return all(is_storable(key) and is_storable(item) for key, item in value.items())
    return not isinstance(value, list | tuple) or all(map(is_storable, value))
