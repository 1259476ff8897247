"""Twilio's digest over the address and the fields."""

import base64
import hashlib
import hmac
from typing import Final
from urllib.parse import urlencode

import pytest

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Place, Scheme, Signature
from streams.gateway.providers.signatures.twilio import is_signed

SIGNATURE: Final = Signature(scheme=Scheme.TWILIO, header=Place("x-twilio-signature"))
URL: Final = "https://mycompany.com/myapp.php?foo=1&bar=2"
# The examples that Twilio publishes, with the token 12345.
EXAMPLES: Final = {
    "+14158675309": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    "+12349013030": "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
}


def form(caller: str) -> bytes:
    """Return the fields of a published example."""
    fields = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": caller, "To": "+18005551212", "Caller": caller}
    return urlencode(fields).encode()


@pytest.mark.parametrize(("caller", "proof"), EXAMPLES.items())
def test_twilios_published_examples_are_believed(caller: str, proof: str) -> None:
    """What the provider computed itself is right here, and one field more is not."""
    incoming = Incoming(url=URL, headers={"x-twilio-signature": proof}, body=form(caller))
    assert is_signed(SIGNATURE, incoming, "12345", 0)
    assert not is_signed(SIGNATURE, incoming, "12346", 0)
    more = Incoming(url=URL, headers={"x-twilio-signature": proof}, body=form(caller) + b"&x=1")
    assert not is_signed(SIGNATURE, more, "12345", 0)


def proof_of(url: str) -> str:
    """Return the proof of an address alone."""
    return base64.b64encode(hmac.new(b"t", url.encode(), hashlib.sha1).digest()).decode()


@pytest.mark.parametrize(
    ("signed", "called", "found"),
    [
        ("https://g.example/h", "https://g.example:443/h", True),
        ("https://g.example:443/h", "https://g.example/h", True),
        ("http://g.example/h", "http://g.example:80/h", True),
        ("https://g.example/h", "https://g.example:8443/h", False),
        ("https://g.example/h", "http://g.example/h", False),
        ("https://g.example:x/h", "https://g.example:x/h", True),
        ("", "", True),
    ],
)
def test_a_standard_port_may_stand_or_not(signed: str, called: str, found: bool) -> None:
    """A proxy may write the address in its other spelling; another address stays another."""
    incoming = Incoming(url=called, headers={"x-twilio-signature": proof_of(signed)})
    assert is_signed(SIGNATURE, incoming, "t", 0) is found


def test_a_body_of_json_is_covered_by_its_digest() -> None:
    """The address carries the body's digest, so another body under the same address is no good."""
    body = b'{"MessageSid": "SM1"}'
    digest = hashlib.sha256(body).hexdigest()
    url = f"https://g.example/h?bodySHA256={digest}"
    headers, query = {"x-twilio-signature": proof_of(url)}, {"bodySHA256": digest}
    assert is_signed(SIGNATURE, Incoming(url=url, headers=headers, query=query, body=body), "t", 0)
    assert not is_signed(SIGNATURE, Incoming(url=url, headers=headers, query=query, body=b"{}"), "t", 0)


@pytest.mark.parametrize("body", [b"\xff", b"&".join([b"a=1"] * 1_001)])
def test_a_form_that_is_none_is_not_signed(body: bytes) -> None:
    """Bytes that are no text, and more fields than anybody sends, are not looked at."""
    assert not is_signed(SIGNATURE, Incoming(url=URL, headers={"x-twilio-signature": "x"}, body=body), "t", 0)


def test_only_the_comparison_that_takes_as_long_decides_about_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it says no to the body's digest, the proof of the address is not looked at any more."""
    digest = hashlib.sha256(b"{}").hexdigest()
    url = f"https://g.example/h?bodySHA256={digest}"
    headers, query = {"x-twilio-signature": proof_of(url)}, {"bodySHA256": digest}
    incoming = Incoming(url=url, headers=headers, query=query, body=b"{}")
    assert is_signed(SIGNATURE, incoming, "t", 0)
    compare = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda one, other: one != digest.encode() and compare(one, other))
    assert not is_signed(SIGNATURE, incoming, "t", 0)
