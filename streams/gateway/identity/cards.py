"""Payment cards among digits."""

import re
from typing import Final

from stdnum import luhn

MARK: Final = "[card]"
MAX_DIGITS: Final = 19

# What the first digits and the length say about who issued a card (ISO/IEC 7812). Luhn's check digit alone would take a
# tenth of all long numbers for cards: bar codes, parcels, devices. The old 13 digits of one issuer are left out: they
# are what a bar code looks like, and no card has them any more.
_ISSUED: Final = re.compile(
    r"(?=.{16}$|.{19}$)4[0-9]+"
    r"|(?=.{16}$)(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)[0-9]+"
    r"|(?=.{15}$)3[47][0-9]+"
    r"|(?=.{16}$)(?:6011|64[4-9]|65|35(?:2[89]|[3-8]))[0-9]+"
    r"|(?=.{14}$)(?:30[0-5]|309|36|38|39)[0-9]+"
    r"|(?=.{16,19}$)62[0-9]+"
    r"|(?=.{13,19}$)(?:5018|5020|5038|5893|6304|6759|676[1-3])[0-9]+"
)
_GROUP: Final = re.compile(r"\d+")
_SMALLEST: Final = 13


def is_card(digits: str) -> bool:
    """Return whether ASCII digits are a card's: an issuer's first ones, its length, and the right check digit."""
    return _ISSUED.fullmatch(digits) is not None and luhn.is_valid(digits)


def find(chunk: str) -> list[tuple[int, int]]:
    """Return where cards stand in digits and what separates them; a card begins and ends with a group.

    Two that overlap are one: which of them is the card, nobody can tell.
    """
    groups = [(at.start(), at.end()) for at in _GROUP.finditer(chunk)]
    found: list[tuple[int, int]] = []
    for first in range(len(groups)):
        last = _last_of_card(chunk, groups, first)
        if last is None:
            continue
        start, end = groups[first][0], groups[last][1]
        if found and start < found[-1][1]:
            start, end = found[-1][0], max(found[-1][1], end)
            found.pop()
        found.append((start, end))
    return found


def _last_of_card(chunk: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """Return the last group of the longest card that begins with a group."""
    digits, found = "", None
    for last in range(first, len(groups)):
        digits += _ascii(chunk[slice(*groups[last])])
        if len(digits) > MAX_DIGITS:
            break
        if len(digits) >= _SMALLEST and is_card(digits):
            found = last
    return found


def _ascii(digits: str) -> str:
    """Return digits of any script as ASCII."""
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)
