"""An alert at a terminal."""

import click
import msgspec

from streams.alerts.alert import Alert, Evidence, Status
from streams.cli.alert_lines import lines, mask, text

ALERT = Alert(
    "a1", 1, Status.FIRING, "payment-failing", 1, "FMOT", "high", "customer-4711", "cart:7", 1_777_636_800_000, 0, 0,
    {"en": "Payment keeps failing", "es": "El pago falla una y otra vez"}, {"en": "Offer another way to pay"},
    (Evidence("count payment.failed within 10m", 4.0, 3.0, ("t1", "t2")), Evidence("no order.completed", 0.0, 0.0)),
)  # fmt: skip


def test_an_alert_reads_as_a_headline_with_its_evidence() -> None:
    """The moment as acronym and words, the customer masked."""
    headline = "high     firing    FMOT (choosing and buying): Payment keeps failing  [cu…11 cart:7]"
    assert [click.unstyle(line) for line in lines(ALERT)] == [
        f"2026-05-01T12:00:00.000Z  {headline}",
        "    count payment.failed within 10m: 4 (threshold 3), 2 touchpoints",
        "    no order.completed: 0",
        "    → Offer another way to pay",
    ]


def test_a_language_may_be_missing() -> None:
    """Then English is better than nothing, and anything better than silence."""
    assert [text({"es": "a", "en": "b"}, "es"), text({"en": "b"}, "es"), text({"fr": "c"}, "es"), text({}, "es")] == [
        "a",
        "b",
        "c",
        "",
    ]


def test_a_customer_is_masked_whatever_its_length() -> None:
    """A short id would else be shown whole."""
    assert [mask("customer-4711"), mask("ana"), mask("")] == ["cu…11", "a…", "…"]


def test_a_shadow_alert_says_so() -> None:
    """Nobody should act on it."""
    headline = next(lines(msgspec.structs.replace(ALERT, mode="shadow")))
    assert "(shadow)" in click.unstyle(headline)
