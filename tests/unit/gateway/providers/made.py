"""Mappings for tests, out of a few lines."""

from typing import Final

from streams.codec.vocabulary import shipped
from streams.gateway.providers.fetching import Documents, Fetch
from streams.gateway.providers.loading import load
from streams.gateway.providers.mapping import Mapping
from streams.gateway.providers.provider import Provider

HEAD: Final = """\
vendor: Parcels
reference: https://parcels.example/webhooks
signature: {scheme: secret, header: X-Secret}
"""
NAMED: Final = "event: kind\nid: id\n"
ALIASES: Final = "aliases: {late: shipment.delayed, gone:air: shipment.failed}\n"


def mapping(text: str = "", *, named: str = NAMED, head: str = HEAD, aliases: str = ALIASES) -> Mapping:
    """Return a mapping with some lines more."""
    found = load(f"{head}{named}{text}{aliases}", "parcels.yaml", "parcels", shipped())
    assert found is not None
    return found


def provider(made: Mapping, fetch: Fetch = lambda _: None, id_key: bytes = b"") -> Provider:
    """Return the provider of a mapping."""
    return Provider(made, Documents(fetch), id_key)
