"""What a caller may say beside the body: `?dry_run=1`, `?unknown=ignore`, and the header `Idempotency-Key`."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.request import Request
from streams.gateway.api.way import Item
from streams.gateway.candidate import Candidate
from streams.gateway.door import Unknown

MOST_KEY: Final = 255  # characters of an idempotency key
_KEY: Final = re.compile(r"[!-~]+\Z")
_UNKNOWN: Final = frozenset(map(str, Unknown))
_SWITCH: Final = {"1": True, "true": True, "0": False, "false": False}
_BAD_KEY: Final = Problem(
    code=Code.MALFORMED, detail=f"the Idempotency-Key is 1 to {MOST_KEY} visible ASCII characters"
)
_BAD_DRY: Final = Problem(code=Code.MALFORMED, detail="dry_run may be 1 or 0")
_BAD_UNKNOWN: Final = Problem(code=Code.MALFORMED, detail="unknown may be refuse or ignore")


class Options(msgspec.Struct, frozen=True):
    """What holds for a whole request; `prefix` begins the ids of items that have none, and is empty where unsaid."""

    unknown: Unknown
    is_dry: bool = False
    prefix: str = ""


def read(request: Request, default: Options) -> Options | Problem:
    """Return the options of a request; the default's own object where it says nothing."""
    headers = request.headers
    if not request.scope["query_string"] and b"idempotency-key" not in headers:
        return default
    query = request.query
    unknown, dry = query.get("unknown", default.unknown), query.get("dry_run", "0")
    if unknown not in _UNKNOWN:
        return _BAD_UNKNOWN
    if dry not in _SWITCH:
        return _BAD_DRY
    prefix = request.header(b"idempotency-key").strip()
    if len(prefix) > 1 and prefix[0] == prefix[-1] == '"':  # as a structured header has it
        prefix = prefix[1:-1]
    if b"idempotency-key" in headers and not (len(prefix) <= MOST_KEY and _KEY.match(prefix)):
        return _BAD_KEY
    return Options(Unknown(unknown), _SWITCH[dry], prefix)


def named(items: Sequence[Item], prefix: str) -> Sequence[Item]:
    """Return the items with ids: one without gets that of its place, so that a repeated request is a duplicate."""
    if not prefix:
        return items
    return [
        msgspec.structs.replace(item, id=f"{prefix}-{place}") if isinstance(item, Candidate) and not item.id else item
        for place, item in enumerate(items)
    ]
