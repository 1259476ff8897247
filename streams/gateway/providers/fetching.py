"""Certificates and keys of the big clouds, fetched over HTTPS and kept; the one place here that calls out."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import httpx

Fetch = Callable[[str], bytes | None]
MOST_BYTES: Final = 1 << 18
TIMEOUT_SEC: Final = 5.0
KEPT: Final = 16  # documents; the oldest one leaves
FAILED_MS: Final = 30_000  # then an address that did not answer is asked again


def over_https(url: str) -> bytes | None:
    """Return the document at an address, None where it is not to be had; follows no redirects. Blocks up to 5 s."""
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT_SEC, follow_redirects=False) as response:
            if response.status_code != httpx.codes.OK:
                return None
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    return None
            return body
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return None


class Documents:
    """What was fetched; the caller has decided that an address may be asked. Safe to share between threads."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._kept: OrderedDict[str, tuple[bytes | None, int]] = OrderedDict()

    def get(self, url: str, now: int, kept_ms: int) -> bytes | None:
        """Return the document, fetched anew where the one at hand is older than so long."""
        found = self._kept.get(url)
        if found is not None and now - found[1] < (FAILED_MS if found[0] is None else kept_ms):
            return found[0]
        document = self._fetch(url)
        self._kept[url] = (document, now)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return document

    def visit(self, url: str) -> bool:
        """Ask an address once, and say whether it answered with success."""
        return self._fetch(url) is not None
