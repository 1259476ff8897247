"""Masks: enough of a customer to tell two apart on a screen, too little to know who it is.

A mask has the same length whatever is behind it. What it gives away at most: two characters of a customer, the first
character of a mail address and the top level of its domain, the last two digits of a phone number.
"""

import re
from typing import Final

HIDDEN: Final = "***"
_LONG_ENOUGH: Final = 5  # of fewer characters two would be most of it
_DIGITS_ENOUGH: Final = 7
_TOP_LEVEL: Final = re.compile(r"\.([a-z]{2,10})\Z", re.IGNORECASE)
_PLAIN: Final = re.compile(r"[A-Za-z0-9]\Z")


def mask_customer(text: str) -> str:
    """Return `c***9` for `cust-000129`; `***` where so much would give away most of it. Empty stays empty.

    What looks like a mail address is masked as one.
    """
    text = text.strip()
    if "@" in text:
        return mask_mail(text)
    if len(text) < _LONG_ENOUGH:
        return HIDDEN if text else ""
    return f"{_plain(text[0])}{HIDDEN}{_plain(text[-1])}"


def mask_mail(text: str) -> str:
    """Return `a***@***.com` for `anna@example.com`. Empty stays empty."""
    name, at, domain = text.strip().rpartition("@")
    if not at:
        return HIDDEN if text.strip() else ""
    top = _TOP_LEVEL.search(domain)
    head = _plain(name[0]) if len(name) > 1 else ""
    return f"{head}{HIDDEN}@{HIDDEN}{'.' + top[1].lower() if top else ''}"


def mask_phone(text: str) -> str:
    """Return `***42` for `+34 600 111 242`; `***` where there are too few digits. Empty stays empty."""
    digits = [character for character in text if character.isascii() and character.isdigit()]
    if len(digits) < _DIGITS_ENOUGH:
        return HIDDEN if text.strip() else ""
    return HIDDEN + "".join(digits[-2:])


def _plain(character: str) -> str:
    """Keep a letter or digit; a sign would only be in the way, and might mean something to what shows it."""
    return character if _PLAIN.match(character) else ""
