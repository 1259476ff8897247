"""Keys and masks, whatever people write."""

import os
import string

import msgspec
import phonenumbers
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stdnum import luhn

from streams.gateway.candidate import Identity
from streams.gateway.identity import detectors, spelling
from streams.gateway.identity.effort import Effort
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import Masks
from streams.gateway.identity.resolve import keys_of

calm = settings(
    deadline=None,  # a busy machine is no failure
    max_examples=2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 100,
)
HASHER = Hasher(b"s" * 32)
MASKS = Masks(HASHER, "ES")
TYPES = ("message.received", "page.viewed", "order.completed", "contact.made", "nobody.knows")
FIELDS = ("text", "path", "staff", "items", "reason", "note", "a", "\u00e9")

words = st.text(string.ascii_letters + "\u00e9\u00f1 ,.!?", max_size=30)
locals_ = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9_+.-]{0,20}[a-zA-Z0-9])?", fullmatch=True)
domains = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,10}[a-zA-Z0-9])?(\.[a-z]{2,8}){1,2}", fullmatch=True)
addresses = st.builds("{}@{}".format, locals_, domains).filter(lambda text: spelling.email(text) != "")
cards = st.from_regex(r"4[0-9]{14}|5[1-5][0-9]{13}", fullmatch=True).map(
    lambda digits: digits + luhn.calc_check_digit(digits)
)
phones = st.sampled_from(
    [
        phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        if (example := phonenumbers.example_number(region)) is not None
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 60), 1 << 60) | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)
objects = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=12), json_values, max_size=5)


@given(locals_, domains, st.sampled_from([str.upper, str.lower, str.title]), st.sampled_from(["", " ", "\t\n"]))
@calm
def test_an_address_has_one_key_however_it_is_written(local: str, domain: str, case: object, space: str) -> None:
    """And its spelling is its own spelling."""
    spelled = spelling.email(f"{local}@{domain}")
    assume(spelled)
    assert callable(case)
    assert spelling.email(space + case(f"{local}@{domain}") + space) == spelled
    assert spelling.email(spelled) == spelled


@given(phones)
@calm
def test_a_number_has_one_key_however_it_is_written(text: str) -> None:
    """In every country's own plan, and its spelling is its own spelling."""
    spelled = spelling.phone(text)
    assert spelled.startswith("+")
    assert {spelling.phone(text.replace(" ", sign)) for sign in ("", "-", ".")} == {spelled}
    assert spelling.phone(spelled) == spelled


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
@calm
def test_any_text_is_a_person_or_nobody(customer: str, anonymous: str, email: str, phone: str, card: str) -> None:
    """Nothing raises, each key is there once, and none is raw but for two kinds of pseudonyms."""
    identity = Identity(customer=customer, anonymous_id=anonymous, email=email, phone=phone, loyalty_card=card)
    keys = keys_of(identity, HASHER, "ES")
    assert len(set(keys)) == len(keys)
    assert all(keys)
    assert bool(customer or anonymous) <= bool(keys)


@given(words, st.sampled_from([" ", ": ", "\n", "(", "<"]), st.one_of(addresses, cards, phones), words)
@calm
def test_no_address_card_or_number_passes_in_prose(before: str, sign: str, personal: str, after: str) -> None:
    """Whatever stands around it; words beside it stay."""
    text = f"{before}{sign}{personal} {after}"
    masked = MASKS.apply("message.received", {"text": text})["text"]
    assert personal not in masked
    assert masked.startswith(before)
    assert masked.endswith(f" {after}")


@given(st.sampled_from(TYPES), objects)
@calm
def test_data_stays_json_and_what_is_left_is_clean(type_: str, data: dict[str, object]) -> None:
    """Masking raises on nothing, leaves what it was given, and finds nothing the second time."""
    before = msgspec.json.encode(data)
    masked = MASKS.apply(type_, data)
    assert msgspec.json.encode(data) == before
    assert MASKS.apply(type_, masked) == masked
    if masked == data:
        assert masked is data


@given(st.text(string.digits + "+-. /()@%aZ\u0664\uff14", max_size=60), st.booleans())
@calm
def test_nothing_is_found_where_nothing_is_suspected(text: str, is_prose: bool) -> None:
    """The glance that most texts get never misses what a closer look would find."""
    if detectors.find_suspicious(text) is None:
        assert detectors.clean(text, "ES", Effort(), is_prose=is_prose) is text
