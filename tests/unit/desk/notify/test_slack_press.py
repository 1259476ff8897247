"""The Acknowledge button in Slack."""

import hashlib
import hmac
from urllib.parse import urlencode

import msgspec
import pytest

from streams.desk.notify.signing import Denied
from streams.desk.notify.slack import ACKNOWLEDGE
from streams.desk.notify.slack_press import MOST_BYTES, Press, check, read

SHARED = "8f742231b10e8888abcd99yyyzzz85a5"
# Slack's documentation has this request and signature as its worked example.
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
AT = 1_531_420_618
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def test_the_documented_example_is_believed() -> None:
    """The signature is the one that Slack itself computes."""
    assert check(SHARED, str(AT), SIGNATURE, BODY, AT + 300) is None


@pytest.mark.parametrize(
    ("at", "signature", "body", "now", "denied"),
    [
        (str(AT), SIGNATURE, BODY + b" ", AT, Denied.FORGED),
        (str(AT + 1), SIGNATURE, BODY, AT, Denied.FORGED),
        (str(AT), "v0=" + "0" * 64, BODY, AT, Denied.FORGED),
        (str(AT), "é", BODY, AT, Denied.FORGED),
        (str(AT), SIGNATURE, BODY, AT + 301, Denied.EXPIRED),
        (str(AT), SIGNATURE, BODY, AT - 301, Denied.EXPIRED),
        ("", SIGNATURE, BODY, AT, Denied.MALFORMED),
        ("-1", SIGNATURE, BODY, AT, Denied.MALFORMED),
        ("9" * 5_000, SIGNATURE, BODY, AT, Denied.MALFORMED),
        (str(AT), SIGNATURE, b"x" * (MOST_BYTES + 1), AT, Denied.MALFORMED),
    ],
)
def test_what_slack_did_not_send_now_is_denied(at: str, signature: str, body: bytes, now: int, denied: Denied) -> None:
    """Another body, another time, an old one, or nonsense."""
    assert check(SHARED, at, signature, body, now) is denied


def test_without_a_secret_nothing_is_believed() -> None:
    """A desk whose secret is not set refuses everything, also what is signed with nothing."""
    signature = "v0=" + hmac.new(b"", b"v0:1:{}", hashlib.sha256).hexdigest()
    assert check("", "1", signature, b"{}", 1) is Denied.FORGED


def pressed(payload: object) -> bytes:
    """Return the body of a request as Slack writes it."""
    return urlencode({"payload": msgspec.json.encode(payload).decode()}).encode()


def test_a_press_says_who_and_what() -> None:
    """The user is Slack's, the token is the one that the message carried."""
    payload = {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": ACKNOWLEDGE, "value": "t.m"}]}
    body = pressed(payload)
    at = "1795348800"
    signature = "v0=" + hmac.new(b"k", f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    assert check("k", at, signature, body, int(at)) is None
    assert read(body) == Press("U1", "t.m")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"payload=nonsense",
        pressed([]),
        pressed({"user": "U1", "actions": []}),
        pressed({"user": {"id": "U1"}, "actions": [{"action_id": "touchpoint_open"}]}),
        pressed({"user": {"id": 1}, "actions": [{"action_id": ACKNOWLEDGE, "value": "t"}]}),
    ],
)
def test_any_other_press_is_nothing(body: bytes) -> None:
    """The Open button, another app's action, or no payload at all."""
    assert read(body) is None
