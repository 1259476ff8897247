"""Masks."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.desk.access.masks import mask_customer, mask_mail, mask_phone


@pytest.mark.parametrize(
    ("customer", "mask"),
    [
        ("cust-000129", "c***9"),
        ("12345", "1***5"),
        ("1234", "***"),
        ("", ""),
        ("  ", ""),
        ("anna.perez@example.com", "a***@***.com"),
        ("<script>", "***"),
        ("ñandú-de-oro", "***o"),
    ],
)
def test_customers(customer: str, mask: str) -> None:
    """First and last character, and nothing of a short one."""
    assert mask_customer(customer) == mask


@pytest.mark.parametrize(
    ("mail", "mask"),
    [
        ("anna@example.com", "a***@***.com"),
        ("a@b.es", "***@***.es"),
        ("no mail", "***"),
        ("x@localhost", "***@***"),
        ("anna@evil.perez", "a***@***.perez"),
        ('"a@b"@c.org', "***@***.org"),
        ("", ""),
    ],
)
def test_mails(mail: str, mask: str) -> None:
    """First character and top level."""
    assert mask_mail(mail) == mask


@pytest.mark.parametrize(
    ("phone", "mask"), [("+34 600 111 242", "***42"), ("600111242", "***42"), ("112", "***"), ("", ""), ("none", "***")]
)
def test_phones(phone: str, mask: str) -> None:
    """The last two digits."""
    assert mask_phone(phone) == mask


@given(st.text(max_size=60))
def test_a_mask_gives_away_no_more_than_it_says(text: str) -> None:
    """Whatever is behind it: two characters of a customer, one and a top level of a mail, two digits of a phone."""
    customer, mail, phone = mask_customer(text), mask_mail(text), mask_phone(text)
    if "@" not in text:
        assert re.fullmatch(r"(?:[A-Za-z0-9]?\*\*\*[A-Za-z0-9]?)?", customer)
    assert re.fullmatch(r"(?:[A-Za-z0-9]?\*\*\*(?:@\*\*\*(?:\.[a-z]{2,10})?)?)?", mail)
    assert re.fullmatch(r"(?:\*\*\*(?:[0-9]{2})?)?", phone)


@given(st.text(st.characters(categories=["L", "N"]), min_size=5, max_size=40))
def test_a_mask_does_not_tell_how_long_it_was(text: str) -> None:
    """Three stars for anything."""
    assert mask_customer(text).count("*") == 3
