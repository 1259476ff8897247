"""Keys of webhooks whose provider has no secret."""

from typing import Any

import pytest

from streams.gateway.keys.key import Key, Kind
from streams.gateway.keys.unsigned import warn

NOW = 1_800_000_000_000
HOOK: dict[str, Any] = {"id": "k1", "source": "//shop.example", "kind": Kind.WEBHOOK, "provider": "amazon_ses"}
VARIABLE = "TOUCHPOINT_WEBHOOK_AMAZON_SES_SECRET"


def test_each_key_without_a_secret_is_told_with_the_variable(caplog: pytest.LogCaptureFixture) -> None:
    """One line a key; a secret of blanks is none, and that of another provider is not for this one."""
    other = {"TOUCHPOINT_WEBHOOK_SHOPIFY_SECRET": "s3cret"}
    warn([Key(**HOOK), Key(**HOOK | {"id": "k2"})], {"amazon_ses", "shopify"}, {VARIABLE: " \n"} | other, NOW)
    first, second = caplog.records
    line = f"no webhook of amazon_ses is taken with key k1: {VARIABLE} is not set (nor {VARIABLE}_FILE)"
    assert (first.levelname, first.getMessage()) == ("WARNING", line)
    assert "key k2:" in second.getMessage()
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    ("changed", "environ"),
    [
        ({}, {VARIABLE: "s3cret"}),
        ({"revoked_at": NOW - 1}, {}),
        ({"expires_at": NOW}, {}),
        ({"kind": Kind.SERVER, "provider": ""}, {}),
        ({"provider": "nobody"}, {}),
    ],
)
def test_others_are_not_told(
    caplog: pytest.LogCaptureFixture, changed: dict[str, Any], environ: dict[str, str]
) -> None:
    """Whoever has a secret, opens nothing any more, or needs none; what nobody reads is not waiting for one."""
    warn([Key(**HOOK | changed)], {"amazon_ses"}, environ, NOW)
    assert caplog.records == []
