"""Bank accounts (IBAN, ISO 13616) in a text."""

import re
from typing import Final

from stdnum import iban

from streams.gateway.identity.effort import Effort

MARK: Final = "[iban]"
MIN_CHARS: Final = 15  # Norway
_HEAD: Final = 4  # country and check digits

# Country and check digits, then letters and digits, in groups or not; how many, only the country says.
_CANDIDATE: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}+", re.ASCII)
_GAP: Final = re.compile(r"[ \u00a0-]")


def mask(text: str, effort: Effort) -> str:
    """Return the text with a mark in the place of each account number that its check digits confirm."""
    parts, shown, at = [], 0, 0
    while candidate := _CANDIDATE.search(text, at):
        size = _size(candidate[0]) if effort.spend() else len(candidate[0])
        at = candidate.start() + (size or _HEAD)
        if size:
            parts += [text[shown : candidate.start()], MARK]
            shown = at
    return "".join([*parts, text[shown:]])


def _size(candidate: str) -> int:
    """Return how long the account is that a candidate begins with; 0 where it does not."""
    for size in _sizes(candidate):
        if _is_checked(plain := _GAP.sub("", candidate[:size])) and iban.is_valid(plain):
            return size
    return 0


def _sizes(candidate: str) -> list[int]:
    """Return where an account may end in it: behind a letter or digit, long enough, the longest first."""
    ends, chars = [], 0
    for at, letter in enumerate(candidate, 1):
        if letter.isalnum():
            chars += 1
            if chars >= MIN_CHARS and not candidate[at : at + 1].isalnum():
                ends.append(at)
    return ends[::-1]


def _is_checked(plain: str) -> bool:
    """Return whether the check digits are right (ISO 7064, 97-10); the library then knows the country's own form."""
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
