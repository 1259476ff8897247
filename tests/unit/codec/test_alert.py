"""Alerts as Avro and as JSON."""

import msgspec
import pytest

from streams.alerts.alert import Alert, AlertPromise, Evidence, Recent, Status
from streams.codec import frame
from streams.codec.alert import decode, encode, from_json, to_json
from streams.errors import CorruptError

NOW_MS = 1_777_636_800_000
ALERT = Alert(
    alert_id="a1",
    revision=2,
    status=Status.FIRING,
    rule="payment-failing",
    rule_version=1,
    moment="FMOT",
    severity="high",
    customer="ana",
    subject="cart:7",
    started_at=NOW_MS,
    ended_at=0,
    detected_at=NOW_MS + 12,
    title={"en": "Payment keeps failing", "es": "El pago falla una y otra vez"},
    advice={"en": "Offer another way to pay"},
    evidence=(Evidence("count payment.failed within 10m", 4.0, 3.0, ("t1", "t2")),),
    recent=(Recent(NOW_MS - 1, "payment.failed", "//shop/web", "t1", "cart:7"),),
    promises=(AlertPromise("delivery", "order:1", NOW_MS - 9, NOW_MS, "broken"),),
    tried=("call.initiated",),
    supersedes=("a0",),
)


def test_an_alert_survives_avro() -> None:
    """Whole, with all it holds."""
    assert decode(encode(ALERT)) == ALERT


def test_an_alert_survives_json() -> None:
    """The form of the API, of `alerts tail --json` and of `backtest --output`."""
    assert from_json(to_json(ALERT)) == ALERT


def test_json_has_instants_for_people_and_programs() -> None:
    """RFC 3339 in UTC with milliseconds; an episode that is still open has no end."""
    fields = msgspec.json.decode(to_json(ALERT))
    assert [fields["started_at"], fields["ended_at"], fields["detected_at"]] == [
        "2026-05-01T12:00:00.000Z",
        None,
        "2026-05-01T12:00:00.012Z",
    ]
    assert fields["promises"][0]["due"] == "2026-05-01T12:00:00.000Z"
    assert fields["recent"][0]["time"] == "2026-05-01T11:59:59.999Z"


def test_json_is_one_line_and_the_same_each_time() -> None:
    """So that files of alerts can be compared."""
    assert to_json(ALERT) == to_json(decode(encode(ALERT)))
    assert b"\n" not in to_json(ALERT)


@pytest.mark.parametrize(
    "value",
    [b"", b"text", frame.prefix(7) + b"x", encode(ALERT)[:-1], encode(ALERT) + b"x"],
    ids=["empty", "text", "unknown schema", "cut", "left over"],
)
def test_bytes_that_are_no_alert_are_corrupt(value: bytes) -> None:
    """Nobody but us writes alerts: this is an error, not a value."""
    with pytest.raises(CorruptError):
        decode(value)


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", to_json(ALERT).replace(b"firing", b"burning"), b"\xff"])
def test_a_line_that_is_no_alert_is_corrupt(line: bytes) -> None:
    """Such as one of another version."""
    with pytest.raises(CorruptError):
        from_json(line)
