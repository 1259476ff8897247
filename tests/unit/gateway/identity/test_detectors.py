"""What detectors find in texts, and what they leave."""

import pytest

from streams.gateway.identity import detectors
from streams.gateway.identity.effort import LOOKS, Effort


def cleaned(text: str, *, is_prose: bool = True) -> str:
    """Return a text as it may travel, from a shop in Spain."""
    if detectors.find_suspicious(text) is None:
        return text
    return detectors.clean(text, "ES", Effort(), is_prose=is_prose)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to ana.b+x@shop.example.", "write to [email]."),
        ("<Ana@Shop.Example>, 'bob@münchen.de'", "<[email]>, '[email]'"),
        ("/u/ana%40shop.example/edit?e=bob@shop.example", "/u/[email]/edit?e=[email]"),
        ("\uff21\uff2e\uff21\uff20\uff53\uff48\uff4f\uff50.example", "[email]"),
        ("react@18.2.0 failed", "react@18.2.0 failed"),
        ("@ana and ana@home", "@ana and ana@home"),
    ],
)
def test_addresses(text: str, expected: str) -> None:
    """Also in paths and full-width; a handle and a version are none."""
    assert cleaned(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("card 4111 1111 1111 1111 12/27", "card [card] 12/27"),
        ("4111-1111-1111-1111", "[card]"),
        ("5555555555554444 2223003122003222", "[card] [card]"),
        ("378282246310005, 6011111111111117, 3530111333300000", "[card], [card], [card]"),
        ("36227206271667 6200000000000005", "[card] [card]"),
        ("6759649826438453 4000000000000002002", "[card] [card]"),
        ("٤١١١١١١١١١١١١١١١", "[card]"),
        ("4111111111111112", "4111111111111112"),  # its check digit is wrong
        (
            "4006381333931 9400110200881234567890 356938035643809",
            "4006381333931 9400110200881234567890 356938035643809",
        ),
        ("1700000000000 1700000000000000", "1700000000000 1700000000000000"),
        ("pi_4111111111111111a", "pi_4111111111111111a"),
    ],
)
def test_payment_cards(text: str, expected: str) -> None:
    """The numbers that issuers give out for tests; bar codes, parcels, devices, instants and tokens are none."""
    assert cleaned(text, is_prose=False) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my IBAN ES91 2100 0418 4502 0005 1332 THANKS", "my IBAN [iban] THANKS"),
        ("gb82west12345698765432, DE89370400440532013000", "[iban], [iban]"),
        ("NO93 8601 1117 947 and FR14 2004 1010 0505 0001 3M02 606", "[iban] and [iban]"),
        ("ES91 2100 0418 4502 0005 1333", "ES91 2100 0418 4502 0005 1333"),
    ],
)
def test_bank_accounts(text: str, expected: str) -> None:
    """In groups or not, whatever follows; one with wrong check digits is none."""
    assert cleaned(text, is_prose=False) == expected


@pytest.mark.parametrize(
    ("text", "prose", "elsewhere"),
    [
        ("call 600 123 456 please", "call [phone] please", "call 600 123 456 please"),
        ("600123456", "[phone]", "600123456"),
        ("(91) 345-67-89", "[phone]", "(91) 345-67-89"),
        ("+34600123456 or +1 (212) 555-2368", "[phone] or [phone]", "[phone] or [phone]"),
        ("order 123456789", "order 123456789", "order 123456789"),
        ("on 10/03/2025 600123456", "on 10/03/2025 [phone]", "on 10/03/2025 600123456"),
        ("+34600112233 x2, +34 600 112 233 ext. 5", "[phone] x2, [phone] ext. 5", "[phone] x2, [phone] ext. 5"),
        ("+34 (600) 112-233 3pm", "[phone] 3pm", "[phone] 3pm"),
        ("600112233\u20ac", "600112233\u20ac", "600112233\u20ac"),
        ("2025-03-10 14:30, 2025-03-31T22:00:00Z", "2025-03-10 14:30, 2025-03-31T22:00:00Z", None),
        ("192.168.100.200 1.234.567,00", "192.168.100.200 1.234.567,00", None),
    ],
)
def test_phone_numbers(text: str, prose: str, elsewhere: str | None) -> None:
    """With a country code everywhere, as at home in prose alone; dates, sums and other numbers are none."""
    assert cleaned(text) == prose
    assert cleaned(text, is_prose=False) == (text if elsewhere is None else elsewhere)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("card 4111 1111 1111 1111 2nd floor", "card [card] 2nd floor"),
        ("4111111111111111 3pm", "[card] 3pm"),
        ("llama al 600112233 2h", "llama al [phone] 2h"),
        ("+34600112233 2nd", "[phone] 2nd"),
    ],
)
def test_a_digit_glued_to_a_letter_behind_a_number_hides_nothing_of_it(text: str, expected: str) -> None:
    """What stands beside a number makes it nobody else's."""
    assert cleaned(text) == expected


@pytest.mark.parametrize("unit", ["1 ", "1  ", "11 ", "(1) ", "+1a ", "1.1a/"])
def test_a_long_text_of_digits_is_looked_at_once(unit: str) -> None:
    """At 400 KB anything quadratic would take hours, and the limit of one test is minutes."""
    text = unit * (400_000 // len(unit)) + "1a"
    masked = cleaned(text)
    assert masked.endswith("1a")
    assert len(masked) <= len(text)


def test_all_kinds_in_one_text() -> None:
    """Nothing stands in the way of anything else."""
    text = "ana@x.es 600123456 4111111111111111 ES9121000418450200051332 +442079460958"
    assert cleaned(text) == "[email] [phone] [card] [iban] [phone]"


def test_the_same_object_where_nothing_was_found() -> None:
    """A suspicion alone copies nothing."""
    text = "order 1234567890123"
    assert detectors.clean(text, "ES", Effort(), is_prose=True) is text


@pytest.mark.parametrize(
    "unit", ["600123456 x ", "4111111111111111;", "aa11 bbbb cccc dddd!", "1 ", "+1 212 555 2368;"]
)
def test_running_out_of_effort_hides_and_never_shows(unit: str) -> None:
    """A text of nothing but numbers is cheap, and what nobody looked at is not shown."""
    effort = Effort()
    text = detectors.clean(unit * (4 * LOOKS * (1 + 64 // len(unit))), "ES", effort, is_prose=True)
    assert effort.left < 0
    assert not any(character.isdigit() for character in text[len(text) // 2 :])


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (4111111111111111, True),
        (4111111111111111.0, True),
        (411111111111111.1, False),
        (4111111111111112, False),
        (1e300, False),
        (7, False),
        (-4111111111111111, False),
    ],
)
def test_a_card_as_a_json_number(number: float, expected: bool) -> None:
    """Quotes make no difference to whose card it is."""
    assert detectors.is_card(number) is expected
