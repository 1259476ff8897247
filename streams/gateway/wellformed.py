r"""JSON with half a character in it, as programs leave it that cut a text in the middle of an emoji.

A browser writes such a half as an escape (`\ud83d`): that is JSON, and no text that anything from here on can hold. One
of them would spoil a whole batch, so it becomes what every encoder makes of it, U+FFFD.
"""

import re
from typing import Final

_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
# One escape at a time, so that a backslash that is itself escaped begins none; both halves together are one character.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)
_INSTEAD: Final = rb"\ufffd"


def mended(body: bytes) -> bytes:
    """Return JSON with whole characters alone; the same object where there is nothing to mend."""
    if not _HALF.search(body):
        return body
    whole = _ESCAPE.sub(lambda found: _INSTEAD if found[1] else found[0], body)
    return body if whole == body else whole
