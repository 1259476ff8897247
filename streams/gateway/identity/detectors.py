"""What a stranger could be found by, in any text: e-mail addresses, bank accounts, payment cards, phone numbers.

Each is replaced by a mark that says what stood there. What proves itself is hidden wherever it stands: an address by
its shape, an account by its check digits, a card by its issuer and check digit, a phone number by its country code. A
phone number as people write it at home looks like an order's or a parcel's, so it is looked for in prose alone.
"""

import re
from typing import Final

from streams.gateway.identity import accounts, addresses, cards, phones
from streams.gateway.identity.effort import Effort

NUMBER: Final = "[number]"  # digits that nobody looked at any more: effort has run out

_CHARS_A_LOOK: Final = 64
SMALLEST_CARD: Final = 10**12  # as a number; no card has fewer digits
ABOVE_CARDS: Final = 10**cards.MAX_DIGITS
# An @, or seven digits (Latin, Arabic, Persian, Devanagari, full-width) that little stands between: no detector finds
# anything where there is neither. Both begin with one set of characters, which the engine scans for without more.
_SUSPICIOUS: Final = re.compile(
    r"[@\uff20%0-9\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19]"
    r"(?:(?<=[@\uff20])|(?<=%)40|(?:\D{0,3}\d){6})"
)
# Groups of digits up to the first that a letter is glued to (`2nd`, `3pm`), which ends a run and does not spoil it. No
# group is tried twice, so this is linear in the length of the text; how many digits a run has, `_digits` counts.
_DIGITS: Final = re.compile(r"(?<!\w)[+\uff0b(]{0,2}+\d++(?!\w)(?:[\s.\-\u2010-\u2015/()]{1,2}+\d++(?!\w))*+")
_FEWEST: Final = 7  # digits of a number worth a look

find_suspicious: Final = _SUSPICIOUS.search  # None is certain, and most texts give it


def clean(text: str, region: str, effort: Effort, *, is_prose: bool) -> str:
    """Return the text with a mark in the place of each finding; `is_prose` as in `phones.mask`.

    The same object where nothing was found.
    """
    cleaned = accounts.mask(addresses.mask(text), effort)
    cleaned = _DIGITS.sub(lambda found: _digits(found, region, effort, is_prose=is_prose), cleaned)
    return text if cleaned == text else cleaned


def is_card(number: float) -> bool:
    """Return whether a JSON number is a payment card's; `4111111111111111.0` is one as well."""
    return SMALLEST_CARD <= number < ABOVE_CARDS and number == int(number) and cards.is_card(str(int(number)))


def _digits(found: re.Match[str], region: str, effort: Effort, *, is_prose: bool) -> str:
    """Return a run of digits without the cards and the phone numbers in it."""
    text, at = found.string, found.start()
    if sum(map(str.isdecimal, found[0])) < _FEWEST:
        return found[0]
    if not effort.spend(1 + len(found[0]) // _CHARS_A_LOOK):
        return NUMBER
    parts = []
    for start, end in cards.find(found[0]):
        parts += [phones.mask(text, at, found.start() + start, region, is_prose=is_prose), cards.MARK]
        at = found.start() + end
    return "".join([*parts, phones.mask(text, at, found.end(), region, is_prose=is_prose)])
