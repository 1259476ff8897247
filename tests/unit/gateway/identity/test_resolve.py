"""Which key a journey goes by."""

import pytest

from streams.gateway.candidate import Identity
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.resolve import keys_of, namespace_of

HASHER = Hasher(b"s" * 32)
EVERYTHING = Identity(
    customer="C-7", anonymous_id="b-1", email="Ana@Shop.example", phone="600 123 456", loyalty_card="club 12"
)
EMAIL = HASHER("email_sha256", "ana@shop.example")
PHONE = HASHER("phone_sha256", "+34600123456")


def test_the_strongest_key_comes_first() -> None:
    """Customer id, card, address, number, anonymous id: the order that the documentation promises."""
    card = HASHER("loyalty_id", "CLUB12")
    assert keys_of(EVERYTHING, HASHER, "ES") == ["C-7", card, EMAIL, PHONE, "anonymous_id:b-1"]


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (Identity(), []),
        (Identity(email="no address", phone="no number", loyalty_card=" - "), []),
        (Identity(phone="600 123 456"), []),
        (Identity(anonymous_id="b-1"), ["anonymous_id:b-1"]),
    ],
)
def test_only_what_names_a_person_is_a_key(identity: Identity, expected: list[str]) -> None:
    """A value that is none of what it should be gives no key, and here no region was said."""
    assert keys_of(identity, HASHER) == expected


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        ("ANA@shop.example ", EMAIL),
        ("+34 600 123 456", PHONE),
        (" +34600123456\t", PHONE),
        ("tel:+34-600-123-456", PHONE),
        ("TEL: \uff0b34600123456", PHONE),
        ("(+34) 600 123 456", PHONE),
        ("0034600123456", "0034600123456"),
        ("tel:600123456", "tel:600123456"),
        (" C-7", " C-7"),
        ("web:ana@shop.example", HASHER("user_id", "web:ana@shop.example")),
        ("600123456", "600123456"),
        ("@ana", "@ana"),
    ],
)
def test_a_customer_called_by_an_address_has_the_key_of_the_address(customer: str, expected: str) -> None:
    """Keys are no place for what is personal; digits alone are an id like any other."""
    assert keys_of(Identity(customer=customer), HASHER, "ES") == [expected]


def test_an_anonymous_id_that_is_an_address_is_hashed_too() -> None:
    """Some senders put there what they have."""
    assert keys_of(Identity(anonymous_id="ana@shop.example"), HASHER) == [EMAIL]


def test_one_person_said_twice_is_one_key() -> None:
    """A customer id that is the address beside it leaves nothing to link."""
    assert keys_of(Identity(customer="ana@shop.example", email="Ana@shop.example"), HASHER) == [EMAIL]


def test_each_key_tells_its_namespace() -> None:
    """Links name what kind of identity matched; a customer id stands without one, whatever is in it."""
    namespaces = [namespace_of(key) for key in keys_of(EVERYTHING, HASHER, "ES")]
    assert namespaces == ["user_id", "loyalty_id", "email_sha256", "phone_sha256", "anonymous_id"]
    assert [namespace_of(key) for key in ("crm:7", "", ":")] == ["user_id"] * 3
