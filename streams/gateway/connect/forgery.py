"""Forms of other sites change nothing here: a browser says from which page a form was sent."""

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_ours(headers: Mapping[str, str], base_url: str) -> bool:
    """Return whether a form was sent by a page of this gateway.

    Every browser says `Origin` with a POST, newer ones `Sec-Fetch-Site` too where the page came by HTTPS or from this
    machine. `base_url` is how people reach the gateway; a proxy may have put another name into `Host`. What says
    nothing is no browser, and should use the command line.
    """
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    if site and site != "same-origin":
        return False
    if not origin:
        return bool(site)
    try:
        address, ours = urlsplit(origin), urlsplit(base_url)
    except ValueError:
        return False
    host = address.netloc.lower()
    return bool(host) and (
        host == headers.get("host", "").lower() or (address.scheme, host) == (ours.scheme, ours.netloc)
    )
