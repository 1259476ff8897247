"""What may be done to a value on its way from a provider's words into ours; a small closed set.

A step takes a value that is there and returns one, None for nothing, or UNFIT where it is not what the step is for.
"""

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from email.utils import parseaddr, parsedate_to_datetime
from html import unescape
from typing import Any, Final

from streams.codec.times import from_rfc3339, to_ms, to_rfc3339
from streams.gateway.providers.path import shown

MAX_TEXT_CHARS: Final = 8_000  # of what somebody wrote; the rest of a longer text is cut off
LAST_MS: Final = 253_402_300_799_999  # the end of the year 9999, after which RFC 3339 has no instants


class Unfit:
    """A value is not what a step is for."""


UNFIT: Final = Unfit()
Step = Callable[[Any], Any]
_LONGEST_LINE: Final = 998  # of a mail's header (RFC 5322); whatever is longer is no address and no date
_LARGEST: Final = 10**18  # of a number; no price, time or count comes near it, and sums of such stay finite
_ABSURD_SEC: Final = 100_000_000_000  # the year 5138
_DIGEST_CHARS: Final = 32
_PHONE_DIGITS: Final = 7
_TAG: Final = re.compile(r"<[^<>]{0,2000}>")
_BLANK: Final = re.compile(r"\s+")
_TRUE: Final = {"true", "1", "yes"}
_FALSE: Final = {"false", "0", "no"}


def number(value: Any) -> Any:
    """Return a number, also of text: `"19.90"`; none that is larger than anything real."""
    if isinstance(value, bool):
        return UNFIT
    if isinstance(value, str):
        try:
            value = float(value) if len(value) <= 40 else math.inf  # no figure is longer
        except ValueError:
            return UNFIT
        value = int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value if isinstance(value, int | float) and abs(value) <= _LARGEST else UNFIT


def whole(value: Any) -> Any:
    """Return a whole number."""
    value = number(value)
    return UNFIT if isinstance(value, Unfit) or value != int(value) else int(value)


def cents(value: Any) -> Any:
    """Return major units of what is given in hundredths."""
    value = number(value)
    return value if isinstance(value, Unfit) else value / 100


def total(value: Any) -> Any:
    """Return the sum of a list of numbers, to the hundredth."""
    if not isinstance(value, list):
        return UNFIT
    numbers = [number(item) for item in value]
    found = [item for item in numbers if not isinstance(item, Unfit)]
    return round(math.fsum(found), 2) if len(found) == len(numbers) else UNFIT


def count(value: Any) -> Any:
    """Return how many items a list has."""
    return len(value) if isinstance(value, list) else UNFIT


def boolean(value: Any) -> Any:
    """Return true or false, also of text and of 1 and 0."""
    word = shown(value).lower()
    return True if word in _TRUE else False if word in _FALSE else UNFIT


def text(value: Any) -> Any:
    """Return text, also of a number; cut at MAX_TEXT_CHARS."""
    return shown(value)[:MAX_TEXT_CHARS] or None if isinstance(value, str | int | float) else UNFIT


def plain(value: Any) -> Any:
    """Return the text of a piece of HTML."""
    if not isinstance(value, str):
        return UNFIT
    return _BLANK.sub(" ", unescape(_TAG.sub(" ", value[: 4 * MAX_TEXT_CHARS]))).strip()[:MAX_TEXT_CHARS] or None


def upper(value: Any) -> Any:
    """Return text in upper case."""
    return value.upper() if isinstance(value, str) else UNFIT


def lower(value: Any) -> Any:
    """Return text in lower case."""
    return value.lower() if isinstance(value, str) else UNFIT


def last(value: Any) -> Any:
    """Return what follows the last slash of a path-like name."""
    return value.rstrip("/").rpartition("/")[2] or None if isinstance(value, str) else UNFIT


def head(value: Any) -> Any:
    """Return what precedes the first dot."""
    return value.partition(".")[0] or None if isinstance(value, str) else UNFIT


def bare(value: Any) -> Any:
    """Return a mail's id without its angle brackets."""
    return value.strip().removeprefix("<").removesuffix(">") or None if isinstance(value, str) else UNFIT


def lang(value: Any) -> Any:
    """Return a language tag with hyphens: `pt_BR` is `pt-BR`."""
    return value.replace("_", "-") if isinstance(value, str) else UNFIT


def phone(value: Any) -> Any:
    """Return a number in E.164 that came without its plus or behind the name of a network (`whatsapp:+34...`)."""
    written = shown(value).rpartition(":")[2].strip()
    if sum(letter.isdigit() for letter in written) < _PHONE_DIGITS:
        return None  # `anonymous`, a short code, the name of a soft phone
    return written if written.startswith("+") else f"+{written}"


def address(value: Any) -> Any:
    """Return the e-mail address out of `Name <address>`."""
    if not isinstance(value, str) or len(value) > _LONGEST_LINE:
        return UNFIT
    return parseaddr(value)[1] or None


def unix(value: Any) -> Any:
    """Return ms of seconds since the epoch, whole or not."""
    value = number(value)
    return value if isinstance(value, Unfit) else _instant(value * 1000)


def ms(value: Any) -> Any:
    """Return ms since the epoch."""
    value = number(value)
    return value if isinstance(value, Unfit) else _instant(value)


def rfc3339(value: Any) -> Any:
    """Return ms of an RFC 3339 instant."""
    found = from_rfc3339(value) if isinstance(value, str) else None
    return UNFIT if found is None else found


def date(value: Any) -> Any:
    """Return ms of a time however it is written.

    RFC 3339; without an offset it is UTC; as mails have it; a figure is seconds, or ms where seconds would be absurd.
    """
    figure = number(value)
    if not isinstance(figure, Unfit):
        return unix(figure) if figure < _ABSURD_SEC else ms(figure)
    if not isinstance(value, str) or len(value) > _LONGEST_LINE:
        return UNFIT
    for written in (value, f"{value.strip().replace(' ', 'T')}Z"):
        if (found := from_rfc3339(written)) is not None:
            return found
    try:
        instant = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return UNFIT
    return to_ms(instant) if instant.tzinfo is not None else UNFIT


def digest(value: Any) -> Any:
    """Return what stands for a long random id that somebody could read a number or an address out of."""
    return hashlib.sha256(shown(value).encode("utf-8", "replace")).hexdigest()[:_DIGEST_CHARS]


def instant(value: Any) -> Any:
    """Return RFC 3339 of ms: what the fields of `data` that are times hold."""
    return to_rfc3339(value) if isinstance(value, int) and 0 <= value <= LAST_MS else UNFIT


def _instant(value: float) -> Any:
    return int(value) if 0 <= value <= LAST_MS else UNFIT


STEPS: Final[Mapping[str, Step]] = {
    "number": number,
    "whole": whole,
    "cents": cents,
    "sum": total,
    "count": count,
    "boolean": boolean,
    "text": text,
    "plain": plain,
    "upper": upper,
    "lower": lower,
    "last": last,
    "lang": lang,
    "phone": phone,
    "address": address,
    "unix": unix,
    "ms": ms,
    "rfc3339": rfc3339,
    "date": date,
    "digest": digest,
    "head": head,
    "bare": bare,
    "instant": instant,
}
