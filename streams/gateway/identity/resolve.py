"""Which key a journey goes by, from all that a sender knows of a person.

The order is fixed and documented (`deploy/gateway/PRIVACY.md`): the sender's own customer id; else the loyalty card,
the e-mail address, the phone number, each in its one spelling and hashed; else the anonymous id. The first is the key
as it is, the last stands behind `anonymous_id:`, so that it never meets a customer's id.

The customer id comes first because it alone outlives a new address, a new number and a lost card. The card comes
before address and number because it is given to one person, while families share the other two; an address before a
number, because operators give numbers to somebody else sooner. The weaker keys of a touchpoint decide nothing by
themselves: only what says so (a sign-in) links them to the strongest.

Some senders call their customers by their address or number. Such an id is no pseudonym, so it becomes the key that the
same address or number gives elsewhere; one that only holds an address (`web:ana@shop.example`) is hashed as a whole.
"""

import re
from collections.abc import Sequence
from typing import Final

from msgspec.structs import astuple

from streams.gateway.candidate import Identity
from streams.gateway.identity import addresses, spelling
from streams.gateway.identity.hashing import Hasher

LOYALTY: Final = "loyalty_id"
EMAIL: Final = "email_sha256"
PHONE: Final = "phone_sha256"
ANONYMOUS: Final = "anonymous_id"
CUSTOMER: Final = "user_id"  # the namespace of keys that stand without one

# What people and programs write before the sign of a country code (RFC 3966), and which is no part of the number.
_before_sign: Final = re.compile(
    rf"[\s(]*+(?:tel:[\s(]*+)?+(?=[{''.join(spelling.INTERNATIONAL)}])", re.IGNORECASE
).match


def keys_of(identity: Identity, hasher: Hasher, region: str = "") -> Sequence[str]:
    """Return every journey key of a person, the strongest first and each once; empty where nobody is named.

    `region` is the country (ISO 3166) whose phone numbers may be written without their country code. A value that is
    no e-mail address or phone number gives no key.
    """
    keys: list[str] = []
    customer, anonymous, raw_email, raw_phone, raw_card = astuple(identity)  # one by one, compiled, costs thrice that
    if customer:
        keys.append(pseudonym(customer, CUSTOMER, hasher, region) or customer)
    if raw_card and (card := spelling.card(raw_card)):
        keys.append(hasher(LOYALTY, card))
    if raw_email and (email := spelling.email(raw_email)):
        keys.append(hasher(EMAIL, email))
    if raw_phone and (phone := spelling.phone(raw_phone, region)):
        keys.append(hasher(PHONE, phone))
    if anonymous:
        keys.append(pseudonym(anonymous, ANONYMOUS, hasher, region) or f"{ANONYMOUS}:{anonymous}")
    return list(dict.fromkeys(keys)) if len(keys) > 1 else keys


def namespace_of(key: str) -> str:
    """Return what kind of identity a key that `keys_of` made is of."""
    head, colon, _ = key.partition(":")
    return head if colon and head in {LOYALTY, EMAIL, PHONE, ANONYMOUS} else CUSTOMER


def pseudonym(text: str, namespace: str, hasher: Hasher, region: str = "") -> str:
    """Return the key of an id that is, or holds, an e-mail address or is a phone number; empty for any other id.

    A phone number is known by the sign before its country code: digits alone are an id, also behind `00`. `namespace`
    is that of an id that only holds an address.
    """
    if text.replace("-", "").isalnum():  # at a glance, as most are: there is no sign in it
        return ""
    before = _before_sign(text)
    if before and (phone := spelling.phone(text[before.end() :].rstrip(), region)):
        return hasher(PHONE, phone)
    if not addresses.are_in(text):
        return ""
    email = spelling.email(text)
    return hasher(EMAIL, email) if email else hasher(namespace, text)
