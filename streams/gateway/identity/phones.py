"""Phone numbers among digits."""

import re
from typing import Final

from phonenumbers import Leniency, PhoneNumberMatcher

from streams.gateway.identity.spelling import INTERNATIONAL

MARK: Final = "[phone]"

_MINUTES: Final = 3  # characters after a number that tell that it is a time of the day: `:30`
_SEPARATORS: Final = r"[.\-/]"
_DATE: Final = re.compile(
    rf"(?<![\d./-])(?:\d{{4}}({_SEPARATORS})\d\d?\1\d\d?|\d\d?({_SEPARATORS})\d\d?\2(?:\d{{4}}|\d\d))(?!{_SEPARATORS}?\d)"
)


def mask(text: str, start: int, end: int, region: str, *, is_prose: bool) -> str:
    """Return the part of a text with a mark for each number that exists in its country's plan.

    In prose a number may be written as at home in `region`; elsewhere only one with its country code is one, since an
    order or a parcel has as many digits.
    """
    region = region if is_prose else ""
    parts, at = [], start
    for date in _DATE.finditer(text, start, end):
        parts += [_masked(text, at, date.start(), region), date[0]]
        at = date.end()
    found = "".join([*parts, _masked(text, at, end, region)])
    # What looks like a date may be a part of the number: `+993 12 34-56-78`.
    return found if not parts or MARK in found else _masked(text, start, end, region)


def _masked(text: str, start: int, end: int, region: str) -> str:
    part = text[start:end]
    if not region and not any(sign in part for sign in INTERNATIONAL):
        return part
    # One character behind tells a sum of money. More could be an extension (`x2`), and what ends beyond is not masked.
    behind = end + (_MINUTES if text.startswith(":", end) else 1)
    parts, at = [], start
    for found in PhoneNumberMatcher(text[start:behind], region or None, Leniency.VALID):
        if start + found.end <= end:
            parts += [text[at : start + found.start], MARK]
            at = start + found.end
    return "".join([*parts, text[at:end]])
