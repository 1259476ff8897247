"""One spelling for each address, number and card."""

import pytest

from streams.gateway.identity import spelling


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ana@shop.example", "ana@shop.example"),
        ("  Ana.B@Shop.Example\n", "ana.b@shop.example"),
        ("ana@münchen.example", "ana@xn--mnchen-3ya.example"),
        ("ana@MÜNCHEN.example.", "ana@xn--mnchen-3ya.example"),
        ("ana@xn--mnchen-3ya.example", "ana@xn--mnchen-3ya.example"),
        ("ana\uff20shop.example", "ana@shop.example"),
        ("пётр@shop.example", "пётр@shop.example"),
    ],
)
def test_an_address_has_one_spelling(text: str, expected: str) -> None:
    """Case, space around it, full-width forms and the script of the domain make no difference."""
    assert spelling.email(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "ana", "@shop.example", "ana@", "ana@shop", "a b@shop.example", ".ana@shop.example", "ana.@shop.example",
        "ana@-shop.example", "ana@shop..example", "ana@bob@shop.example", f"{'a' * 65}@shop.example",
        f"ana@{'a' * 64}.example", f"ana@{'ab.' * 90}example", "\ud800@shop.example", "a" * 1_000_000 + "@shop.example",
    ],
)  # fmt: skip
def test_what_is_no_address_has_no_spelling(text: str) -> None:
    """Nothing is mended, and nothing raises."""
    assert spelling.email(text) == ""


def test_two_people_never_get_one_spelling() -> None:
    """Dots, tags and letters that some providers pass over stay, and so do domains that an older rule mixed up."""
    people = ["anab@shop.example", "ana.b@shop.example", "ana+b@shop.example", "ana@straße.de", "ana@strasse.de"]
    assert len({spelling.email(one) for one in people}) == len(people)


@pytest.mark.parametrize(
    "text", ["+34 600 123 456", "600123456", "0034 600-123-456", "(+34) 600.12.34.56", "+34600123456 ext. 5"]
)
def test_a_number_has_one_spelling(text: str) -> None:
    """E.164, however it was written, with or without the country code of the region."""
    assert spelling.phone(text, "ES") == "+34600123456"


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("", "ES"),
        ("hello", "ES"),
        ("12", "ES"),
        ("600123456", ""),
        ("600123456", "nowhere"),
        ("1" * 65, "ES"),
        ("+", ""),
    ],
)
def test_what_is_no_number_has_no_spelling(text: str, region: str) -> None:
    """Without a region only a number with its country code is one."""
    assert spelling.phone(text, region) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [("club 1234-5678", "CLUB12345678"), ("\uff11\uff12\uff13\uff14", "1234"), (" - ", ""), ("1" * 129, "")],
)
def test_a_card_has_one_spelling(text: str, expected: str) -> None:
    """What is printed between its groups is not part of it."""
    assert spelling.card(text) == expected
