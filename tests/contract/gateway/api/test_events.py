"""CloudEvents over HTTP, from the request to what is safe."""

from typing import Any, Final

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from streams.testing.gateway import NOW, MemoryGateway
from streams.touchpoints.touchpoint import Touchpoint
from tests.contract.gateway.api.conftest import BEARER

Client = TestClient[Litestar]
EVENT: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "1",
    "source": "//shop.example/web",
    "type": "page.viewed",
    "customer": "ana",
    "data": {"path": "/"},
}
SAFE: Final = Touchpoint("1", "//shop.example/web", "page.viewed", NOW, "ana", "", b'{"path":"/"}')
STRUCTURED: Final = {"content-type": "application/cloudevents+json"}
BATCHED: Final = {"content-type": "application/cloudevents-batch+json"}
BINARY: Final = {f"ce-{name}": value for name, value in EVENT.items() if name != "data"} | {
    "content-type": "application/json"
}


@pytest.mark.parametrize("path", ["/v1/events", "/v1/touchpoints"])
@pytest.mark.parametrize(
    ("headers", "body"),
    [(STRUCTURED, EVENT), (BATCHED, [EVENT]), (BINARY, EVENT["data"])],
    ids=["structured", "batched", "binary"],
)
def test_every_mode_is_read_on_both_ways(
    client: Client, gateway: MemoryGateway, path: str, headers: dict[str, str], body: Any
) -> None:
    """By content type and headers."""
    answer = client.post(path, content=msgspec.json.encode(body), headers=BEARER | headers)
    assert answer.status_code == 202
    assert gateway.sink.touchpoints == [SAFE]


def test_a_bad_event_of_a_batch_hurts_only_itself(client: Client, gateway: MemoryGateway) -> None:
    """As everywhere."""
    events = [EVENT, EVENT | {"source": ""}, EVENT]
    answer = client.post("/v1/events", content=msgspec.json.encode(events), headers=BEARER | BATCHED)
    assert answer.status_code == 207
    assert [each.get("pointer") for each in answer.json()["items"]] == [None, "/source", None]
    assert gateway.sink.touchpoints == [SAFE, SAFE]


def test_plain_json_is_no_event(client: Client) -> None:
    """The way of events takes nothing else."""
    assert client.post("/v1/events", json=EVENT, headers=BEARER).status_code == 415
