"""Signed webhooks, as a receiver sees them."""

import hashlib
import hmac
import logging

import pytest

from streams.desk.notify.channel import Sent
from streams.desk.notify.notice import Count, Kind
from streams.desk.notify.signing import Denied
from streams.desk.notify.web import Web
from streams.desk.notify.webhook import DELIVERY, HEADER, WINDOW_SEC, Webhook, check, sign
from streams.telemetry.trace_context import TraceContext, current
from tests.contract.desk.notify.provider import Provider
from tests.unit.desk.notify.notices import LINK, NOON, notice

SHARED = "a secret that both sides know"
NOW = NOON // 1000


async def test_a_receiver_can_check_what_it_gets(provider: Provider, web: Web) -> None:
    """Header and body as they travelled are believed by the function that receivers use."""
    webhook = Webhook(provider.url + "/hook", SHARED, web, lambda: NOON)
    sent = await webhook.send(notice(counts={Count.CUSTOMERS: 3}), None)
    asked = provider.asked[0]
    assert isinstance(sent, Sent)
    assert (asked.method, asked.path, asked.headers["content-type"]) == ("POST", "/hook", "application/json")
    assert check(SHARED, asked.headers[HEADER.lower()], asked.raw, NOW) is None
    assert sent.receipt.ids == {"delivery": asked.headers[DELIVERY.lower()]}
    assert asked.body == {
        "version": 1,
        "dedup_key": notice().dedup_key,
        "revision": 1,
        "about": "case",
        "kind": "opened",
        "case_id": "0a",
        "number": 12,
        "severity": "critical",
        "moment": "FMOT",
        "title": {"en": "Payment keeps failing", "es": "El pago falla una y otra vez"},
        "text": "Critical: Payment keeps failing (Case 12, New)",
        "link": LINK,
        "at": NOON,
        "opened_at": NOON - 60_000,
        "counts": {"customers": 3},
        "receiver": "store-team",
        "instead_of": [],
    }


async def test_a_trace_goes_on_to_the_receiver(provider: Provider, web: Web) -> None:
    """Where the notice is in one; and the next one, which is in none, bears nothing of it."""
    webhook, one = Webhook(provider.url + "/hook", SHARED, web, lambda: NOON), TraceContext("1" * 32, "2" * 16)
    token = current.set(one)
    await webhook.send(notice(), None)
    current.reset(token)
    await webhook.send(notice(), None)
    assert [asked.headers.get("traceparent") for asked in provider.asked] == [one.traceparent, None]


async def test_an_address_with_a_secret_stays_out_of_the_log(
    provider: Provider, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    """However much is logged."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "aiohttp.access")  # of the server in this test
    await Webhook(provider.url + "/t0ken", SHARED, web, lambda: NOON).send(notice(), None)
    assert len(provider.asked) == 1
    assert "t0ken" not in caplog.text


def test_the_signature_is_the_documented_one() -> None:
    """HMAC-SHA256 over `timestamp.body`, computed here by hand."""
    by_hand = hmac.new(SHARED.encode(), b"1795348800.{}", hashlib.sha256).hexdigest()
    assert sign(SHARED, 1_795_348_800, b"{}") == f"t=1795348800,v1={by_hand}"


async def test_a_repeated_delivery_is_known_by_its_id(provider: Provider, web: Web) -> None:
    """The same notice has the same id and body, however much later it is sent; another notice has another one."""
    now = NOON
    webhook = Webhook(provider.url, SHARED, web, lambda: now)
    await webhook.send(notice(), None)
    now += 60_000
    await webhook.send(notice(), None)
    await webhook.send(notice(kind=Kind.RESOLVED, revision=2), None)
    ids = [asked.headers[DELIVERY.lower()] for asked in provider.asked]
    assert ids[0] == ids[1] != ids[2]
    assert provider.asked[0].raw == provider.asked[1].raw
    assert check(SHARED, provider.asked[1].headers[HEADER.lower()], provider.asked[1].raw, NOW + 60) is None


@pytest.mark.parametrize(
    ("header", "body", "now", "denied"),
    [
        (sign(SHARED, NOW, b"{}"), b"{ }", NOW, Denied.FORGED),
        (sign("another secret", NOW, b"{}"), b"{}", NOW, Denied.FORGED),
        (sign(SHARED, NOW, b"{}").replace(f"t={NOW}", f"t={NOW + 1}"), b"{}", NOW, Denied.FORGED),
        (sign(SHARED, NOW, b"{}"), b"{}", NOW + WINDOW_SEC + 1, Denied.EXPIRED),
        (sign(SHARED, NOW, b"{}"), b"{}", NOW - WINDOW_SEC - 1, Denied.EXPIRED),
        ("", b"{}", NOW, Denied.MALFORMED),
        (f"t={NOW}", b"{}", NOW, Denied.MALFORMED),
        (f"t={'9' * 5_000},v1=00", b"{}", NOW, Denied.MALFORMED),
        ("t=x,v1=00", b"{}", NOW, Denied.MALFORMED),
        (f"t={NOW},v1=é", b"{}", NOW, Denied.FORGED),
        (",".join([f"t={NOW}", *["v1=00"] * 9, sign(SHARED, NOW, b"{}").partition(",")[2]]), b"{}", NOW, Denied.FORGED),
    ],
)
def test_what_the_desk_did_not_send_now_is_denied(header: str, body: bytes, now: int, denied: Denied) -> None:
    """Another body, key or time, a replay, or nonsense."""
    assert check(SHARED, header, body, now) is denied


def test_without_a_secret_nothing_is_believed() -> None:
    """A receiver whose secret is not set refuses everything, also what is signed with nothing."""
    assert check("", sign("", NOW, b"{}"), b"{}", NOW) is Denied.FORGED


def test_a_replay_within_the_window_and_a_second_signature_are_believed() -> None:
    """Clocks may differ by the window, and while a secret is changed two signatures may be sent."""
    header = sign(SHARED, NOW, b"{}")
    assert check(SHARED, header, b"{}", NOW + WINDOW_SEC) is None
    both = f"{header},{sign('another secret', NOW, b'{}').partition(',')[2]}"
    assert check("another secret", both, b"{}", NOW - WINDOW_SEC) is None
