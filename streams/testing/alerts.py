"""Alerts for tests, in a line each."""

from typing import Any

import msgspec

from streams.alerts.alert import Alert, Status

START_MS = 1_767_603_600_000  # 2026-01-05T09:00:00Z


def alert(alert_id: str = "a1", revision: int = 1, status: Status = Status.FIRING, **fields: Any) -> Alert:
    """Return an alert; what is not given is that of customer-1's failed payments."""
    base = Alert(
        alert_id=alert_id,
        revision=revision,
        status=status,
        rule="payment-failing",
        rule_version=1,
        moment="FMOT",
        severity="high",
        customer="customer-1",
        subject="",
        started_at=START_MS,
        ended_at=START_MS + 60_000 if status not in (Status.FIRING, Status.WATCHING) else 0,
        detected_at=START_MS + 1_000,
        title={"en": "Payment keeps failing", "es": "El pago falla"},
        advice={"en": "Offer another way to pay.", "es": "Ofrecer otra forma de pago."},
    )
    return msgspec.structs.replace(base, **fields)
