"""Whom a call is about."""

from collections.abc import Mapping
from typing import Any, Final

from streams.gateway.candidate import Identity
from streams.gateway.segment import values

_CARDS: Final = ("loyalty_card", "loyalty_id", "loyaltyId")


def identity_of(message: Mapping[str, Any], *known: Mapping[str, Any]) -> Identity:
    """Return all that a call says of a person; `known` are its traits, the nearest first."""
    return Identity(
        customer=values.text(message.get("userId")) or "",
        anonymous_id=values.text(message.get("anonymousId")) or "",
        email=_first(known, ("email",)),
        phone=_first(known, ("phone",)),
        loyalty_card=_first(known, _CARDS),
    )


def _first(known: tuple[Mapping[str, Any], ...], names: tuple[str, ...]) -> str:
    return next((found for traits in known for name in names if (found := values.text(traits.get(name)))), "")
