"""Single values as people send them."""

from collections.abc import Callable
from typing import Any

import pytest

from streams.gateway.segment import values


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (values.text, "x", "x"), (values.text, 7, "7"), (values.text, "", None), (values.text, True, None),
        (values.number, 19.9, 19.9), (values.number, " 25.00", 25.0), (values.number, "-3", -3),
        (values.number, "1,000", None), (values.number, True, None), (values.number, 1e300, None),
        (values.currency, "eur", "EUR"), (values.currency, "euro", None), (values.currency, 7, None),
        (values.country, "es", "ES"), (values.country, "Spain", None),
        (values.language, "en_GB", "en-GB"), (values.language, "klingon?", None),
        (values.path, "https://shop.example/pay?card=1#top", "/pay"), (values.path, "/pay", "/pay"),
        (values.path, "https://shop.example?x", "/"), (values.path, "//shop.example/a", "/a"), (values.path, "", None),
        (values.path, "http://[::1/a?b", "/a"), (values.path, {}, None),
        (values.campaign, {"name": "spring"}, "spring"), (values.campaign, "spring", "spring"),
        (values.items, [{"product_id": 7, "quantity": "2", "price": 5, "name": "Shoe"}, "B-1"],
         [{"name": "Shoe", "sku": "7", "quantity": 2, "amount": 10}, {"sku": "B-1"}]),
        (values.items, [{"sku": "A", "product_id": "7"}, {"price": "x"}], [{"sku": "A"}, {}]),
        (values.items, "A", None),
    ],
)  # fmt: skip
def test_a_value_is_read_or_left(read: Callable[[Any], Any], value: Any, expected: Any) -> None:
    """What cannot be read is None, and so stays as it was sent."""
    assert read(value) == expected
