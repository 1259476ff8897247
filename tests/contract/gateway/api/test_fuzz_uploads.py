"""No input gives a 500 on `/v1/uploads` either: what its document allows, and headers and parts of any bytes."""

from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Litestar

from streams.gateway.api import native, uploads_document
from streams.gateway.api.openapi import document
from streams.gateway.api.uploads import PART_TYPE, UPLOADS, UploadRoutes
from streams.gateway.uploads.store import Uploads
from streams.gateway.uploads.worker import Worker
from streams.testing.gateway import NOW, MemoryGateway
from streams.testing.served import Served
from tests.contract.gateway.api.conftest import BEARER
from tests.contract.gateway.api.test_fuzz import CHECKS, QUIET, SOAK

MOST_BYTES: Final = 1_000
SIZE: Final = 10
METADATA: Final = "filename YS5jc3Y=,provider cG9z"
FEW: Final = settings(QUIET, max_examples=300 if SOAK else 8)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve uploads alone, in a thread, since the fuzzer waits for each answer; nobody works through them."""
    gateway = MemoryGateway()
    uploads = Uploads(tmp_path_factory.mktemp("uploads"), lambda: NOW, most_bytes=MOST_BYTES)
    worker = Worker(uploads, gateway.gate, gateway.ring, lambda _, body: native.lines(body))
    routes = UploadRoutes(uploads, worker, gateway.ring, gateway.watching, {"pos"}, MOST_BYTES)
    with Served(Litestar(routes.routes(), openapi_config=None, logging_config=None)) as served:
        yield served.address


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    """Ask with the server's key."""
    with httpx.Client(base_url=url, headers=BEARER, timeout=60.0) as found:
        yield found


def begun(client: httpx.Client) -> str:
    """Begin an upload; return its name."""
    answer = client.post(UPLOADS, headers={"Upload-Length": str(SIZE), "Upload-Metadata": METADATA})
    assert answer.status_code == 201
    return str(answer.headers["location"]).rpartition("/")[2]


schemathesis.serializer.alias(PART_TYPE, "application/octet-stream")
schema = schemathesis.openapi.from_dict(document([], "0", uploads_document.paths()))


@schema.parametrize()
@FEW
def test_no_call_is_too_much(case: schemathesis.Case[Any], url: str, client: httpx.Client) -> None:
    """Every answer is one that the document promises, about no upload and about one that is there."""
    case.call_and_validate(base_url=url, checks=CHECKS, headers=BEARER)
    if "upload" in case.path_parameters:
        case.path_parameters["upload"] = name = begun(client)
        case.call_and_validate(base_url=url, checks=CHECKS, headers=BEARER)
        client.delete(f"{UPLOADS}/{name}")


TEXT: Final = st.text(alphabet="0123456789 ,=+/-abcXYZ\xff", max_size=40) | st.sampled_from(["0", str(SIZE), METADATA])
HEADERS: Final = st.dictionaries(
    st.sampled_from(
        [
            "upload-length",
            "upload-offset",
            "upload-metadata",
            "content-type",
            "x-http-method-override",
            "content-length",
        ]
    ),
    TEXT | st.sampled_from([PART_TYPE, "PATCH", "DELETE", "HEAD", "TRACE"]),
)


@given(
    method=st.sampled_from(["POST", "PATCH", "HEAD", "GET", "DELETE", "OPTIONS", "PUT"]),
    headers=HEADERS,
    body=st.binary(max_size=2 * SIZE),
    is_there=st.booleans(),
    path=st.text(alphabet="ab0/.%", max_size=10),
)
@QUIET
def test_what_no_document_foresees_is_no_surprise(
    client: httpx.Client, method: str, headers: dict[str, str], body: bytes, is_there: bool, path: str
) -> None:
    """Lengths, places and metadata of any text, parts that do not belong anywhere, names of any shape."""
    sent = [(name.encode(), value.strip().encode("latin-1")) for name, value in headers.items()]
    sent = [(name, value) for name, value in sent if name != b"content-length" or value == str(len(body)).encode()]
    name = begun(client) if is_there else path
    answer = client.request(method, f"{UPLOADS}/{name}", content=body, headers=sent)
    assert answer.status_code < 500, (method, sent, name)
    client.delete(f"{UPLOADS}/{name}")
