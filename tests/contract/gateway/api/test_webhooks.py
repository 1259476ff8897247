"""Webhooks of providers: the key of the address, the challenge, the signature, and what is taken."""

from typing import Final

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Scheme
from streams.testing.gateway import NOW, SERVER, WEBHOOK, MemoryGateway
from tests.contract.gateway.api.conftest import PROVIDERS, SECRETS
from tests.contract.gateway.providers import signing

PATH: Final = f"/v1/webhooks/pos?key={WEBHOOK}"
SIGNED: Final = {"x-touchpoint-secret": signing.secret_of(Scheme.SECRET), "content-type": "application/x-ndjson"}
SALE: Final = b'{"TransactionType":"Sale","RetailStoreID":"madrid-014","SequenceNumber":1,"LoyaltyAccountID":"LC-77"}\n'
LINES: Final = SALE + b'{"TransactionType":"NoSale","RetailStoreID":"madrid-014"}\nno JSON\n'
Client = TestClient[Litestar]


def address(gateway: MemoryGateway, provider: str) -> str:
    """Return the path of a provider's webhook, with a key of its own."""
    key = msgspec.structs.replace(gateway.ring.keys[WEBHOOK], provider=provider)
    gateway.ring.keys[f"{provider}-key"] = key
    return f"/v1/webhooks/{provider}?key={provider}-key"


def signed(provider: str, path: str, body: bytes, media_type: str) -> Incoming:
    """Return the request of a provider, as it signs it for the address that the world calls."""
    plain = Incoming(url=f"https://in.example{path}", headers={"content-type": media_type}, body=body)
    return signing.signed(PROVIDERS[provider].mapping.signatures[-1], plain, SECRETS[provider].split("\n")[0], NOW)


def test_what_a_provider_reports_is_taken(client: Client, gateway: MemoryGateway) -> None:
    """Known, unmapped and unreadable events alike are a success, or the provider would send them for ever."""
    answer = client.post(PATH, content=LINES, headers=SIGNED)
    assert (answer.status_code, answer.content) == (204, b"")
    (safe,) = gateway.sink.touchpoints
    assert (safe.type, safe.source, safe.time) == ("sale.completed", "//till.example", NOW)
    assert safe.customer.startswith("loyalty_id:")


def test_a_provider_that_signs_the_address_is_understood(client: Client, gateway: MemoryGateway) -> None:
    """It is the one by which the world calls us, whatever stands before us."""
    path = address(gateway, "twilio")
    body = b"MessageSid=SM1&MessageStatus=delivered&To=%2B34600000001"
    sent = signed("twilio", path, body, "application/x-www-form-urlencoded")
    answer = client.post(path, content=sent.body, headers=dict(sent.headers))
    assert (answer.status_code, [each.type for each in gateway.sink.touchpoints]) == (204, ["sms.delivered"])


def test_a_provider_whose_signature_is_looked_up_is_taken_too(client: Client, gateway: MemoryGateway) -> None:
    """While it is asked for, others are served."""
    path = address(gateway, "amazon_ses")
    body = b'{"eventType":"Delivery","mail":{"messageId":"m1","destination":["ana@shop.example"]}}'
    sent = signed("amazon_ses", path, body, "text/plain; charset=UTF-8")
    answer = client.post(path, content=sent.body, headers=dict(sent.headers))
    assert PROVIDERS["amazon_ses"].may_block
    assert (answer.status_code, [each.type for each in gateway.sink.touchpoints]) == (204, ["email.delivered"])


def test_who_only_tries_is_told_the_counts(client: Client, gateway: MemoryGateway) -> None:
    """And nothing is taken."""
    answer = client.post(f"{PATH}&dry_run=1", content=LINES, headers=SIGNED)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "ignored": 1, "refused": 1})
    assert gateway.sink.touchpoints == []


@pytest.mark.parametrize("headers", [{}, {"x-touchpoint-secret": "guess"}])
def test_what_the_provider_has_not_signed_is_not_read(
    client: Client, gateway: MemoryGateway, headers: dict[str, str]
) -> None:
    """Whoever knows the address knows the key."""
    answer = client.post(PATH, content=SALE, headers=headers)
    assert (answer.status_code, answer.json()["reason"], gateway.sink.touchpoints) == (401, "signature", [])


@pytest.mark.parametrize(
    ("provider", "method", "status"), [("pos", "POST", 401), ("shopify", "POST", 401), ("whatsapp", "GET", 403)]
)
@pytest.mark.parametrize(("secret", "reason"), [("", "no_secret"), (" \n", "no_secret"), ("other", "")])
def test_a_secret_that_was_forgotten_is_told_to_us_alone(
    provider: str, method: str, status: int, secret: str, reason: str
) -> None:
    """The reason is in metrics and log; whoever calls reads what they always read."""
    gateway = MemoryGateway(providers=PROVIDERS, secrets={provider: secret})
    with TestClient(gateway.app) as client:
        answer = client.request(method, address(gateway, provider), content=SALE, headers=SIGNED)
    noted = reason or ("signature" if method == "POST" else "challenge")
    page, _ = gateway.recorder.page("")
    assert f'answer="{noted}"' in page.decode()
    assert (answer.status_code, "secret" in answer.text, gateway.sink.touchpoints) == (status, False, [])
    if method == "POST":
        assert answer.json()["reason"] == "signature"


def test_a_challenge_is_answered(client: Client, gateway: MemoryGateway) -> None:
    """In the words of the provider."""
    asked = {"hub.mode": "subscribe", "hub.verify_token": "mine", "hub.challenge": "42"}
    answer = client.get(address(gateway, "whatsapp"), params=asked | {"key": "whatsapp-key"})
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "42", "text/plain")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_only_looks_finds_somebody(client: Client, method: str) -> None:
    """Some providers call the address before they save it."""
    assert client.request(method, PATH).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/webhooks/pos", 401),
        ("/v1/webhooks/pos?key=wrong", 401),
        (f"/v1/webhooks/pos?key={SERVER}", 403),
        (f"/v1/webhooks/twilio?key={WEBHOOK}", 403),
        (f"/v1/webhooks/nobody?key={WEBHOOK}", 404),
    ],
)
def test_a_key_is_for_one_provider(client: Client, path: str, status: int) -> None:
    """And only a webhook's is for any."""
    assert client.post(path, content=SALE, headers=SIGNED).status_code == status
