"""No input gives a 500: everything that the OpenAPI document allows, and much that it does not, on a real server."""

import json
import os
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from streams.codec import vocabulary
from streams.gateway.api.openapi import document
from streams.gateway.api.segment import CALLS, SegmentCall
from streams.gateway.api.touchpoints import Events, Touchpoints
from streams.gateway.api.webhooks import Webhook
from streams.gateway.door import Unknown
from streams.testing.gateway import SERVER, WEBHOOK, MemoryGateway
from streams.testing.patience import PATIENCE_SEC
from streams.testing.served import Served
from tests.contract.gateway.api.conftest import BEARER, LIMITS, PROVIDERS, SECRETS

SOAK: Final = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
CHECKS: Final = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
TYPES: Final = sorted(vocabulary.shipped().kinds)
QUIET: Final = settings(
    max_examples=3_000 if SOAK else 60,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def described() -> dict[str, Any]:
    """Return the document, with types that there are and the one provider, and nothing compressed."""
    native = [Touchpoints(Unknown.REFUSE).facts, Events(Unknown.REFUSE).facts]
    segment = [SegmentCall(call, lambda: 0).facts for call in CALLS]
    found = document([*native, *segment, Webhook("pos", PROVIDERS["pos"], "", "", lambda: 0).facts], "0")
    for methods in found["paths"].values():
        for operation in methods.values():
            # Lines are no type that the fuzzer can write; the test below sends them.
            operation.get("requestBody", {}).get("content", {}).pop("application/x-ndjson", None)
            operation["parameters"] = [each for each in operation["parameters"] if each["name"] != "Content-Encoding"]
            for parameter in operation["parameters"]:
                if parameter["name"] == "provider":
                    parameter["schema"] = {"const": "pos"}
    for name in ("Item", "Event"):
        found["components"]["schemas"][name]["properties"]["type"] = {"enum": TYPES[:20]}
    return found


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve in a thread of its own, since the fuzzer waits for each answer."""
    gateway = MemoryGateway(limits=LIMITS, providers={"pos": PROVIDERS["pos"]}, secrets=SECRETS)
    with Served(gateway.app) as served:
        yield served.address


schema = schemathesis.openapi.from_dict(described())


@schema.parametrize()
@settings(QUIET, max_examples=300 if SOAK else 20)
def test_no_input_is_too_much(case: schemathesis.Case[Any], url: str) -> None:
    """Every answer is one that the document promises."""
    signed = {"params": {"key": WEBHOOK}, "headers": {"x-touchpoint-secret": SECRETS["pos"].split("\n")[0]}}
    key: dict[str, Any] = signed if "webhooks" in case.path else {"headers": BEARER}
    case.call_and_validate(base_url=url, checks=CHECKS, **key)


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(TYPES),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "data", "type", "id"]) | st.text(), inner),
    max_leaves=20,
)
MEMBERS: Final = (
    "id",
    "source",
    "type",
    "time",
    "customer",
    "subject",
    "data",
    "identity",
    "specversion",
    "data_base64",
)
NEARLY: Final = st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=len(MEMBERS)).map(
    lambda found: {"specversion": "1.0", "id": "1", "source": "//shop.example", "type": "page.viewed"} | found
)
MEDIA: Final = st.sampled_from(
    [
        "application/json",
        "text/plain",
        "application/x-ndjson",
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
        "application/json; charset=utf-16",
        "image/png",
        "\xff",
        "",
    ]
)
HEADERS: Final = st.dictionaries(
    st.sampled_from(["ce-specversion", "ce-id", "ce-type", "ce-time", "ce-x", "idempotency-key", "content-encoding"]),
    st.sampled_from(["1.0", "page.viewed", "%ff", '"', "gzip", "zstd", "br", ""]) | st.text(alphabet='a%\xff"\\ 0'),
)
# As nobody should write it: with NaN, lone surrogates and integers without end.
BODY: Final = st.binary() | (JSON | NEARLY | st.lists(NEARLY)).map(lambda found: json.dumps(found).encode())


@given(body=BODY, media=MEDIA, headers=HEADERS, path=st.sampled_from(["touchpoints", "events"]), query=st.text())
@QUIET
def test_what_no_document_foresees_is_no_surprise(
    url: str, body: bytes, media: str, headers: dict[str, str], path: str, query: str
) -> None:
    """Bodies of any bytes under any type, headers of any text."""
    sent = {name.encode(): value.strip().encode("latin-1") for name, value in headers.items()}
    sent |= {b"content-type": media.encode("latin-1"), b"x-write-key": SERVER.encode()}
    answer = httpx.post(
        f"{url}/v1/{path}", content=body, headers=list(sent.items()), params={"dry_run": query}, timeout=PATIENCE_SEC
    )
    assert answer.status_code < 500
    assert answer.headers["content-type"] in {"application/json", "application/problem+json"}
    assert answer.json()
