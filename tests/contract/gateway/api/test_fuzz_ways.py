"""No bytes give a 5xx on the ways of Segment's libraries and of providers either, on a real server."""

import json
import os
from collections.abc import Iterator
from typing import Final

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.gateway.api.segment import CALLS
from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Scheme
from streams.testing.gateway import NOW, SERVER, WEBHOOK, MemoryGateway
from streams.testing.patience import PATIENCE_SEC
from streams.testing.served import Served
from tests.contract.gateway.api.conftest import LIMITS, PROVIDERS, SECRETS
from tests.contract.gateway.providers import recorded, signing

SOAK: Final = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
QUIET: Final = settings(
    max_examples=3_000 if SOAK else 50,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)
# Any bytes can be signed by them; the others sign what they read from the body, or look into it.
OF_BYTES: Final = {Scheme.HMAC, Scheme.ECDSA, Scheme.GOOGLE, Scheme.SECRET}
SIGNING: Final = sorted(
    name for name, provider in PROVIDERS.items() if provider.mapping.signatures[-1].scheme in OF_BYTES
)
MEMBERS: Final = (
    *("event", "type", "userId", "anonymousId", "previousId", "groupId", "messageId", "timestamp", "sentAt"),
    *("originalTimestamp", "properties", "traits", "context", "integrations", "batch", "name", "writeKey", "data"),
)
WORDS: Final = st.sampled_from(
    ["track", "page.viewed", "ana", "2026-11-22T10:00:00Z", "\ud83d", "\x00", "1e999", "-1", "ana@mail.example", SERVER]
)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(MEMBERS) | st.text(), inner, max_size=6)
    ),
    max_leaves=20,
)
CALL: Final = st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=len(MEMBERS))
BATCH: Final = st.lists(CALL | JSON, max_size=5).map(lambda calls: {"batch": calls})
PAYLOADS: Final = [json.dumps(body) for path in recorded.files() if (body := recorded.read(path).body) is not None]
MEDIA: Final = st.sampled_from(
    [
        *("application/json", "text/plain", "text/csv", "application/x-ndjson", "application/x-www-form-urlencoded"),
        *("multipart/form-data; boundary=b", "multipart/form-data", "application/json; charset=utf-16", "\xff", ""),
    ]
)


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """Return a recorded payload with some bytes in place of others."""
    text = draw(st.sampled_from(PAYLOADS)).encode()
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.binary(max_size=8)) + text[at + draw(st.integers(0, 8)) :]


BODY: Final = st.binary() | (JSON | CALL | BATCH).map(lambda found: json.dumps(found).encode()) | spoiled()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve in a thread of its own; each provider has a key named after it."""
    gateway = MemoryGateway(limits=LIMITS, providers=PROVIDERS, secrets=SECRETS)
    hook = gateway.ring.keys[WEBHOOK]
    gateway.ring.keys |= {name: msgspec.structs.replace(hook, provider=name) for name in PROVIDERS}
    with Served(gateway.app) as served:
        yield served.address


@given(body=BODY, media=MEDIA, call=st.sampled_from(list(CALLS)), is_known=st.booleans())
@QUIET
def test_no_call_of_segment_is_too_much(url: str, body: bytes, media: str, call: str, *, is_known: bool) -> None:
    """Whether the key stands in a header, in the body or nowhere, the answer is one that the libraries can read."""
    headers = {b"content-type": media.encode("latin-1")} | ({b"x-write-key": SERVER.encode()} if is_known else {})
    answer = httpx.post(f"{url}/v1/{call}", content=body, headers=list(headers.items()), timeout=PATIENCE_SEC)
    assert answer.status_code < 500
    assert answer.status_code != 401 or not is_known
    assert isinstance(answer.json()["success"], bool)


@given(body=BODY, media=MEDIA, provider=st.sampled_from(SIGNING))
@QUIET
def test_no_body_that_a_provider_signed_is_too_much(url: str, body: bytes, media: str, provider: str) -> None:
    """It is the provider's, so it is taken for read whatever it is, or it would come for ever."""
    path = f"/v1/webhooks/{provider}?key={provider}"
    plain = Incoming(url=f"https://in.example{path}", headers={"content-type": media}, body=body)
    signature = PROVIDERS[provider].mapping.signatures[-1]
    sent = signing.signed(signature, plain, SECRETS[provider].split("\nverify:")[0], NOW)
    headers = [(name.encode(), value.encode("latin-1")) for name, value in sent.headers.items()]
    answer = httpx.post(f"{url}{path}", content=body, headers=headers, timeout=PATIENCE_SEC)
    assert answer.status_code in {200, 204}


@given(
    body=BODY,
    media=MEDIA,
    provider=st.sampled_from(sorted(PROVIDERS)),
    said=st.text(alphabet='abX0=,:.; %+/"\\\xff', max_size=40),
    query=st.dictionaries(st.sampled_from(["bodySHA256", "hub.mode", "hub.challenge", "x"]), st.text(), max_size=3),
    method=st.sampled_from(["POST", "POST", "GET", "HEAD", "PUT"]),
)
@QUIET
def test_no_proof_of_a_webhook_is_too_much(
    url: str, body: bytes, media: str, provider: str, said: str, query: dict[str, str], method: str
) -> None:
    """Anything may stand where the provider's proof is looked for; it opens nothing."""
    places = {
        name for each in PROVIDERS[provider].mapping.signatures for name in (each.header.header, each.timestamp.header)
    }
    headers = {name: said.strip() for name in places | {"authorization"} if name} | {"content-type": media}
    sent = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    answer = httpx.request(
        method, f"{url}/v1/webhooks/{provider}", content=body, headers=sent, params=query | {"key": provider}
    )
    assert answer.status_code < 500
    assert answer.status_code != 204  # as what is taken is answered
