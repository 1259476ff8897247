"""Single values as Segment's users send them, as our fields hold them.

Each of them returns None for what it cannot read; the value then stays as it was sent, and the schema of the type says
what is wrong with it.
"""

import re
from typing import Any, Final

_LARGEST: Final = 10**15  # no amount and no count is larger; floats are exact up to there
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,10})?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_SITE: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")


def text(value: Any) -> str | None:
    """Return a text, or a number as one."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """Return a number, or a text that is one."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value.strip()):
            return None
        return float(value) if "." in value else int(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > _LARGEST:
        return None
    return value


def currency(value: Any) -> str | None:
    """Return a currency's code in upper case."""
    return _matching(_CURRENCY, value.strip().upper()) if isinstance(value, str) else None


def country(value: Any) -> str | None:
    """Return a country's code of two letters in upper case."""
    return _matching(_COUNTRY, value.strip().upper()) if isinstance(value, str) else None


def language(value: Any) -> str | None:
    """Return a language after BCP 47; `en_GB` is one, too."""
    return _matching(_LANGUAGE, value.strip().replace("_", "-")) if isinstance(value, str) else None


def path(value: Any) -> str | None:
    """Return the path of a page's address, without its query: that may hold anything."""
    if not isinstance(value, str) or not value:
        return None
    return _SITE.sub("", address(value), count=1) or "/"


def address(value: str) -> str:
    """Return a page's address without its query and fragment."""
    return value.partition("#")[0].partition("?")[0]


def campaign(value: Any) -> str | None:
    """Return a campaign's name, which mobile libraries send within an object."""
    return text(value.get("name")) if isinstance(value, dict) else text(value)


def items(value: Any) -> list[Any] | None:
    """Return the lines of an order with our names; what else a line holds stays."""
    if not isinstance(value, list):
        return None
    return [_line(line) if isinstance(line, dict) else {"sku": text(line) or ""} for line in value]


def _line(line: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in line.items() if name not in {"sku", "product_id", "price", "quantity"}}
    quantity, price = number(line.get("quantity")), number(line.get("price"))
    known = {
        "sku": text(line.get("sku")) or text(line.get("product_id")),
        "quantity": quantity,
        "amount": None if price is None else round(price * (1 if quantity is None else quantity), 4),
    }
    return rest | {name: value for name, value in known.items() if value is not None}


def _matching(pattern: re.Pattern[str], value: str) -> str | None:
    return value if pattern.fullmatch(value) else None
