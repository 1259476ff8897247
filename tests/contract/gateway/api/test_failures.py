"""When something of ours fails, one request does, and nothing of it is told to anybody."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from streams.testing.gateway import MemoryGateway
from tests.contract.gateway.api.conftest import BEARER, item

Client = TestClient[Litestar]
WRITTEN = "ana@shop.example"


def fail(*_: object) -> None:
    """Fail with what a customer wrote."""
    raise ValueError(WRITTEN)


@pytest.mark.parametrize(("path", "member"), [("/v1/touchpoints", "status"), ("/v1/track", "code")])
def test_a_failure_is_answered_in_the_form_of_its_way(
    client: Client,
    gateway: MemoryGateway,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    member: str,
) -> None:
    """The log says what failed and where, and not with what."""
    monkeypatch.setattr(gateway.ring, "find", fail)
    answer = client.post(path, json=item(), headers=BEARER)
    assert (answer.status_code, answer.json()["reason"]) == (500, "unexpected")
    assert member in answer.json()
    assert WRITTEN not in answer.text
    assert "ValueError at fail" in caplog.text
    assert WRITTEN not in caplog.text


def test_what_failed_gives_back_the_room_that_it_took(
    client: Client, gateway: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that no number of failures shuts the gateway."""
    large = item(subject="x" * 90_000)
    with monkeypatch.context() as patched:
        patched.setattr(gateway.ring, "spend", fail)
        for _ in range(10):
            assert client.post("/v1/touchpoints", json=large, headers=BEARER).status_code == 500
    assert client.post("/v1/touchpoints", json=item(), headers=BEARER).status_code == 202
