"""What the glance at encoded data lets pass, and what it leaves to a closer look."""

import sys
import unicodedata
from typing import Any

import msgspec
import pytest

from streams.gateway.identity.glances import is_harmless


def harmless(data: dict[str, Any]) -> bool:
    """Return what a glance says."""
    return is_harmless(msgspec.json.encode(data))


@pytest.mark.parametrize(
    "data",
    [
        {"reason": "card_declined", "provider": "acme", "amount": 129.9, "currency": "EUR"},
        {"text": "Nadie contesta, ¿qué pasó? Größe, ελληνικά, русский", "score": 2},
        {"gift": True, "note": None, "text": 'a "quoted" word\n'},
    ],
)
def test_most_data_passes(data: dict[str, Any]) -> None:
    """Words of most of Europe, small numbers, flags."""
    assert harmless(data)


@pytest.mark.parametrize(
    "data",
    [
        {"text": "ana@shop.example"},
        {"text": "ana%40shop.example"},
        {"text": "ana\uff20shop.example"},
        {"text": "600 123 4"},
        {"a": "600", "b": "123", "c": 4},
        {"a": {"b": "c"}},
        {"a": ["b"]},
    ],
)
def test_anything_else_is_looked_at(data: dict[str, Any]) -> None:
    """Signs of an address, seven digits in all, and what lies within something else."""
    assert not harmless(data)


def test_no_digit_of_any_script_passes_unseen() -> None:
    """Seven of them are a number, whoever writes them so."""
    digits = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Nd"]
    assert len(digits) > 100
    assert [digit for digit in digits if harmless({"text": digit * 7})] == []
