"""Names of fields that speak for themselves."""

import pytest

from streams.gateway.identity import names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("email", "[email]"), ("customerEmail", "[email]"), ("E-Mail", "[email]"), ("email_address_2", "[email]"),
        ("phone", "[phone]"), ("billing.phone_number", "[phone]"), ("Tel\u00e9fono", "[phone]"), ("IBAN", "[iban]"),
        ("creditCardNumber", "[card]"), ("firstName", "[personal]"), ("LAST_NAME", "[personal]"),
        ("shipping_address", "[personal]"), ("addressLine1", "[personal]"), ("ipAddress", "[personal]"),
        ("dateOfBirth", "[personal]"), ("password", "[personal]"), ("direcci\u00f3n", "[personal]"),
        ("n" * 129, "[personal]"),
    ],
)  # fmt: skip
def test_a_telling_name_gives_the_mark_of_its_value(name: str, expected: str) -> None:
    """However its words are joined, in English and Spanish; a name that is longer than names are is not trusted."""
    assert names.mark_of(name) == expected


@pytest.mark.parametrize(
    "name",
    ["", "7", "name", "product_name", "email_count", "phone_model", "addressed", "mailing_list", "sku", "plan", "text"],
)
def test_other_names_tell_nothing(name: str) -> None:
    """The last words decide: what counts addresses, or names a product, holds nobody's."""
    assert names.mark_of(name) == ""
