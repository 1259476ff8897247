"""Acknowledging from outside."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.desk.api.app import create_app
from streams.desk.api.outside import create_links, create_slack_hook
from streams.desk.notify.signing import Allowed, Grant, Signer
from streams.desk.notify.slack import ACKNOWLEDGE
from streams.testing.patience import PATIENCE_SEC
from streams.testing.served import listening
from tests.contract.desk.api.conftest import Api, standing
from tests.contract.desk.api.double import NOW

SIGNER: Final = Signer([b"k" * 32])
SECRET: Final = "slack-signing-secret"  # noqa: S105 - of this test


@pytest.fixture
async def outside(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """Serve links and Slack's hook beside the API."""
    beside = [create_links(api.desk, SIGNER, standing), create_slack_hook(api.desk, SIGNER, SECRET, standing)]
    async with (
        listening(create_app(api.parts, is_ready=api.ready, beside=beside)) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SEC) as client,
    ):
        yield client


def token(case_id: str = "c1", until: int = NOW + 1) -> str:
    """Return the right to acknowledge a case."""
    return SIGNER.sign(Grant(case_id, Allowed.ACKNOWLEDGE, until, "mail-web"))


def press(value: str, *, at: int = NOW // 1000, secret: str = SECRET, action: str = ACKNOWLEDGE) -> dict[str, Any]:
    """Return what Slack sends, as options of a request."""
    payload = {"user": {"id": "U1"}, "actions": [{"action_id": action, "value": value}]}
    body = urlencode({"payload": json.dumps(payload)}).encode()
    signature = hmac.new(secret.encode(), b"v0:%d:" % at + body, hashlib.sha256).hexdigest()
    headers = {
        "x-slack-request-timestamp": str(at),
        "x-slack-signature": f"v0={signature}",
        "content-type": "application/x-www-form-urlencoded",
    }
    return {"content": body, "headers": headers}


async def test_a_link_asks_and_its_button_acts(api: Api, outside: httpx.AsyncClient) -> None:
    """Opening it, as scanners of mail do, changes nothing; the trail says by whose link it was done."""
    path = f"/acknowledge/{token()}"
    page = await outside.get(path, headers={"accept-language": "es"})
    assert (page.status_code, api.desk.acts) == (200, 0)
    assert '<form method="post"><button>Confirmar</button></form>' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    done = await outside.post(path)
    assert (done.status_code, "Acknowledged" in done.text) == (200, True)
    assert '<a href="/cases/c1">Open the case</a>' in done.text
    assert [(line.who, line.action) for line in api.desk.entries["c1"][1:]] == [("link:mail-web", "acknowledge")]


async def test_a_link_that_is_not_ours_does_nothing(api: Api, outside: httpx.AsyncClient) -> None:
    """Expired, changed, of another key, or of nothing."""
    other = Signer([b"x" * 32]).sign(Grant("c1", Allowed.ACKNOWLEDGE, NOW + 1, "mail-web"))
    for wrong in (token(until=NOW), token()[:-1] + "_", other, "x", "%00", "%FF.%FF", "a.b", "x" * 2000):
        for method in ("GET", "POST"):
            answer = await outside.request(method, f"/acknowledge/{wrong}")
            assert (wrong, method, answer.status_code) == (wrong, method, 410)
    assert api.desk.acts == 0


async def test_a_link_to_a_case_that_is_gone_says_so(api: Api, outside: httpx.AsyncClient) -> None:
    """It was right once."""
    assert (await outside.post(f"/acknowledge/{token('gone')}")).status_code == 409


async def test_slacks_button_acknowledges(api: Api, outside: httpx.AsyncClient) -> None:
    """In the name of whoever pressed it."""
    answer = await outside.post("/hooks/slack", **press(token()))
    assert (answer.status_code, answer.content) == (200, b"")
    assert [(line.who, line.action) for line in api.desk.entries["c1"][1:]] == [("slack:U1", "acknowledge")]


async def test_only_slack_presses(api: Api, outside: httpx.AsyncClient) -> None:
    """A wrong secret, an old request, another body, an expired right, or no signature at all."""
    replayed = press(token(), at=NOW // 1000 - 301)
    changed = press(token()) | {"content": b"payload=%7B%7D"}
    other = press(token(), secret="another")  # noqa: S106 - of this test
    bare: dict[str, Any] = {"content": b"x"}
    for wrong in (other, replayed, changed, press(token(until=NOW)), bare):
        assert (await outside.post("/hooks/slack", **wrong)).status_code == 403
    assert api.desk.acts == 0


async def test_other_buttons_are_taken_and_do_nothing(api: Api, outside: httpx.AsyncClient) -> None:
    """Slack tells of every button, links too."""
    assert (await outside.post("/hooks/slack", **press(token(), action="open"))).status_code == 200
    assert api.desk.acts == 0


@given(st.binary(max_size=200))
@settings(max_examples=200, derandomize=True)
def test_no_token_is_too_much_for_the_signer(raw: bytes) -> None:
    """Whatever stands in the address."""
    assert not isinstance(SIGNER.read(raw.decode("utf-8", "replace"), Allowed.ACKNOWLEDGE, NOW), Grant)
