"""What a key may not be, whoever asked for it."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from streams.errors import UsageError
from streams.gateway.keys.key import Key, Kind

MAX_LIST: Final = 100  # types, or origins, of one key
MAX_RATE: Final = 1_000_000.0
MAX_BURST: Final = 10_000_000
MAX_SOURCE: Final = 256  # characters
_SOURCE: Final = re.compile(r"[^\s\x00-\x1f\x7f]+\Z")
_TYPE: Final = re.compile(r"[a-z][a-z0-9_]*\.(?:\*|[a-z][a-z0-9_]*)\Z")
_PROVIDER: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}\Z")
_NAME: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST: Final = re.compile(rf"{_NAME}(?:\.{_NAME})*\Z|\[[0-9a-f:.]+\]\Z")
_USUAL_PORTS: Final = {"https": 443, "http": 80}


class Flaw(StrEnum):
    """What is wrong with a key that is asked for."""

    SOURCE = "source"
    TYPES = "types"
    ORIGINS = "origins"
    PROVIDER = "provider"
    RATE = "rate"
    EXPIRED = "expired"
    LIVE = "live"  # its source has as many as it may have
    FULL = "full"  # there are too many keys at all
    ENTRY = "entry"  # of a file: an id or a digest


class UnfitError(UsageError):
    """Raise where a key cannot be."""

    def __init__(self, flaw: Flaw, message: str, *, place: str = "", remedy: str = "") -> None:
        super().__init__(message, place=place, remedy=remedy)
        self.flaw = flaw


def check(key: Key, place: str = "") -> None:
    """Raise UnfitError for a key that is not what its kind asks for."""
    for is_wrong, flaw, message, remedy in _flaws(key):
        if is_wrong:
            raise UnfitError(flaw, message, place=place or key.source[:MAX_SOURCE], remedy=remedy)


def _flaws(key: Key) -> Iterable[tuple[bool, Flaw, str, str]]:
    """Yield what could be wrong with a key, whether it is, and what to do."""
    is_browser, is_webhook = key.kind is Kind.BROWSER, key.kind is Kind.WEBHOOK
    has_source = bool(_SOURCE.match(key.source)) and len(key.source) <= MAX_SOURCE and not key.source.endswith("/")
    yield not has_source, Flaw.SOURCE, "the source has no name", "name the system that sends, like //shop.example/web"
    yield not _is_list(key.types), Flaw.TYPES, f"a type is given twice, or there are more than {MAX_LIST}", "say page.*"
    are_types = all(map(_TYPE.match, key.types))
    yield not are_types, Flaw.TYPES, "a type is none", "write types as payment.failed or payment.*"
    yield is_browser and not key.types, Flaw.TYPES, "a browser key must say which types it may send", "--type 'page.*'"
    remedy = "--origin https://shop.example"
    yield is_browser and not key.origins, Flaw.ORIGINS, "a browser key must say from which pages", remedy
    remedy = "leave them out, or say --kind browser"
    yield bool(key.origins) and not is_browser, Flaw.ORIGINS, "origins are for browser keys", remedy
    are_origins = _is_list(key.origins) and all(map(is_origin, key.origins))
    remedy = "write each once, as browsers do: https://shop.example, no path, no star"
    yield not are_origins, Flaw.ORIGINS, "an origin is none", remedy
    has_provider = bool(_PROVIDER.match(key.provider))
    yield is_webhook and not has_provider, Flaw.PROVIDER, "a webhook key must say whose webhooks", "--provider sendgrid"
    remedy = "leave it out, or say --kind webhook"
    yield bool(key.provider) and not is_webhook, Flaw.PROVIDER, "a provider is for webhook keys", remedy
    yield not 0 < key.rate <= MAX_RATE, Flaw.RATE, "the rate cannot be", f"items a second, up to {MAX_RATE:,.0f}"
    yield not 0 < key.burst <= MAX_BURST, Flaw.RATE, "the burst cannot be", f"items at once, up to {MAX_BURST:,}"


def is_origin(text: str) -> bool:
    """Return whether browsers would say it like that: scheme and host in small letters, a port that is not usual."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in _USUAL_PORTS or port == _USUAL_PORTS[parts.scheme]:
        return False
    host = parts.netloc.removesuffix(f":{port}") if port is not None else parts.netloc
    return bool(_HOST.match(host)) and text == f"{parts.scheme}://{parts.netloc}" and len(text) <= MAX_SOURCE


def _is_list(names: tuple[str, ...]) -> bool:
    return len(set(names)) == len(names) <= MAX_LIST
