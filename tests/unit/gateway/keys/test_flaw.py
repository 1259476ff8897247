"""What a key may not be."""

from typing import Any

import pytest

from streams.gateway.keys.flaw import Flaw, UnfitError, check, is_origin
from streams.gateway.keys.key import Key, Kind


@pytest.mark.parametrize(
    ("fields", "flaw", "message"),
    [
        ({"source": ""}, Flaw.SOURCE, "source"),
        ({"source": "my shop"}, Flaw.SOURCE, "source"),
        ({"source": "shop/"}, Flaw.SOURCE, "source"),
        ({"source": "s" * 257}, Flaw.SOURCE, "source"),
        ({"types": ("payment",)}, Flaw.TYPES, "a type is none"),
        ({"types": ("*",)}, Flaw.TYPES, "a type is none"),
        ({"types": ("page.viewed",) * 2}, Flaw.TYPES, "twice"),
        ({"types": tuple(f"a{n}.b" for n in range(101))}, Flaw.TYPES, "more than 100"),
        ({"origins": ("https://shop.example",)}, Flaw.ORIGINS, "origins are for browser keys"),
        ({"kind": Kind.BROWSER, "origins": ("https://shop.example",)}, Flaw.TYPES, "which types"),
        ({"kind": Kind.BROWSER, "types": ("page.*",)}, Flaw.ORIGINS, "from which pages"),
        ({"kind": Kind.WEBHOOK}, Flaw.PROVIDER, "whose webhooks"),
        ({"kind": Kind.WEBHOOK, "provider": "Send Grid"}, Flaw.PROVIDER, "whose webhooks"),
        ({"provider": "sendgrid"}, Flaw.PROVIDER, "for webhook keys"),
        ({"rate": 0.0}, Flaw.RATE, "rate"),
        ({"rate": float("nan")}, Flaw.RATE, "rate"),
        ({"burst": 0}, Flaw.RATE, "burst"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(fields: dict[str, Any], flaw: Flaw, message: str) -> None:
    """A key that opens nothing, or more than was meant, is never made."""
    with pytest.raises(UnfitError, match=message) as error:
        check(Key(**({"id": "", "source": "shop"} | fields)))
    assert error.value.flaw is flaw
    assert error.value.remedy


@pytest.mark.parametrize(
    "origin", ["https://shop.example", "http://localhost:3000", "https://a.b-c.example:8443", "http://[::1]:8080"]
)
def test_an_origin_is_what_browsers_say(origin: str) -> None:
    """Scheme, host, and a port that is not the usual one."""
    assert is_origin(origin)


@pytest.mark.parametrize(
    "text",
    [
        "", "*", "null", "shop.example", "https://", "https://*.shop.example", "https://shop.example/", "ftp://shop.example",
        "https://Shop.example", "https://shop.example:443", "http://shop.example:80", "https://shop.example:x",
        "https://user@shop.example", "https://shop.example?x", "https://shop.example#x", "https://shop.example:",
        "https://shop.example\n", "https://[::1", "https://-shop.example",
    ],
)  # fmt: skip
def test_anything_else_is_no_origin(text: str) -> None:
    """It would never match, or match too much."""
    assert not is_origin(text)
