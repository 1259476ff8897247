"""What providers ask of an address before they send anything."""

import json
from typing import Final

import msgspec
import pytest

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Scheme, Signature
from streams.gateway.providers.registry import load
from tests.contract.gateway.providers import signing

NOW: Final = 1_795_345_200_000
PROVIDERS: Final = load(fetch=signing.fetch)
HUB: Final = {"hub.mode": "subscribe", "hub.verify_token": "mine", "hub.challenge": "1158201444"}
CONFIRM: Final = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t"


def confirmation(url: str = CONFIRM, topic: str = signing.TOPIC) -> Incoming:
    """Return the first message of a topic, signed by Amazon."""
    body = {"Type": "SubscriptionConfirmation", "MessageId": "m", "Token": "t", "SubscribeURL": url, "Message": "hi"}
    plain = Incoming(body=json.dumps(body).encode())
    return signing.signed(Signature(scheme=Scheme.SNS), plain, topic, NOW)


@pytest.mark.parametrize(
    ("query", "secret", "expected"),
    [
        (HUB, "app-secret\nverify:mine", (200, b"1158201444")),
        (HUB, "app-secret\nverify:other", (403, b"")),
        (HUB, "app-secret", (403, b"")),
        (HUB, "mine", (403, b"")),
        (HUB | {"hub.mode": "unsubscribe"}, "verify:mine", (403, b"")),
        (HUB | {"hub.challenge": "<script>"}, "verify:mine", (403, b"")),
        ({}, "verify:", (403, b"")),
    ],
)
def test_meta_gets_its_challenge_back_for_the_token(query: dict[str, str], secret: str, expected: object) -> None:
    """Only who knows the token is answered, and only with what cannot be a page."""
    answer = PROVIDERS["whatsapp"].challenge(Incoming(method="GET", query=query), secret)
    assert answer is not None
    assert (answer.status, answer.body) == expected


def test_a_topic_of_ours_is_confirmed() -> None:
    """The first message of a topic that the secret names is answered by asking the address in it."""
    asked: list[str] = []

    def fetch(url: str) -> bytes | None:
        asked.append(url)
        return signing.fetch(url)

    answer = load(fetch=fetch)["amazon_ses"].challenge(confirmation(), signing.TOPIC)
    assert answer is not None
    assert (answer.status, asked) == (200, [signing.CERTIFICATE, CONFIRM])


@pytest.mark.parametrize(
    "incoming",
    [
        confirmation(topic="arn:aws:sns:eu-west-1:999999999999:theirs"),
        confirmation("https://sns.eu-west-1.amazonaws.com.evil.example/"),
        confirmation("http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"),
        confirmation("https://bucket.s3.amazonaws.com/?Action=ConfirmSubscription"),
        confirmation("https://user@sns.eu-west-1.amazonaws.com/"),
        msgspec.structs.replace(confirmation(), body=confirmation().body.replace(b'"hi"', b'"ho"')),
    ],
    ids=["topic", "host", "scheme", "bucket", "user", "changed"],
)
def test_nothing_else_is_confirmed_nor_visited(incoming: Incoming) -> None:
    """A message of another topic, or with an address elsewhere, makes us call nobody but for the certificate."""
    asked: list[str] = []

    def fetch(url: str) -> bytes | None:
        asked.append(url)
        return signing.fetch(url)

    answer = load(fetch=fetch)["amazon_ses"].challenge(incoming, signing.TOPIC)
    assert answer is not None
    assert answer.status == 403
    assert set(asked) <= {signing.CERTIFICATE}


def test_an_address_that_does_not_confirm_is_told() -> None:
    """Amazon sends the message again where asking its address failed."""
    answer = PROVIDERS["amazon_ses"].challenge(
        confirmation("https://sns.eu-west-1.amazonaws.com/?Action=Other"), signing.TOPIC
    )
    assert answer is not None
    assert answer.status == 502


def test_a_shop_may_try_the_address() -> None:
    """WooCommerce's unsigned first form is answered, and is all that is answered unsigned."""
    shop = PROVIDERS["woocommerce"]
    assert shop.challenge(Incoming(body=b"webhook_id=12"), "s") is not None
    assert shop.challenge(Incoming(body=b"webhook_id=12&x=1"), "s") is None
    assert PROVIDERS["shopify"].challenge(Incoming(body=b"webhook_id=12"), "s") is None


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_head_request_is_answered_and_a_post_is_not(name: str) -> None:
    """Some look whether anybody is there; what is to be read goes on to its signature."""
    answer = PROVIDERS[name].challenge(Incoming(method="HEAD"), "s")
    assert answer is not None
    assert (answer.status, answer.body) == (200, b"")
    assert PROVIDERS[name].challenge(Incoming(body=b"{}"), "s") is None
