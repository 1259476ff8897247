"""Users of a broker that want to be there before it first starts: SCRAM credentials, as its storage is given them."""

import base64
import hashlib
import secrets
from typing import Final

MECHANISM: Final = "SCRAM-SHA-512"
ITERATIONS: Final = 4096  # the least that Kafka takes
_SALT_BYTES: Final = 24


def credential(user: str, password: str, salt: bytes = b"") -> str:
    """Return what `StorageTool format --add-scram` takes; the password itself is not in it.

    Whoever sees it can sign in nevertheless, on this broker alone. A salt is made when none is given.
    """
    salt = salt or secrets.token_bytes(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    values = f'salt="{_base64(salt)}",saltedpassword="{_base64(salted)}"'
    return f'{MECHANISM}=[name="{user}",iterations={ITERATIONS},{values}]'


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
