"""The link that opens the page."""

from streams.gateway.connect.guard import PATH


def link(base_url: str, token: str) -> str:
    """Return the link to the page of a gateway; what stands behind `#` is sent to nobody, so no log has it."""
    return f"{base_url.rstrip('/')}{PATH}#token={token}"
