"""A keyed digest in a header."""

import base64
import hashlib
import hmac

import pytest

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Place, Scheme, Signature
from streams.gateway.providers.signatures.hmac_digest import is_signed

NOW = 1_795_341_600_000
PLAIN = Signature(scheme=Scheme.HMAC, header=Place("s"), prefix="sha256=")


def test_the_published_example_of_the_header_is_believed() -> None:
    """GitHub documents it for X-Hub-Signature-256, which Meta signs in as well."""
    digest = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    incoming = Incoming(headers={"s": digest}, body=b"Hello, World!")
    assert is_signed(PLAIN, incoming, "It's a Secret to Everybody", NOW)


def test_standard_webhooks_are_believed() -> None:
    """The published example of Standard Webhooks comes out right, also with other proofs beside it."""
    signature = Signature(
        scheme=Scheme.HMAC,
        header=Place("webhook-signature"),
        timestamp=Place("webhook-timestamp"),
        id=Place("webhook-id"),
        message="{id}.{timestamp}.{body}",
        encoding="base64",
        prefix="v1,",
        key="base64",
    )
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,bm90aGluZw== v1a,bm8= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    incoming = Incoming(headers=headers, body=b'{"test": 2432232314}')
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 # the published one
    assert is_signed(signature, incoming, secret, 1_614_265_330_000)
    changed = Incoming(headers=headers | {"webhook-id": "msg_other"}, body=incoming.body)
    assert not is_signed(signature, changed, secret, 1_614_265_330_000)
    assert not is_signed(signature, incoming, "whsec_*", 1_614_265_330_000)


@pytest.mark.parametrize("digest", ["757107ea", "sha256=", "sha1=757107ea", "", "sha256=é"])
def test_a_digest_without_its_prefix_or_its_end_is_none(digest: str) -> None:
    """What looks like half a proof is no proof."""
    assert not is_signed(PLAIN, Incoming(headers={"s": digest}, body=b"Hello, World!"), "s", NOW)


def test_a_message_may_stand_around_the_body() -> None:
    """Whatever a provider writes before and behind the body is signed with it, also where the body has braces."""
    signature = Signature(
        scheme=Scheme.HMAC,
        header=Place("s"),
        timestamp=Place("t"),
        message="v0:{timestamp}:{body}:{timestamp}",
        hash="sha512",
        encoding="base64",
    )
    message = b"v0:1795341600:{timestamp}:1795341600"
    digest = base64.b64encode(hmac.new(b"k", message, hashlib.sha512).digest()).decode()
    incoming = Incoming(headers={"s": digest, "t": "1795341600"}, body=b"{timestamp}")
    assert is_signed(signature, incoming, "k", NOW)
    assert not is_signed(signature, incoming, "k", NOW + signature.tolerance_ms + 1)


def test_a_key_in_hexadecimal_must_be_one() -> None:
    """A secret of another form opens nothing, least of all with an empty key."""
    signature = Signature(scheme=Scheme.HMAC, header=Place("s"), key="hex")
    empty = hmac.new(b"", b"x", hashlib.sha256).hexdigest()
    assert not is_signed(signature, Incoming(headers={"s": empty}, body=b"x"), "not hex", NOW)
    right = hmac.new(b"\x0a\x0b", b"x", hashlib.sha256).hexdigest()
    assert is_signed(signature, Incoming(headers={"s": right.upper()}, body=b"x"), "0A0b", NOW)
