"""Mailgun's digest over a time and a token."""

import hashlib
import hmac
import json
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Scheme, Signature
from streams.gateway.providers.signatures.mailgun import is_signed

NOW: Final = 1_795_341_600_000
SIGNATURE: Final = Signature(scheme=Scheme.MAILGUN)
PROOF: Final = {
    "timestamp": "1795341600",
    "token": "abc",
    "signature": hmac.new(b"key", b"1795341600abc", hashlib.sha256).hexdigest(),
}


@pytest.mark.parametrize(
    "body",
    [json.dumps({"signature": PROOF, "event-data": {}}), urlencode(PROOF | {"sender": "a"})],
    ids=["json", "form"],
)
def test_events_and_routes_are_both_believed(body: str) -> None:
    """The same three fields stand in the JSON of an event and in the form of a route."""
    assert is_signed(SIGNATURE, Incoming(body=body.encode()), "key", NOW)
    assert not is_signed(SIGNATURE, Incoming(body=body.encode()), "other", NOW)


@pytest.mark.parametrize(
    "proof",
    [
        None,
        [],
        PROOF | {"token": None},
        PROOF | {"token": "abd"},
        PROOF | {"timestamp": "1795341601"},
        PROOF | {"timestamp": True},
        PROOF | {"signature": 5},
        PROOF | {"signature": ""},
    ],
    ids=str,
)
def test_anything_else_is_not(proof: Any) -> None:
    """A field that is missing, changed or of another kind opens nothing."""
    assert not is_signed(SIGNATURE, Incoming(body=json.dumps({"signature": proof}).encode()), "key", NOW)
