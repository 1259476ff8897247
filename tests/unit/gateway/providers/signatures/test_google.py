"""Google's bearer token."""

import base64
import json
from typing import Any, Final

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from streams.gateway.incoming import Incoming
from streams.gateway.providers.fetching import Documents
from streams.gateway.providers.mapping import Scheme, Signature
from streams.gateway.providers.signatures.google import KEPT_MS, KEYS, LEEWAY_SEC, is_signed

NOW: Final = 1_795_341_600_000
SECRET: Final = "aud:https://g.example/google\nemail:push@p.example"  # noqa: S105 # no secret is in it
KEY: Final = RSAKey.generate_key(2048, {"kid": "k1"})
CLAIMS: Final = {
    "iss": "https://accounts.google.com",
    "aud": "https://g.example/google",
    "email": "push@p.example",
    "email_verified": True,
    "exp": NOW // 1000 + 600,
}


def documents(keys: bytes | None = None) -> Documents:
    """Return Google's keys, or something in their place."""
    public = json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()
    return Documents(lambda url: (public if keys is None else keys) if url == KEYS else None)


def check(claims: dict[str, Any], secret: str = SECRET, keys: bytes | None = None, now: int = NOW) -> bool:
    """Return whether a token with these claims opens."""
    token = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, KEY)
    incoming = Incoming(headers={"authorization": f"Bearer {token}"})
    return is_signed(Signature(scheme=Scheme.GOOGLE), incoming, secret, now, documents(keys))


def test_a_token_for_us_from_our_account_opens() -> None:
    """The audience and the account are those that the secret names."""
    assert check(CLAIMS)
    assert check(CLAIMS | {"iss": "accounts.google.com"})


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://accounts.google.com.evil.example"},
        {"aud": "https://g.example/other"},
        {"aud": ["https://g.example/google"]},
        {"email": "other@p.example"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"exp": NOW // 1000 - LEEWAY_SEC},
        {"exp": None},
    ],
    ids=str,
)
def test_any_other_claim_does_not(changed: dict[str, Any]) -> None:
    """Anybody may have Google sign a token; each claim must be ours."""
    assert not check(CLAIMS | changed)


@pytest.mark.parametrize("secret", ["aud:https://g.example/google", "email:push@p.example", "s"])
def test_audience_and_account_must_both_be_said(secret: str) -> None:
    """A secret that leaves one open opens nothing."""
    assert not check(CLAIMS, secret)


@pytest.mark.parametrize("keys", [b"", b"[]", b"{}", b'{"keys": [{"kty": "RSA"}]}', b'{"keys": 5}'])
def test_without_googles_keys_nothing_opens(keys: bytes) -> None:
    """A document that holds no keys is none, and no error."""
    assert not check(CLAIMS, keys=keys)


@pytest.mark.parametrize("text", ["", "Bearer", "Bearer a.b.c", "Basic x", "Bearer " + "x" * 9_000, "Bearer é"])
def test_what_is_no_token_does_not_open(text: str) -> None:
    """Something else in its place is no proof."""
    incoming = Incoming(headers={"authorization": text})
    assert not is_signed(Signature(scheme=Scheme.GOOGLE), incoming, SECRET, NOW, documents())


def by_hand(header: dict[str, str]) -> str:
    """Return a token that nobody signed."""
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, CLAIMS))
    return f"{'.'.join(parts)}."


@pytest.mark.parametrize(
    "token",
    [
        by_hand({"alg": "none", "kid": "k1"}),
        by_hand({"alg": "RS256", "kid": "k1"}),
        jwt.encode({"alg": "HS256", "kid": "k1"}, CLAIMS, OctKey.import_key(json.dumps(KEY.as_dict(private=False)))),
        jwt.encode({"alg": "RS256", "kid": "k1"}, CLAIMS, RSAKey.generate_key(2048)),
    ],
    ids=["none", "unsigned", "public", "other"],
)
def test_only_googles_signature_counts(token: str) -> None:
    """A token that is not signed, or with what is public, or by another key, is refused whatever it says of itself."""
    incoming = Incoming(headers={"authorization": f"Bearer {token}"})
    assert not is_signed(Signature(scheme=Scheme.GOOGLE), incoming, SECRET, NOW, documents())


def test_keys_are_asked_for_once_in_their_time() -> None:
    """A key that Google withdrew is believed no longer than that, and Google is not asked for each request."""
    asked: list[str] = []
    kept = Documents(asked.append)  # which gives no document
    incoming = Incoming(headers={"authorization": "Bearer a.b.c"})
    for now in (NOW, NOW + 1, NOW + KEPT_MS):
        is_signed(Signature(scheme=Scheme.GOOGLE), incoming, SECRET, now, kept)
    assert asked == [KEYS, KEYS]
