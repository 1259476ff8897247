"""Signed webhooks: a small JSON document that only we could have sent, and only just now."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

import msgspec

from streams.desk.notify import texts
from streams.desk.notify.channel import Failed, Receipt, Sent
from streams.desk.notify.notice import Notice, delivery_id
from streams.desk.notify.options import Options
from streams.desk.notify.signing import Denied
from streams.desk.notify.web import Web
from streams.telemetry.trace_context import current

HEADER: Final = "X-Touchpoint-Signature"
DELIVERY: Final = "X-Touchpoint-Delivery"
WINDOW_SEC: Final = 300
_MOST_SIGNATURES: Final = 4  # that are looked at in one header

_to_bytes: Final = msgspec.json.Encoder(order="sorted").encode


class Webhook:
    """Posts a notice to an address of the user's own; `now` is in ms."""

    def __init__(self, url: str, secret: str, web: Web, now: Callable[[], int]) -> None:
        self._url = url
        self._secret = secret
        self._web = web
        self._now = now

    async def send(self, notice: Notice, earlier: Receipt | None) -> Sent | Failed:
        """Post it. The delivery's id stays the same when it is sent again, so that receivers can drop the second."""
        body, delivery = _to_bytes(document(notice)), delivery_id(notice)
        headers = {HEADER: sign(self._secret, self._now() // 1000, body), DELIVERY: delivery}
        if (context := current.get()) is not None:
            headers |= {name: value.decode() for name, value in context.headers()}
        answer = await self._web.send("POST", self._url, body, headers)
        return answer if isinstance(answer, Failed) else Sent(Receipt({"delivery": delivery}))

    async def close(self) -> None:
        """Own nothing."""


def document(notice: Notice) -> dict[str, Any]:
    """Return what is posted; fields are added, never changed in meaning without a new version."""
    return {
        "version": 1,
        "dedup_key": notice.dedup_key,
        "revision": notice.revision,
        "about": notice.about,
        "kind": notice.kind,
        "case_id": notice.case_id,
        "number": notice.number,
        "severity": notice.severity,
        "moment": notice.moment,
        "title": notice.title,
        "text": texts.headline(notice),
        "link": notice.link,
        "at": notice.at,
        "opened_at": notice.opened_at,
        "counts": notice.counts,
        "receiver": notice.receiver,
        "instead_of": notice.instead_of,
    }


def sign(secret: str, at_sec: int, body: bytes) -> str:
    """Return the header for a body that is sent now: `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`."""
    return f"t={at_sec},v1={_mac(secret, str(at_sec), body)}"


def check(secret: str, header: str, body: bytes, now_sec: int) -> Denied | None:
    """Return why a request is not from the desk, None if it is. For receivers; `header` is X-Touchpoint-Signature."""
    parts = [part.partition("=") for part in header.split(",")][: _MOST_SIGNATURES + 1]
    at = next((value for name, _, value in parts if name.strip() == "t"), "")
    given = [value for name, _, value in parts if name.strip() == "v1"]
    if not at.isascii() or not at.isdigit() or len(at) > 12 or not given:
        return Denied.MALFORMED
    expected = _mac(secret, at, body).encode()
    # Anybody could sign with an empty secret, so without one nothing is believed.
    if not secret or not any([hmac.compare_digest(expected, each.encode()) for each in given]):  # noqa: C419 # looks at each, so that time tells nothing
        return Denied.FORGED
    return Denied.EXPIRED if abs(now_sec - int(at)) > WINDOW_SEC else None


def _mac(secret: str, at: str, body: bytes) -> str:
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def build(options: Options, web: Web, now: Callable[[], int]) -> Webhook:
    """Return the channel: `url`, `secret_env`."""
    return Webhook(options.url("url"), options.secret("secret"), web, now)
