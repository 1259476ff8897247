"""The keyed hash of what would name a person."""

import hashlib
import hmac

import pytest

from streams.gateway.identity.hashing import HASH_CHARS, MIN_SECRET_BYTES, Hasher

SECRET = b"s" * MIN_SECRET_BYTES


def test_it_is_hmac_sha256_of_namespace_and_value() -> None:
    """Anybody who has the secret can compute a key with any language's library."""
    digest = hmac.new(SECRET, b"email_sha256\0ana@shop.example", hashlib.sha256).hexdigest()
    assert Hasher(SECRET)("email_sha256", "ana@shop.example") == f"email_sha256:{digest[:HASH_CHARS]}"


def test_secret_namespace_and_value_all_count() -> None:
    """One text is another key in another namespace and in another deployment."""
    hasher, other = Hasher(SECRET), Hasher(SECRET + b"!")
    assert len({hasher("a", "x"), hasher("b", "x"), hasher("a", "y"), other("a", "x")}) == 4
    assert hasher("a", "x") == hasher("a", "x")


def test_a_secret_that_can_be_guessed_is_refused_without_being_shown() -> None:
    """A short secret would let anybody try addresses; the message tells its length alone."""
    with pytest.raises(ValueError, match="31 bytes, fewer than 32") as raised:
        Hasher(SECRET[1:])
    assert "sss" not in str(raised.value)


def test_half_a_character_is_hashed_like_any_text() -> None:
    """JSON may hold lone surrogates."""
    assert Hasher(SECRET)("a", "\ud800") != Hasher(SECRET)("a", "\ud801")
