"""`POST /v1/touchpoints`, from the request to what is safe."""

import gzip
import json
from typing import Final

import pytest
import zstandard
from litestar import Litestar
from litestar.testing import TestClient

from streams.gateway.port import Full, Stored
from streams.testing.gateway import NOW, MemoryGateway
from streams.touchpoints.touchpoint import Touchpoint
from tests.contract.gateway.api.conftest import BEARER, LIMITS, item

PATH: Final = "/v1/touchpoints"
PROBLEM: Final = "application/problem+json"
Client = TestClient[Litestar]


def test_a_touchpoint_is_safe_when_it_is_called_accepted(client: Client, gateway: MemoryGateway) -> None:
    """As it was sent, with what was left out filled in."""
    answer = client.post(PATH, json=item(), headers=BEARER)
    assert (answer.status_code, answer.json()) == (
        202,
        {"accepted": 1, "ignored": 0, "refused": 0, "items": [{"status": "accepted", "id": "1"}], "stored": "broker"},
    )
    assert gateway.sink.touchpoints == [
        Touchpoint("1", "//shop.example", "payment.failed", NOW, "ana", "", b'{"amount":19.9}')
    ]


def test_one_bad_item_of_a_hundred_hurts_only_itself(client: Client, gateway: MemoryGateway) -> None:
    """And is told where it is wrong, why, and what was most likely meant."""
    items = [item(id=str(number)) for number in range(99)]
    items.insert(40, item(type="payment.faild"))
    answer = client.post(PATH, json=items, headers=BEARER)
    told = answer.json()
    assert (answer.status_code, told["accepted"], told["refused"]) == (207, 99, 1)
    assert told["items"][40] == {
        "status": "refused",
        "type": "urn:touchpoint:problem:unknown_type",
        "title": "The vocabulary has no such type",
        "why": "unknown_type",
        "pointer": "/type",
        "detail": "the vocabulary has no such type",
        "nearest": "payment.failed",
    }
    assert [each.id for each in gateway.sink.touchpoints] == [str(number) for number in range(99)]
    assert {each["status"] for place, each in enumerate(told["items"]) if place != 40} == {"accepted"}


def test_one_item_of_a_hundred_may_be_nested_as_deep_as_it_likes(client: Client, gateway: MemoryGateway) -> None:
    """Deeper than any decoder goes; the others are what they are."""
    items = [json.dumps(item(id=str(number))) for number in range(99)]
    items.insert(40, '{"type": "payment.failed", "data": {"a": ' + "[" * 3_000 + "]" * 3_000 + "}}")
    body = f"[{', '.join(items)}]"
    answer = client.post(PATH, content=body, headers={**BEARER, "Content-Type": "application/json"})
    told = answer.json()
    assert (answer.status_code, told["accepted"], told["refused"]) == (207, 99, 1)
    assert told["items"][40]["why"] == "malformed"
    assert [each.id for each in gateway.sink.touchpoints] == [str(number) for number in range(99)]


def test_a_request_of_which_nothing_is_accepted_is_a_problem(client: Client) -> None:
    """With all its items."""
    answer = client.post(PATH, json=item(data={"amount": "much"}), headers=BEARER)
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"], told["reason"]) == (422, PROBLEM, "refused")
    assert [(each["why"], each["pointer"]) for each in told["items"]] == [("bad_data", "/data/amount")]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (json.dumps([item(), item(id="2")]).encode(), {"content-type": "application/json"}),
        (b"\n".join(json.dumps(item(id=name)).encode() for name in "12"), {"content-type": "application/x-ndjson"}),
        (gzip.compress(json.dumps([item(), item(id="2")]).encode()), {"content-encoding": "gzip"}),
        (zstandard.compress(json.dumps([item(), item(id="2")]).encode()), {"content-encoding": "zstd"}),
    ],
)
def test_many_come_in_every_form(client: Client, gateway: MemoryGateway, body: bytes, headers: dict[str, str]) -> None:
    """In their order."""
    assert client.post(PATH, content=body, headers=BEARER | headers).status_code == 202
    assert [each.id for each in gateway.sink.touchpoints] == ["1", "2"]


