"""Names of fields that speak for themselves: what stands in `email` or `shipping_address` is personal, whatever it is.

A name is read by its words (`shippingAddress`, `shipping-address` and `Shipping Address 2` are the same), in English
and Spanish, and counts by its last ones: `email_count` counts addresses and holds none. A bare `name` says nothing: it
is a product's as often as a person's.
"""

import re
import unicodedata
from typing import Final

from streams.gateway.identity import accounts, addresses, cards, phones

MARK: Final = "[personal]"
MAX_CHARS: Final = 128  # a longer name is no name

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_MARKS: Final = {
    addresses.MARK: "email, mail, email address, mail address, correo, correo electronico",
    phones.MARK: """phone, phone number, telephone, telephone number, tel, tel number, mobile, mobile number,
        mobile phone, cell, cell phone, fax, fax number, msisdn, whatsapp, whatsapp number, telefono, movil""",
    cards.MARK: "card number, credit card, debit card, cc number, card pan, pan, tarjeta, numero tarjeta",
    accounts.MARK: "iban, bank account, account number, bank account number, cuenta bancaria",
    MARK: """first name, firstname, last name, lastname, middle name, surname, forename, given name, family name,
        full name, fullname, display name, user name, username, customer name, client name, contact name, recipient,
        recipient name, billing name, shipping name, delivery name, sender name, agent name, staff name, author name,
        cardholder, card holder, holder name, card name, maiden name, nombre, apellido, apellidos, nombre completo,
        address, address line, addr, street, street address, street name, house number, postcode, post code,
        postal code, zip, zip code, direccion, calle, domicilio, codigo postal,
        birthday, birth date, birthdate, date of birth, dob, birth year, fecha nacimiento, gender, sex, nationality,
        religion, ip, ip address, ipv, remote addr, latitude, longitude, lat, lng, geolocation, coordinates,
        passport, passport number, ssn, social security number, national id, id number, tax id, vat number,
        driver license, driving licence, dni, nif, nie, curp, password, passwd, pwd, passphrase, pin, cvv, cvc,
        secret, access token, auth token, refresh token, session token, api key, authorization, cookie, signature,
        avatar, facebook, instagram, twitter, linkedin, salary, income""",
}
_KNOWN: Final = {
    tuple(name.split()): mark for mark, names in _MARKS.items() for name in " ".join(names.split()).split(", ")
}
_LONGEST: Final = max(map(len, _KNOWN))


def mark_of(name: str) -> str:
    """Return the mark that stands for the value of such a field; empty where the name says nothing."""
    if len(name) > MAX_CHARS:
        return MARK
    words = tuple(word.lower() for word in _WORD.findall(_unaccented(name)))
    for size in range(min(_LONGEST, len(words)), 0, -1):
        if mark := _KNOWN.get(words[-size:]):
            return mark
    return ""


def _unaccented(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
