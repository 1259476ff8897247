"""One request over HTTP, and what its answer means: the same table for every provider."""

import asyncio
import logging
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
import msgspec

from streams.desk.notify.channel import Failed, Reason

MOST_BYTES: Final = 65_536  # of an answer; the rest is not read
CONNECT_SEC: Final = 5.0
WHOLE_SEC: Final = 15.0  # of one request, whatever trickles in
MOST_CONNECTIONS: Final = 32
_TALKATIVE: Final = ("httpx", "httpcore")  # below warnings they log addresses, which may hold a secret


class Answer(msgspec.Struct, frozen=True):
    """What came back with a status of 2xx."""

    status: int
    body: bytes

    def json(self) -> object:
        """Return the body as JSON, None where it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            return None


class Web:
    """Sends once: bounded in time and size, never following a redirect. One for all channels of a desk."""

    def __init__(self) -> None:
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(WHOLE_SEC, connect=CONNECT_SEC),
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS),
            follow_redirects=False,
            headers={"User-Agent": "touchpoint-desk", "Accept-Encoding": "identity"},
        )

    async def send(
        self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer | Failed:
        """Send one request with a body of JSON."""
        given = {"Content-Type": "application/json", **(headers or {})} if body else headers
        try:
            async with (
                asyncio.timeout(WHOLE_SEC),
                self._client.stream(method, url, content=body, headers=given) as response,
            ):
                failed = judge(response.status_code, response.headers)
                return failed or Answer(response.status_code, await _bounded(response))
        except (TimeoutError, httpx.TimeoutException):
            return Failed(Reason.TIMEOUT, retry=True)
        except httpx.RequestError:
            return Failed(Reason.UNREACHABLE, retry=True)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def _bounded(response: httpx.Response) -> bytes:
    """Return the beginning of a body as it came: what is packed could unfold to anything."""
    body = bytearray()
    async for chunk in response.aiter_raw(MOST_BYTES):
        body += chunk
        if len(body) >= MOST_BYTES:
            break
    return bytes(body[:MOST_BYTES])


def judge(status: int, headers: httpx.Headers | None = None) -> Failed | None:
    """Return what a status means, None for success."""
    if 200 <= status < 300:
        return None
    if status < 400:
        return Failed(Reason.REDIRECTED, retry=False)
    wait = _retry_after(headers) if headers else 0.0
    if status == 429:
        return Failed(Reason.RATE_LIMITED, retry=True, retry_after_sec=wait)
    if status >= 500:
        return Failed(Reason.SERVER, retry=True, retry_after_sec=wait)
    if status in {408, 425}:
        return Failed(Reason.TIMEOUT, retry=True, retry_after_sec=wait)
    return Failed(Reason.UNAUTHORIZED if status in {401, 403, 407} else Reason.REFUSED, retry=False)


def _retry_after(headers: httpx.Headers) -> float:
    """Return the seconds that the other side asks for; a date counts from the other side's own clock."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):  # no date, or one of them without a zone
        return 0.0
    return max(0.0, wait.total_seconds())
