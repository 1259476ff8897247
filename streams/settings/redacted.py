"""URLs as they may be shown: a password may stand in several places of one, and in the wrong one by mistake."""

from typing import Final
from urllib.parse import urlsplit

MASK: Final = "••••"


def redacted(url: str) -> str:
    """Return a URL with dots for who signs in, its query and its fragment; nothing but dots where it is not clear.

    It is not clear when a password was written as it is, `#`, `/` or `?` and all: what comes before such a character
    looks like a host, and what comes after it like a path. The name of a user is shown beside a password alone, since
    by itself it may be a token.
    """
    if not url:
        return url
    try:
        found = urlsplit(url)
        _ = found.port
    except ValueError:
        return MASK
    scheme, separator, _ = url.partition("://")
    is_clear = separator and found.scheme == scheme.lower() and url.isprintable()
    if not is_clear or "@" in f"{found.path}{found.query}{found.fragment}":
        return MASK
    signed, at, host = found.netloc.rpartition("@")
    user, colon, password = signed.partition(":")
    who = f"{user}:{MASK}" if user and colon and password else MASK
    query = f"?{MASK}" if found.query else ""
    fragment = f"#{MASK}" if found.fragment else ""
    return f"{scheme}://{f'{who}@' if at else ''}{host}{found.path}{query}{fragment}"
