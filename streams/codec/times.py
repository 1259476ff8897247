"""Instants as RFC 3339 on the outside, as milliseconds since the epoch inside."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def to_ms(instant: datetime) -> int:
    """Return an aware instant in ms since the epoch, cut, not rounded."""
    return (instant - _EPOCH) // _MILLISECOND


def from_rfc3339(text: str) -> int | None:
    """Return the instant that `text` names with any offset, or None when it is not RFC 3339 or has no offset."""
    try:
        instant = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return None
    return to_ms(instant) if instant.tzinfo is not None else None


def to_rfc3339(ms: int) -> str:
    """Return the instant in UTC with milliseconds and `Z`."""
    return f"{(_EPOCH + ms * _MILLISECOND).isoformat(timespec='milliseconds')[:-6]}Z"
