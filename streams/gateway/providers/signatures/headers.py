"""What a header says, or one part of a header that reads `t=...,v1=...`."""

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Place


def said(incoming: Incoming, place: Place) -> str:
    """Return the text; empty where there is none."""
    text = incoming.headers.get(place.header, "") if place.header else ""
    if not place.part:
        return text.strip()
    pairs = (part.strip().partition("=") for part in text.split(","))
    return next((value for name, _, value in pairs if name == place.part), "")
