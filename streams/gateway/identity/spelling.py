"""One spelling for each e-mail address, phone number and card, so that one person has one key.

Nothing here is cut or guessed that two people could differ in: `ana.b@` and `anab@` stay two addresses, as do `ana@`
and `ana+shop@`, since only some providers deliver them to one box.
"""

import unicodedata
from typing import Final

import idna
import phonenumbers

MAX_EMAIL_CHARS: Final = 254  # RFC 5321: a path of 256 octets with its angle brackets
MAX_LOCAL_CHARS: Final = 64  # RFC 5321, 4.5.3.1.1
MAX_PHONE_CHARS: Final = 64  # E.164 has 15 digits; the rest is how people write them, and extensions
MAX_CARD_CHARS: Final = 128
INTERNATIONAL: Final = ("+", "\uff0b")  # the sign before a country code, in both widths

_BETWEEN: Final = str.maketrans("", "", " \t\r\n-.")
_LOCAL: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.!#$%&'*+-/=?^_`{|}~")  # RFC 5321 without quotes


def email(text: str) -> str:
    """Return an address in its one spelling, empty where it is none.

    Lower case, no spaces around it, compatibility forms made plain (NFKC), a domain outside ASCII as it is in the DNS
    (IDNA 2008 after UTS 46). Letters outside ASCII before the @ stay (RFC 6531). A domain has at least one dot.
    """
    if len(text) > 2 * MAX_EMAIL_CHARS:
        return ""
    text = unicodedata.normalize("NFKC", text).strip().lower()
    local, at, domain = text.rpartition("@")
    if not at or not _is_local(local):
        return ""
    ascii_domain = _domain(domain.removesuffix("."))
    spelled = f"{local}@{ascii_domain}"
    return spelled if ascii_domain and len(spelled) <= MAX_EMAIL_CHARS else ""


def _is_local(text: str) -> bool:
    if not text or len(text) > MAX_LOCAL_CHARS or text[0] == "." or text[-1] == ".":
        return False
    return all(letter in _LOCAL or (letter > "\x7f" and letter.isprintable()) for letter in text)


def _domain(text: str) -> str:
    if "." not in text:
        return ""
    try:
        return idna.encode(text, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return ""


def phone(text: str, region: str = "") -> str:
    """Return a number in E.164, empty where it cannot be one; `region` is for numbers without a country code.

    Possible is enough: new ranges are given out before a library knows them. An extension is left out.
    """
    if len(text) > MAX_PHONE_CHARS:
        return ""
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def card(text: str) -> str:
    """Return a loyalty card in upper case without what is printed between its groups; empty where it is none."""
    if len(text) > MAX_CARD_CHARS:
        return ""
    return unicodedata.normalize("NFKC", text).translate(_BETWEEN).upper()
