"""Who may send: keys, kinds of keys, rates, and pages of other origins."""

from typing import Final

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from streams.testing.gateway import BROWSER, ORIGIN, SERVER, WEBHOOK, MemoryGateway
from tests.contract.gateway.api.conftest import BEARER, item

PATH: Final = "/v1/touchpoints"
ELSEWHERE: Final = "https://elsewhere.example"
Client = TestClient[Litestar]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", BEARER),
        ("", {"authorization": f"bearer  {SERVER}"}),
        ("", {"x-write-key": SERVER}),
        (f"?key={SERVER}", {}),
    ],
)
def test_a_key_is_taken_from_where_a_sender_can_put_it(client: Client, query: str, headers: dict[str, str]) -> None:
    """A header, or the address for those who cannot set any."""
    assert client.post(PATH + query, json=item(), headers=headers).status_code == 202


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDo="}])
def test_without_a_key_in_force_nothing_is_read(
    client: Client, gateway: MemoryGateway, headers: dict[str, str]
) -> None:
    """The answer says how to send one."""
    answer = client.post(PATH, content=b"nonsense", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_webhook_key_is_for_webhooks(client: Client) -> None:
    """It stands in the settings of somebody else."""
    assert client.post(f"{PATH}?key={WEBHOOK}", json=item()).status_code == 403


@pytest.mark.parametrize("headers", [{}, {"origin": ELSEWHERE}, {"origin": "null"}])
def test_a_browser_key_is_for_its_own_pages(client: Client, headers: dict[str, str]) -> None:
    """And for nothing that is no page."""
    assert client.post(f"{PATH}?key={BROWSER}", json=item(source=None), headers=headers).status_code == 403


def test_a_page_sends_a_beacon(client: Client, gateway: MemoryGateway) -> None:
    """As text and without headers of its own, the key in the address; it may read the answer."""
    content = b'{"type":"page.viewed","identity":{"anonymous_id":"a1"}}'
    headers = {"origin": ORIGIN, "content-type": "text/plain;charset=UTF-8"}
    answer = client.post(f"{PATH}?key={BROWSER}", content=content, headers=headers)
    assert answer.status_code == 202
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["vary"] == "origin"
    assert [each.customer for each in gateway.sink.touchpoints] == ["anonymous_id:a1"]


def test_a_page_may_send_only_the_types_of_its_key(client: Client) -> None:
    """Everybody can read the key."""
    answer = client.post(f"{PATH}?key={BROWSER}", json=item(type="order.completed"), headers={"origin": ORIGIN})
    assert (answer.status_code, answer.json()["items"][0]["why"]) == (422, "not_allowed")


@pytest.mark.parametrize("path", [PATH, "/v1/events", "/v1/batch", "/v1/webhooks/pos"])
def test_a_browser_is_told_before_it_sends_whether_it_may(client: Client, path: str) -> None:
    """Pages of origins that no key names are told nothing."""
    ask = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    known = client.options(path, headers=ask | {"origin": ORIGIN})
    assert known.status_code == 204
    assert known.headers["access-control-allow-origin"] == ORIGIN
    assert "content-type" in known.headers["access-control-allow-headers"]
    unknown = client.options(path, headers=ask | {"origin": ELSEWHERE})
    assert not [name for name in unknown.headers if name.startswith("access-control")]


def test_a_page_reads_what_was_wrong(client: Client) -> None:
    """Where its origin is known."""
    answer = client.post(PATH, json=item(), headers={"origin": ORIGIN})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, ORIGIN)


def test_a_key_that_has_sent_enough_waits(client: Client, gateway: MemoryGateway) -> None:
    """What it sends costs its items, and what cannot be read costs one."""
    gateway.ring.left = 3
    assert client.post(PATH, json=[item(), item()], headers=BEARER).status_code == 202
    assert client.post(PATH, content=b"nonsense", headers=BEARER).status_code == 400
    answer = client.post(PATH, json=item(), headers=BEARER)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert len(gateway.sink.touchpoints) == 2
