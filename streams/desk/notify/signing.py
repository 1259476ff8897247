"""Signed links: who holds one may do one thing with one case, until it expires.

Mail scanners open every link, so a GET only shows a page that asks, and the POST of that page acts.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from streams.desk.notify.notice import ENDING, About, Kind, Notice
from streams.errors import SettingError
from streams.settings.secrets import read

VARIABLE: Final = "TOUCHPOINT_SIGNING_KEY"
SHORTEST: Final = 32  # characters of a key
LONGEST: Final = 1_000  # characters of a token; longer ones are not looked at
VALID_MS: Final = 3 * 86_400_000  # of a link, from the moment of its notice
_REMEDY: Final = f"set {VARIABLE} or {VARIABLE}_FILE to at least {SHORTEST} random characters; a second line may hold \
the key before, whose links still work"


class Allowed(StrEnum):
    """What a link is for; each has a key of its own, so that one can never pass for another."""

    ACKNOWLEDGE = "acknowledge"


class Denied(StrEnum):
    """Why something signed is not believed."""

    MALFORMED = "malformed"
    FORGED = "forged"
    EXPIRED = "expired"


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """What a link allows, and to which receiver it was given; `expires_at` in ms."""

    case_id: str
    action: Allowed
    expires_at: int
    receiver: str


_to_bytes: Final = msgspec.json.Encoder().encode
_to_grant: Final = msgspec.json.Decoder(Grant).decode


class Signer:
    """Signs with the first key and believes all of them, so that a key can be changed without breaking links."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < SHORTEST for key in keys):
            raise SettingError("a signing key is missing or short", place=VARIABLE, remedy=_REMEDY)
        self._keys = tuple(keys)

    def sign(self, grant: Grant) -> str:
        """Return the token of a grant: safe in a URL, the same every time."""
        payload = _to_bytes(grant)
        return f"{_encode(payload)}.{_encode(self._mac(self._keys[0], grant.action, payload))}"

    def read(self, token: str, action: Allowed, now: int) -> Grant | Denied:
        """Return what a token allows if it is ours, for this action and not expired; takes constant time."""
        head, dot, tail = token.partition(".")
        if not dot or len(token) > LONGEST:
            return Denied.MALFORMED
        try:
            payload, given = _decode(head), _decode(tail)
        except (binascii.Error, ValueError):
            return Denied.MALFORMED
        if not any([hmac.compare_digest(self._mac(key, action, payload), given) for key in self._keys]):  # noqa: C419 # looks at every key, so that time tells nothing
            return Denied.FORGED
        grant = _to_grant(payload)
        return grant if now < grant.expires_at else Denied.EXPIRED

    @staticmethod
    def _mac(key: bytes, action: Allowed, payload: bytes) -> bytes:
        return hmac.digest(key, f"touchpoint:{action}:".encode() + payload, hashlib.sha256)


class Links:
    """Makes the links that go into messages: `{base_url}/acknowledge/{token}`."""

    def __init__(self, base_url: str, signer: Signer) -> None:
        self._base = base_url.rstrip("/")
        self._signer = signer

    def token(self, notice: Notice) -> str:
        """Return the right to acknowledge the notice's case; empty where there is nothing to acknowledge."""
        if notice.about is not About.CASE or notice.kind in {Kind.ACKNOWLEDGED, *ENDING}:
            return ""
        return self._signer.sign(Grant(notice.case_id, Allowed.ACKNOWLEDGE, notice.at + VALID_MS, notice.receiver))

    def acknowledge(self, notice: Notice) -> str:
        """Return the link that acknowledges, or an empty text."""
        token = self.token(notice)
        return f"{self._base}/acknowledge/{token}" if token else ""


def load(environ: Mapping[str, str]) -> Signer:
    """Return the signer of this desk, from a variable or from the file that a variable names; one key a line."""
    text = read(environ, VARIABLE)
    return Signer([line.strip().encode() for line in text.splitlines() if line.strip()])


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
