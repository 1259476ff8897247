"""A provider as the routes see it: its handshake, its signature, and what its events stand for."""

from collections.abc import Sequence
from typing import Final

from streams.gateway.candidate import Candidate
from streams.gateway.incoming import Incoming
from streams.gateway.outcome import Ignored, Refused, Why
from streams.gateway.providers.bodies import MAX_EVENTS, events_of
from streams.gateway.providers.fetching import Documents
from streams.gateway.providers.handshakes import Challenge, challenge
from streams.gateway.providers.mapping import Mapping
from streams.gateway.providers.reading import read_event
from streams.gateway.providers.signatures.scheme import FETCHING, is_signed

_TOO_MANY: Final = Refused(Why.TOO_LARGE, "", f"more than {MAX_EVENTS} events in one request")


class Provider:
    """One provider. No method raises on what a request holds.

    `may_block`: checking a signature may fetch a certificate or a key first, up to five seconds; call `challenge` and
    `is_signed` in a thread then.
    """

    def __init__(self, mapping: Mapping, documents: Documents, id_key: bytes) -> None:
        self.mapping = mapping
        self.name = mapping.name
        self.may_block = any(signature.scheme in FETCHING for signature in mapping.signatures)
        self._documents = documents
        self._id_key = id_key

    def challenge(self, incoming: Incoming, secret: str) -> Challenge | None:
        """Return the answer to a handshake, None where the request is to be checked and read."""
        return challenge(self.mapping, incoming, secret, self._documents)

    def is_signed(self, incoming: Incoming, secret: str, now: int) -> bool:
        """Whether the provider made this request, by its own scheme; `now` in ms. Never without a secret."""
        return any(is_signed(each, incoming, secret, now, self._documents) for each in self.mapping.signatures)

    def read(self, incoming: Incoming, now: int) -> Sequence[Candidate | Ignored | Refused]:
        """Return what becomes of each event, in their order.

        The same event read again has the same id. `now` plays no part in it yet: an event without a time has none.
        """
        items: list[Candidate | Ignored | Refused] = []
        for event in events_of(self.mapping, incoming):
            if len(items) == MAX_EVENTS:
                return [_TOO_MANY]
            items.append(
                event if isinstance(event, Ignored | Refused) else read_event(self.mapping, event, self._id_key)
            )
        return items
