"""An API key: which source sends with it, what it may send, and from where."""

from enum import StrEnum
from typing import Final

import msgspec


class Kind(StrEnum):
    """Where a key is used, and so how far it is trusted."""

    SERVER = "server"  # a secret of a back end
    BROWSER = "browser"  # stands in web pages for all to read: some types, from some origins only
    WEBHOOK = "webhook"  # in the address that a provider calls; the provider signs as well


_BROWSER: Final = Kind.BROWSER  # a member of an enumeration costs more than all else that is asked for each item


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a key; its secret is not. Times are ms, 0 is never.

    `source` is the source of what is sent with it, and the only one: an item may name it, or one below it
    (`shop/eu` with `shop`). `types`: what it may send, `payment.failed` or `payment.*`; empty: everything for a server,
    nothing for a browser. `origins`: of pages, as browsers say them (`https://shop.example`). `rate` is items a second
    in the long run, `burst` how many may come at once.
    """

    id: str
    source: str
    kind: Kind = Kind.SERVER
    types: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    provider: str = ""  # of a webhook: sendgrid, shopify ...
    rate: float = 1_000.0
    burst: int = 10_000
    created_at: int = 0
    expires_at: int = 0
    revoked_at: int = 0

    def is_valid(self, now: int) -> bool:
        """Whether it opens anything."""
        return not self.revoked_at and not (self.expires_at and self.expires_at <= now)

    def may_send(self, type_: str) -> bool:
        """Whether touchpoints of a type may come with it."""
        if not self.types:
            return self.kind is not _BROWSER
        return type_ in self.types or f"{type_.partition('.')[0]}.*" in self.types

    def may_speak_for(self, source: str) -> bool:
        """Whether an item may name this source."""
        return source == self.source or source.startswith(f"{self.source}/")
