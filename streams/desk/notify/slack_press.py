"""The Acknowledge button in Slack: what Slack sends when it is pressed, and whether it really was Slack."""

import hashlib
import hmac
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from streams.desk.notify.signing import Denied
from streams.desk.notify.slack import ACKNOWLEDGE

WINDOW_SEC: Final = 300
MOST_BYTES: Final = 262_144


class Press(msgspec.Struct, frozen=True):
    """Who pressed: `user` is Slack's id. `token` is the signed right that the message carried; read it by a Signer."""

    user: str
    token: str


def check(secret: str, timestamp: str, signature: str, body: bytes, now_sec: int) -> Denied | None:
    """Return why a request is not from Slack, None if it is. The texts are X-Slack-Request-Timestamp and -Signature."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12 or len(body) > MOST_BYTES:
        return Denied.MALFORMED
    expected = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    # Anybody could sign with an empty secret, so without one nothing is believed.
    if not secret or not hmac.compare_digest(f"v0={expected}".encode(), signature.encode()):
        return Denied.FORGED
    return Denied.EXPIRED if abs(now_sec - int(timestamp)) > WINDOW_SEC else None


def read(body: bytes) -> Press | None:
    """Return what was pressed; None if it was something else. Check the signature before."""
    try:
        payload: Any = msgspec.json.decode(parse_qs(body.decode())["payload"][0])
        user = payload["user"]["id"]
        pressed = next(action for action in payload["actions"] if action["action_id"] == ACKNOWLEDGE)
        return msgspec.convert({"user": user, "token": pressed["value"]}, Press)
    except (KeyError, IndexError, TypeError, StopIteration, ValueError):
        return None
