"""Forms of other sites change nothing here: a random cookie, and in every form a signature of it for this viewer."""

import hashlib
import hmac
import secrets
from typing import Final

from litestar.datastructures import Cookie

COOKIE: Final = "touchpoint_form"
FIELD: Final = "csrf"
HEADER: Final = "x-csrf"
_BYTES: Final = 24


class Forged(Exception):  # noqa: N818 # says what happened, like the other answers of the console
    """Raise where a form does not carry the signature of its viewer; nothing has been done."""


class Seal:
    """Signs forms with a key that never leaves the process."""

    def __init__(self, key: bytes, *, is_secure: bool) -> None:
        self._key = key
        self._is_secure = is_secure

    def new(self) -> str:
        """Return what a browser without the cookie is to keep."""
        return secrets.token_urlsafe(_BYTES)

    def cookie(self, value: str) -> Cookie:
        """Return the cookie; a script cannot read it, and forms of other sites do not send it."""
        return Cookie(key=COOKIE, value=value, path="/", httponly=True, samesite="lax", secure=self._is_secure)

    def sign(self, value: str, name: str) -> str:
        """Return the signature for the forms of one viewer; `name` is empty while nobody is signed in."""
        return hmac.new(self._key, f"{value}\n{name}".encode(), hashlib.sha256).hexdigest()

    def check(self, value: str, name: str, given: str) -> None:
        """Raise Forged unless the form was made here, for this browser and this viewer."""
        if not value or not hmac.compare_digest(self.sign(value, name).encode(), given.encode()):
            raise Forged
