"""When a call happened, after Segment's spec, whatever the sender's clock says."""

from collections.abc import Mapping
from typing import Any, Final

from streams.codec.times import from_rfc3339
from streams.gateway.outcome import Refused, Why

SKEW_MS: Final = 60_000  # less is the way here, and correcting it would only add the network's jitter


def happened_at(message: Mapping[str, Any], sent_at: Any, received_at: int | None) -> int | Refused | None:
    """Return event time in ms; None where the call does not say, and so now.

    `sent_at` is by the same clock as the call's `timestamp`; where it is further from the time of receipt than a
    request takes, that clock is wrong and the difference is taken off.
    """
    name = "originalTimestamp" if message.get("timestamp") is None else "timestamp"
    said = message.get(name)
    if said is None:
        return None
    at = _read(said)
    if at is None:
        return Refused(Why.BAD_TIME, f"/{name}", "is no RFC 3339 instant with an offset")
    sent = _read(sent_at)
    if received_at is None or sent is None or abs(received_at - sent) < SKEW_MS:
        return at
    return received_at - (sent - at)


def _read(value: Any) -> int | None:
    return from_rfc3339(value) if isinstance(value, str) else None
