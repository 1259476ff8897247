"""What a broker's storage is told of a user."""

import base64
import hashlib
import hmac

from streams.broker.scram import ITERATIONS, credential


def test_a_credential_is_what_scram_makes_of_a_password() -> None:
    """Salted as RFC 5802 says (Hi is PBKDF2), and not the password itself."""
    salt, block = b"salt", hmac.digest(b"pencil", b"salt" + (1).to_bytes(4, "big"), hashlib.sha512)
    salted = block
    for _ in range(ITERATIONS - 1):
        block = hmac.digest(b"pencil", block, hashlib.sha512)
        salted = bytes(one ^ other for one, other in zip(salted, block, strict=True))
    told = credential("ana", "pencil", salt)
    assert told.startswith('SCRAM-SHA-512=[name="ana",iterations=4096,salt="c2FsdA==",saltedpassword="')
    assert base64.b64encode(salted).decode() in told
    assert "pencil" not in told


def test_each_credential_has_a_salt_of_its_own() -> None:
    """So the same password cannot be told from what is stored."""
    assert credential("ana", "pencil") != credential("ana", "pencil")
