"""Properties as our data."""

from typing import Any

import pytest

from streams.gateway.segment import properties


@pytest.mark.parametrize(
    ("type_", "sent", "expected"),
    [
        (
            "order.completed",
            {"order_id": "1", "revenue": "20.00", "total": 25, "currency": "eur", "coupon": "HELLO", "gift": True},
            {"amount": 25, "revenue": "20.00", "currency": "EUR", "coupon": "HELLO", "gift": True},
        ),
        ("checkout.step_completed", {"checkout_id": "c", "step": 2}, {"step": "2"}),
        ("product.searched", {"query": "boots", "results": 0}, {"query": "boots", "results": 0}),
        ("product.viewed", {"product_id": "p", "sku": "s"}, {"product_id": "p", "sku": "s"}),
        (
            "page.viewed",
            {"path": "/pay", "url": "https://shop.example/pay?t=1", "search": "?t=1", "referrer": "https://a.example/?q=me"},
            {"path": "/pay", "referrer": "https://a.example/"},
        ),
        ("product.viewed", {"url": "https://shop.example/shoe?utm=1"}, {"path": "/shoe"}),
        (
            "review.created",
            {"review_id": "r", "rating": "2", "review_body": "too small"},
            {"review": "r", "metric": "STARS", "scale_min": 1, "scale_max": 5, "best": "high", "score": 2,
             "text": "too small", "lang": "en-GB"},
        ),
        ("push.opened", {"campaign": {"name": "spring", "source": "push"}}, {"campaign": "spring"}),
        ("order.completed", {"total": "a lot", "currency": 7}, {"total": "a lot", "currency": 7}),
    ],
)  # fmt: skip
def test_fields_with_a_fixed_name_have_it(type_: str, sent: dict[str, Any], expected: dict[str, Any]) -> None:
    """Everything else stays as it is, but for queries of pages' addresses, which may hold anything."""
    before = dict(sent)
    assert properties.data_of(type_, sent, "en_GB") == expected
    assert sent == before


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"order_id": 7, "cart_id": "c"}, "order:7"),
        ({"conversation_id": "abc"}, "conversation:abc"),
        ({"order_id": "", "checkout_id": "c"}, "checkout:c"),
        ({"sku": "s"}, ""),
    ],
)
def test_the_business_object_is_the_subject(sent: dict[str, Any], expected: str) -> None:
    """The order before the cart it came from."""
    assert properties.subject_of(sent) == expected


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        ({"plan": "gold", "ltv": "1200.50", "locale": "es_ES", "address": {"country": "es"}, "name": "Ana"},
         {"tier": "gold", "lifetime_value": 1200.5, "language": "es-ES", "country": "ES"}),
        ({"tier": "gold", "plan": "b", "country": "Spain", "age": 40, "address": "x"}, {"tier": "gold"}),
        ({}, {}),
    ],
)  # fmt: skip
def test_only_traits_that_rules_know_travel(traits: dict[str, Any], expected: dict[str, Any]) -> None:
    """What else a company knows of a person stays behind."""
    assert properties.traits_of(traits) == expected
