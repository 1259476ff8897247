"""An item as its sender means it, in our words and not yet checked: what every way in turns its input into."""

from typing import Any

import msgspec

from streams.telemetry.trace_context import TraceContext


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The keys that a sender knows a person by, raw; only `customer` and `anonymous_id` travel on as they are."""

    customer: str = ""  # the sender's own pseudonymous id of a customer (user id)
    anonymous_id: str = ""  # of a browser or a device that nobody has signed in on
    email: str = ""
    phone: str = ""  # E.164, or as people write it
    loyalty_card: str = ""

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.customer or self.anonymous_id or self.email or self.phone or self.loyalty_card)


class Candidate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A touchpoint to be. Whatever is empty is filled in at the door, or missing there.

    `id` is empty where the sender has none; `time` is event time in ms, None for now; `source` is empty for the API
    key's own. `data` is the decoded JSON object. `links`: this item says that all its keys are one person's, so the
    weaker ones are linked to the strongest (a sign-in does; a mere page view does not).
    """

    type: str
    id: str = ""
    source: str = ""
    time: int | None = None
    subject: str = ""
    identity: Identity = Identity()
    data: dict[str, Any] = {}
    links: bool = False
    trace: TraceContext | None = None  # what it comes from, as far as that is traced
