"""What becomes of data before it reaches Kafka."""

import json
from pathlib import Path
from typing import Any

import pytest

from streams.codec.events import EventSchemas
from streams.gateway.candidate import Identity
from streams.gateway.identity.hashing import Hasher
from streams.gateway.identity.masks import MAX_DEPTH, Masks
from streams.gateway.identity.resolve import keys_of
from streams.settings import places
from streams.touchpoints.touchpoint import Touchpoint

HASHER = Hasher(b"s" * 32)
MASKS = Masks(HASHER, "ES")
ANA = HASHER("email_sha256", "ana@shop.example")


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("survey.answered", {"metric": "NPS", "score": 2, "text": "Nobody came, nobody answers", "lang": "en"}),
        (
            "order.completed",
            {"amount": 19.9, "items": [{"sku": "A-1", "quantity": 2}], "promised_at": "2025-03-31T22:00:00Z"},
        ),
        ("order.completed", {"items": 3, "gift": True, "note": None}),
        ("shipment.dispatched", {"tracking": "600123456", "carrier": "post"}),
        ("payment.failed", {"reason": "card_declined", "amount": 10, "attempts": [1, 2, "x", None]}),
        ("customer.updated", {"tier": "gold", "lifetime_value": 1200.5, "country": "ES", "language": "es"}),
        ("nobody.knows", {"a": {"b": {"c": ["d"]}}, "at": 1_700_000_000_000, "has_email": True, "phone": None}),
        ("nobody.knows", {}),
    ],
)
def test_what_is_not_personal_is_the_same_object(type_: str, data: dict[str, Any]) -> None:
    """Rules and agents keep what they need, and nothing is copied."""
    assert MASKS.apply(type_, data) is data


@pytest.mark.parametrize(
    ("type_", "data", "expected"),
    [
        (
            "message.received",
            {"text": "I am ana@shop.example, 600 123 456", "lang": "en"},
            {"text": "I am [email], [phone]", "lang": "en"},
        ),
        (
            "order.cancelled",
            {"reason": "call 600 123 456", "amount": 3},
            {"reason": "call [phone]", "amount": 3},
        ),
        ("page.viewed", {"path": "/u/ana@shop.example/600123456"}, {"path": "/u/[email]/600123456"}),
        ("contact.made", {"staff": "Ana@shop.example", "channel": "call"}, {"staff": ANA, "channel": "call"}),
        ("contact.made", {"staff": "4111111111111111"}, {"staff": "[card]"}),
        ("identity.linked", {"to": "ana@shop.example"}, {"to": ANA}),
        (
            "complaint.opened",
            {"text": "my illness", "category": "billing"},
            {"text": "[sensitive]", "category": "billing"},
        ),
        ("complaint.opened", {"text": ["my illness"], "category": "x"}, {"category": "x"}),
        (
            "order.completed",
            {"items": [{"sku": "A", "engraving": "for bob@shop.example"}, {"sku": "B"}]},
            {"items": [{"sku": "A", "engraving": "for [email]"}, {"sku": "B"}]},
        ),
        (
            "page.viewed",
            {"firstName": "Ana", "phone": 600123456, "address": {"street": "x"}, "n": 4111111111111111},
            {"firstName": "[personal]", "phone": "[phone]", "address": "[personal]", "n": "[card]"},
        ),
        ("page.viewed", {"ana@shop.example": 1, "x" * 129: "y"}, {"[email]": 1, "[personal]": "[personal]"}),
        (
            "page.viewed",
            {"seen": ["ok", ["bob@shop.example"], 4111111111111111]},
            {"seen": ["ok", ["[email]"], "[card]"]},
        ),
        ("page.viewed", {"seen": [1, 4111111111111111.0]}, {"seen": [1, "[card]"]}),
        ("page.viewed", {"n": 4111111111111111.0}, {"n": "[card]"}),
    ],
)
def test_what_is_personal_is_masked(type_: str, data: dict[str, Any], expected: dict[str, Any]) -> None:
    """By class, by name and by detector, at any depth, and what was given in stays as it was."""
    before = repr(data)
    assert MASKS.apply(type_, data) == expected
    assert repr(data) == before


@pytest.mark.parametrize(
    "customer",
    [
        "Ana@shop.example", "+34 600 123 456", "web:ana@shop.example", "//web/ana@shop.example", "c-7",
        "4111111111111111", "ES9121000418450200051332",
    ],
)  # fmt: skip
def test_a_link_leads_to_the_key_that_the_same_name_gives(customer: str) -> None:
    """Whoever links two customers by raw names meets the journey of the second, and never everybody's."""
    assert (
        MASKS.apply("identity.linked", {"to": customer})["to"] == keys_of(Identity(customer=customer), HASHER, "ES")[0]
    )


def test_without_a_hasher_a_name_that_is_an_address_is_removed() -> None:
    """A mark in its place would make one of all of them."""
    assert Masks().apply("contact.made", {"staff": "ana@shop.example", "channel": "call"}) == {"channel": "call"}
    assert Masks().apply("contact.made", {"staff": ["ana@shop.example", "eva-3"]}) == {"staff": ["eva-3"]}


def test_nothing_passes_where_nobody_looks() -> None:
    """Objects may lie in each other, but not without an end."""
    data: dict[str, Any] = {"mail": "ana@shop.example"}
    for _ in range(2 * MAX_DEPTH):
        data = {"deeper": data}
    assert "ana@" not in str(masked := MASKS.apply("page.viewed", data))
    assert "[nested]" in str(masked)


def test_no_name_is_kept_that_is_longer_than_names_are() -> None:
    """What is remembered of senders' own names has a bound."""
    masks = Masks(HASHER)
    for number in range(10):
        masks.apply("page.viewed", {f"{number}" * 1_000: 1})
    assert masks._is_plain.cache_info().currsize == 0  # type: ignore[attr-defined] # a cache, seen as what it caches


@pytest.mark.parametrize("path", sorted((places.SCHEMAS / "examples").glob("*.json")), ids=lambda path: path.stem)
def test_masking_makes_no_bad_data_of_good(path: Path) -> None:
    """Every shipped example stays what its schema asks for, and only sensitive texts change."""
    example = json.loads(path.read_text("utf-8"))
    masked = MASKS.apply(example["type"], example["data"])
    touchpoint = Touchpoint("1", "//shop", example["type"], 1_777_636_800_000, "c", "", json.dumps(masked).encode())
    assert EventSchemas().validate(touchpoint) == []
    changed = {name for name in masked if masked[name] is not example["data"][name]}
    assert changed == ({"text"} if example["type"] in {"complaint.opened", "complaint.reopened"} else set())
