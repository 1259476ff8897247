"""The secret of a webhook as a person enters it: one thing a line, several of one kind while a secret is being changed.

s3cret                             what the provider signs with, or sends along; it may hold spaces
verify:TOKEN                       what Meta is to say in its handshake
arn:aws:sns:eu-west-1:123:mail     the one topic of Amazon SNS that may call
aud:https://...                    the audience of Google's token
email:push@...                     the account that Google's token is of
"""

import hmac
from collections.abc import Iterable
from typing import Final

KINDS: Final = ("verify:", "arn:", "aud:", "email:")


def secrets(secret: str) -> list[bytes]:
    """Return what signs."""
    return [line.encode("utf-8", "replace") for line in _lines(secret) if not line.startswith(KINDS)]


def of_kind(secret: str, kind: str) -> list[bytes]:
    """Return the lines of a kind, without its name but for `arn:`, which is part of it."""
    found = [line for line in _lines(secret) if line.startswith(kind)]
    return [(line if kind == "arn:" else line.removeprefix(kind)).encode("utf-8", "replace") for line in found]


def is_any(given: str | bytes, expected: Iterable[bytes]) -> bool:
    """Whether something is one of several; looks at all of them, so that time tells nothing."""
    if isinstance(given, str):
        given = given.encode("utf-8", "replace")
    found = False
    for each in expected:
        found |= hmac.compare_digest(given, each)
    return found and bool(given)


def _lines(secret: str) -> list[str]:
    return [line.strip() for line in secret.splitlines() if line.strip()]
