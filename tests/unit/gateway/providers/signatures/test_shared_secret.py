"""The secret itself, sent along."""

import base64

import pytest

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Place, Scheme, Signature
from streams.gateway.providers.signatures.shared_secret import is_signed

SIGNATURE = Signature(scheme=Scheme.SECRET, header=Place("x-secret"))
BASIC = base64.b64encode(b"shop:pass word").decode()


@pytest.mark.parametrize(
    ("headers", "secret", "found"),
    [
        ({"x-secret": "s"}, "s", True),
        ({"authorization": "Bearer s"}, "s", True),
        ({"authorization": f"basic {BASIC}"}, "shop:pass word", True),
        ({"authorization": f"Basic {BASIC}"}, "pass word", False),
        ({"authorization": "Basic *"}, "*", False),
        ({"authorization": "Digest s"}, "s", False),
        ({"x-secret": "s", "authorization": "Bearer other"}, "s", True),
        ({"x-other": "s"}, "s", False),
        ({}, "s", False),
    ],
)
def test_the_secret_opens_in_each_of_its_places(headers: dict[str, str], secret: str, found: bool) -> None:
    """A header, a bearer token or user and password will do, whichever the provider can be told to send."""
    assert is_signed(SIGNATURE, Incoming(headers=headers), secret, 0) is found
