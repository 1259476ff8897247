"""Whether a signed time is near enough to now: what is older may be a recording."""

from streams.codec.times import from_rfc3339

_MS_DIGITS = 12  # seconds have so many digits in the year 33658 only


def to_ms(text: str) -> int | None:
    """Return the time that a header says in seconds, ms or RFC 3339."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= 2 * _MS_DIGITS:
        return int(text) * (1 if len(text) >= _MS_DIGITS else 1000)
    return from_rfc3339(text)


def is_fresh(text: str, tolerance_ms: int, now: int) -> bool:
    """Whether the time is within the tolerance, before or after now."""
    at = to_ms(text)
    return at is not None and abs(now - at) <= tolerance_ms
