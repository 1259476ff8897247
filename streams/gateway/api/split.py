"""Where a JSON array is cut into its items without reading them: one that is nested too deep must not take the rest."""

import re
from typing import Final

_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[][{},"]', re.DOTALL)
_DEEPER: Final = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


def split(body: bytes) -> list[bytes] | None:
    """Return the text of each item, which need not be JSON; None where the brackets do not match."""
    found: list[bytes] = []
    depth, began = 0, 0
    for token in _TOKEN.finditer(body):
        if token[0] == b'"':  # of a text without end
            return None
        depth += _DEEPER.get(token[0], 0)
        if depth == 1 and token[0] == b"[":
            began = token.end()
        elif (depth == 1 and token[0] == b",") or depth == 0:
            found.append(body[began : token.start()])
            began = token.end()
        if depth == 0:
            break
    return None if depth or not found or body[began:].strip(b" \t\r\n") else found
