"""What every channel over HTTP does with a status: one table for all."""

import gzip
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from streams.desk.notify import web as web_module
from streams.desk.notify.channel import Channel, Failed, Reason
from streams.desk.notify.channels import build
from streams.desk.notify.receiver import ChannelSpec, Receiver
from streams.desk.notify.web import Web
from tests.contract.desk.notify.provider import Answer, Provider
from tests.unit.desk.notify.notices import LINKS, NOON, notice

TABLE = [
    (301, Reason.REDIRECTED, False),
    (400, Reason.REFUSED, False),
    (401, Reason.UNAUTHORIZED, False),
    (403, Reason.UNAUTHORIZED, False),
    (404, Reason.REFUSED, False),
    (408, Reason.TIMEOUT, True),
    (410, Reason.REFUSED, False),
    (413, Reason.REFUSED, False),
    (422, Reason.REFUSED, False),
    (425, Reason.TIMEOUT, True),
    (429, Reason.RATE_LIMITED, True),
    (500, Reason.SERVER, True),
    (502, Reason.SERVER, True),
    (503, Reason.SERVER, True),
    (504, Reason.SERVER, True),
]
KINDS = ["alertmanager", "apprise", "pagerduty", "slack", "ticket", "webhook"]
SAYS_WHEN = [kind for kind in KINDS if kind != "apprise"]  # Apprise gives no header back


def spec(kind: str, url: str) -> ChannelSpec:
    """Return a channel of this kind that talks to the provider."""
    more = {
        "alertmanager": {},
        "apprise": {},
        "pagerduty": {"key_env": "SECRET"},
        "slack": {"token_env": "SECRET", "channel": "C1"},
        "ticket": {"token_env": "SECRET", "template": "zendesk"},
        "webhook": {"secret_env": "SECRET"},
    }[kind]
    return ChannelSpec(kind, {"url_env": "URL"} if kind == "apprise" else {"url": url, **more})


@asynccontextmanager
async def channel(kind: str, url: str) -> AsyncIterator[Channel]:
    """Give a channel, built as the desk builds it."""
    environ = {"SECRET": "s" * 32, "URL": url.replace("http://", "json://")}
    channels = build([Receiver("team", (spec(kind, url),))], environ=environ, links=LINKS, now=lambda: NOON)
    try:
        yield channels.by_address["team", kind]
    finally:
        await channels.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_status_means_the_same_for_every_channel(kind: str) -> None:
    """What may pass is tried again, what stays wrong is not, and a redirect is never followed."""
    told = []
    async with Provider() as provider, channel(kind, provider.url) as one:
        for status, _, _ in TABLE:
            provider.next.append(Answer(status, headers={"Location": f"{provider.url}/elsewhere"}))
            outcome = await one.send(notice(), None)
            told.append((status, outcome.reason, outcome.retry) if isinstance(outcome, Failed) else outcome)
        assert told == TABLE
        assert len(provider.asked) == len(TABLE)


@pytest.mark.parametrize("kind", SAYS_WHEN)
@pytest.mark.parametrize("status", [429, 503])
async def test_the_wait_that_is_asked_for_is_passed_on(kind: str, status: int) -> None:
    """In seconds or as a date, which counts from the other side's own clock; nonsense is no wait."""
    date = {"Retry-After": "Sun, 22 Nov 2026 12:01:30 GMT", "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}
    past = {"Retry-After": "Sun, 22 Nov 2026 11:00:00 GMT", "Date": "Sun, 22 Nov 2026 12:00:00 GMT"}
    asked = [({"Retry-After": "17"}, 17.0), (date, 90.0), (past, 0.0), ({"Retry-After": "soon"}, 0.0), ({}, 0.0)]
    async with Provider() as provider, channel(kind, provider.url) as one:
        for headers, wait in asked:
            provider.next.append(Answer(status, headers=headers))
            outcome = await one.send(notice(), None)
            assert isinstance(outcome, Failed)
            assert outcome.retry_after_sec == wait


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_there_is_worth_another_try(kind: str, closed_port: int) -> None:
    """A connection that is refused may be accepted later."""
    async with channel(kind, f"http://127.0.0.1:{closed_port}") as one:
        assert await one.send(notice(), None) == Failed(Reason.UNREACHABLE, retry=True)


@pytest.mark.parametrize("kind", SAYS_WHEN)
async def test_an_answer_that_never_comes_is_a_timeout(
    kind: str, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that accepts and says nothing holds us for a bounded time."""
    monkeypatch.setattr(web_module, "WHOLE_SEC", 0.05)
    async with channel(kind, f"http://127.0.0.1:{silent_port}") as one:
        outcome = await one.send(notice(), None)
    assert outcome == Failed(Reason.TIMEOUT, retry=True)


async def test_an_endless_answer_is_not_read_to_its_end(web: Web, provider: Provider) -> None:
    """More than the bound is left unread, and nothing that cannot be read breaks us."""
    provider.next.append(Answer(200, b"[" * (4 * web_module.MOST_BYTES)))
    answer = await web.send("GET", provider.url)
    assert isinstance(answer, web_module.Answer)
    assert answer.body == b"[" * web_module.MOST_BYTES
    assert answer.json() is None


async def test_a_packed_answer_does_not_unfold(web: Web, provider: Provider) -> None:
    """We ask for plain bytes, and what comes packed nevertheless stays as it is."""
    packed = gzip.compress(b" " * 10_000_000)
    provider.next.append(Answer(200, packed, {"Content-Encoding": "gzip"}))
    answer = await web.send("GET", provider.url)
    assert isinstance(answer, web_module.Answer)
    assert answer.body == packed
    assert provider.asked[0].headers["accept-encoding"] == "identity"


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Give a port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
