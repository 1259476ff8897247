"""What is said of an item whose JSON has another shape than asked for: where, and what is expected there."""

import re
from typing import Final

import msgspec

from streams.gateway.outcome import Refused, Why

_PLACE: Final = re.compile(r"at `\$((?:\.[a-zA-Z_0-9]+)*)")
_MISSING: Final = re.compile(r"required field `([a-z]+)`")
_OBJECT: Final = "is not a JSON object"
_SAID: Final = {
    "": (Why.MALFORMED, _OBJECT),
    "/time": (Why.BAD_TIME, "is not RFC 3339 with an offset, such as 2026-05-01T12:00:00Z"),
    "/data": (Why.BAD_DATA, "is not a JSON object, or holds a number that is out of range"),
    "/identity": (Why.MALFORMED, "is not an object of anonymous_id, email, phone and loyalty_card alone"),
}
NOT_JSON: Final = Refused(Why.MALFORMED, "", "is not JSON")
ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # of decoding whatever comes


def misfit(error: Exception) -> Refused:
    """Return the refusal; what was sent stays out of it."""
    if not isinstance(error, msgspec.ValidationError):
        return NOT_JSON
    text = str(error)
    place = _PLACE.search(text)
    pointer = place[1].replace(".", "/") if place else ""
    if missing := _MISSING.search(text):
        return Refused(Why.MISSING_FIELD, f"{pointer}/{missing[1]}", f"{missing[1]} is missing")
    why, said = _SAID.get(pointer, (Why.MALFORMED, "is not a string"))
    return Refused(why, pointer, said)
