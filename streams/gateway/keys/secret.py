"""The text of an API key: `tpg_`, which key it is, and a secret that is kept nowhere but with its user."""

import hashlib
import hmac
import re
import secrets
from typing import Final

_FORM: Final = re.compile(r"tpg_([0-9a-f]{16})_([A-Za-z0-9_-]{43})\Z")
_ID_BYTES: Final = 8
_SECRET_BYTES: Final = 32
_LONGEST: Final = 64
NO_DIGEST: Final = ""  # of a key that does not exist; no secret has it


def new_id() -> str:
    """Return an id for a new key."""
    return secrets.token_hex(_ID_BYTES)


def new_text(key_id: str) -> str:
    """Return the text of a new key."""
    return f"tpg_{key_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"


def key_id_of(text: str) -> str:
    """Return which key a text claims to be of; empty for one that is no key at all."""
    form = _FORM.match(text) if len(text) <= _LONGEST else None
    return form[1] if form else ""


def digest(text: str) -> str:
    """Hash the text of a key; 256 random bits cannot be guessed, so the hash need not be slow."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def is_of(text: str, kept: str) -> bool:
    """Return whether a text has this digest; it takes as long where it has not."""
    return hmac.compare_digest(digest(text), kept)