def test_a_dry_run_tells_and_keeps_nothing(client: Client, gateway: MemoryGateway) -> None:
    """Good or bad, it is a success: it did what was asked for."""
    answer = client.post(f"{PATH}?dry_run=1", json=[item(), item(type="x")], headers=BEARER)
    told = answer.json()
    assert (answer.status_code, told["accepted"], told["refused"], told["dry_run"]) == (200, 1, 1, True)
    assert "stored" not in told
    assert client.post(f"{PATH}?dry_run=1", json=item(type="x"), headers=BEARER).status_code == 200
    assert gateway.sink.touchpoints == []


def test_unknown_types_are_ignored_where_a_request_says_so(client: Client, gateway: MemoryGateway) -> None:
    """A success that keeps nothing."""
    answer = client.post(f"{PATH}?unknown=ignore", json=item(type="x.y"), headers=BEARER)
    assert (answer.status_code, answer.json()["ignored"]) == (202, 1)
    assert gateway.sink.touchpoints == []


def test_the_same_request_again_has_the_same_ids(client: Client, gateway: MemoryGateway) -> None:
    """By its Idempotency-Key, where items have none of their own."""
    items = [item(id=None), item(), item(id=None)]
    for _ in range(2):
        client.post(PATH, json=items, headers=BEARER | {"idempotency-key": "order-7"})
    assert [each.id for each in gateway.sink.touchpoints] == ["order-7-0", "1", "order-7-2"] * 2


def test_where_it_is_safe_is_told(client: Client, gateway: MemoryGateway) -> None:
    """On our disk while the broker is away."""
    gateway.sink.answer = Stored.SPOOL
    assert client.post(PATH, json=item(), headers=BEARER).json()["stored"] == "spool"


def test_without_a_safe_place_a_request_is_to_come_again(client: Client, gateway: MemoryGateway) -> None:
    """Nothing of it is kept."""
    gateway.sink.answer = Full(5)
    answer = client.post(PATH, json=item(), headers=BEARER)
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["reason"]) == (503, "5", "full")


def test_an_empty_array_is_no_mistake(client: Client) -> None:
    """There was nothing to do, and it is done."""
    answer = client.post(PATH, json=[], headers=BEARER)
    assert (answer.status_code, answer.json()["items"]) == (202, [])


def test_too_many_items_are_refused_together(client: Client, gateway: MemoryGateway) -> None:
    """None of them is kept."""
    answer = client.post(PATH, json=[item()] * (LIMITS.items + 1), headers=BEARER)
    assert (answer.status_code, gateway.sink.touchpoints) == (413, [])


def test_a_bomb_is_too_large(client: Client) -> None:
    """However small it looks."""
    bomb = gzip.compress(b" " * 10_000_000)
    assert len(bomb) < LIMITS.bytes_
    answer = client.post(PATH, content=bomb, headers=BEARER | {"content-encoding": "gzip"})
    assert (answer.status_code, answer.json()["reason"]) == (413, "too_large")


def test_a_form_is_told_what_to_send_instead(client: Client) -> None:
    """What a bare `curl -d` sends."""
    answer = client.post(PATH, data={"a": "b"}, headers=BEARER)
    assert answer.status_code == 415
    assert "application/json" in answer.json()["detail"]


def test_metrics_count_what_became_of_items(client: Client, gateway: MemoryGateway) -> None:
    """Dry runs apart."""
    client.post(PATH, json=[item(), item(type="x")], headers=BEARER)
    client.post(f"{PATH}?dry_run=1", json=item(), headers=BEARER)
    page = gateway.recorder.page("")[0].decode()
    assert 'touchpoint_gateway_items_total{verdict="accepted"} 1.0' in page
    assert 'touchpoint_gateway_refused_items_total{why="unknown_type"} 1.0' in page
    assert 'touchpoint_gateway_requests_total{answer="mixed",way="/v1/touchpoints"} 1.0' in page
    assert 'touchpoint_gateway_requests_total{answer="dry_run",way="/v1/touchpoints"} 1.0' in page
    assert "touchpoint_gateway_request_seconds_count 2.0" in page
