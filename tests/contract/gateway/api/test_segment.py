"""The way of Segment's libraries: how calls are told, and what the libraries read."""

import json
from typing import Any, Final

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from streams.gateway.keys.key import Key, Kind
from streams.gateway.port import Full
from streams.testing.gateway import ORIGIN, SERVER, MemoryGateway
from tests.contract.gateway.api.conftest import BEARER

Client = TestClient[Litestar]
TRACK: Final = {"event": "page.viewed", "userId": "7"}
CALLS: Final[dict[str, tuple[dict[str, Any], list[str]]]] = {
    "track": (TRACK, ["page.viewed"]),
    "page": ({"userId": "7"}, ["page.viewed"]),
    "screen": ({"userId": "7"}, ["page.viewed"]),
    "identify": ({"userId": "7"}, ["customer.updated"]),
    "alias": ({"previousId": "6", "userId": "7"}, ["identity.linked", "identity.linked"]),
    "group": ({"groupId": "g", "userId": "7"}, []),
    "batch": ({"batch": [TRACK | {"type": "track"}]}, ["page.viewed"]),
    "import": ({"batch": [TRACK | {"type": "track"}]}, ["page.viewed"]),
}


@pytest.mark.parametrize("call", CALLS)
def test_every_call_is_taken(client: Client, gateway: MemoryGateway, call: str) -> None:
    """With the key of a header, or that of the body."""
    body, types = CALLS[call]
    assert client.post(f"/v1/{call}", json=body, headers=BEARER).json() == {"success": True}
    answer = client.post(f"/v1/{call}", json=body | {"writeKey": SERVER})
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [each.type for each in gateway.sink.touchpoints] == types * 2


def test_identify_with_a_pages_key_links_the_visitors_past(client: Client, gateway: MemoryGateway) -> None:
    """As Segment's own script has it, and as far as the page can only speak of itself: no alias of a customer."""
    page = Key(
        id="k7", source="//shop.example/web", kind=Kind.BROWSER, origins=(ORIGIN,), types=("customer.*", "identity.*")
    )
    gateway.ring.keys["page"] = page
    past, who = "3f6c1a52-7d0e-4b1c-9a44-0b8e6f0d2c11", {"traits": {"email": "ana@shop.example", "plan": "gold"}}
    sent = {"userId": "7", "anonymousId": past, "context": {}, "writeKey": "page"} | who
    headers = {"origin": ORIGIN, "content-type": "text/plain"}
    answer = client.post("/v1/identify", content=json.dumps(sent), headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    (identified,) = gateway.sink.admitted
    assert (identified.touchpoint.type, identified.touchpoint.customer) == ("customer.updated", "7")
    assert [link.touchpoint.customer for link in identified.links] == [f"anonymous_id:{past}"]

    alias = {"previousId": past, "userId": "7", "writeKey": "page"}
    answer = client.post("/v1/alias", content=json.dumps(alias), headers=headers)
    assert (answer.status_code, [one["why"] for one in answer.json()["refused"]]) == (200, ["not_allowed"])
    assert gateway.sink.touchpoints[-1].customer == f"anonymous_id:{past}"
    answer = client.post("/v1/alias", content=json.dumps(alias | {"previousId": "8"}), headers=headers)
    assert (answer.status_code, {one["why"] for one in answer.json()["refused"]}) == (422, {"not_allowed"})


def test_unknown_types_are_ignored(client: Client) -> None:
    """Libraries send whatever a shop calls its events."""
    petted = {"event": "Cat Petted", "userId": "7"}
    assert client.post("/v1/track", json=petted, headers=BEARER).json() == {"success": True}
    assert client.post("/v1/track?unknown=refuse", json=petted, headers=BEARER).status_code == 422


def test_a_request_of_which_anything_was_taken_is_a_success(client: Client) -> None:
    """The rest stands beside it."""
    calls = [TRACK | {"type": "track"}, {"type": "track", "userId": "7"}]
    answer = client.post("/v1/batch", json={"batch": calls}, headers=BEARER).json()
    assert (answer["success"], [each["pointer"] for each in answer["refused"]]) == (True, ["/event"])


def test_a_failure_is_told_as_the_libraries_show_it(client: Client, gateway: MemoryGateway) -> None:
    """Beside what every problem says."""
    answer = client.post("/v1/track", json={}, headers=BEARER)
    told = answer.json()
    assert (answer.status_code, told["success"], told["code"], told["reason"]) == (422, False, "refused", "refused")
    assert told["message"] == told["title"]
    assert client.post("/v1/track", json={"writeKey": "wrong"}).json()["code"] == "unauthenticated"
    gateway.sink.answer = Full(5)
    full = client.post("/v1/track", json=TRACK, headers=BEARER)
    assert (full.status_code, full.headers["retry-after"], full.json()["code"]) == (503, "5", "full")
