"""Who calls: where the text of an API key stands in a request, and whether that kind of key may come this way."""

from collections.abc import Set as AbstractSet
from typing import Final

from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.request import Request
from streams.gateway.keys.key import Key, Kind

_BEARER: Final = "bearer "
UNKNOWN: Final = Problem(code=Code.UNAUTHENTICATED)


def key_text(request: Request) -> str:
    """Return the key that was sent: `Authorization: Bearer`, else `X-Write-Key`, else `?key=`, for beacons."""
    given = request.headers.get(b"authorization")
    if given is not None and given[: len(_BEARER)].lower() == _BEARER.encode():
        return given[len(_BEARER) :].decode("latin-1").strip()
    return request.header(b"x-write-key") or request.query.get("key", "")


def objection(key: Key, request: Request, kinds: AbstractSet[Kind]) -> Problem | None:
    """Return why a key may not be used like this."""
    if key.kind not in kinds:
        return Problem(code=Code.FORBIDDEN, detail=f"a {key.kind} key is not for this address")
    if key.kind is Kind.BROWSER and request.origin not in key.origins:
        return Problem(code=Code.FORBIDDEN, detail="the key is for the pages of other origins")
    return None
