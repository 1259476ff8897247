"""What becomes of one item of a request: admitted, ignored by policy, or refused with a place and a reason."""

from enum import StrEnum

import msgspec

from streams.telemetry.trace_context import TraceContext
from streams.touchpoints.touchpoint import Touchpoint


class Why(StrEnum):
    """Why an item is refused or ignored; bounded, so that the same word is the metric label and what a client reads."""

    MALFORMED = "malformed"  # not JSON, or a member of another shape than asked for
    MISSING_FIELD = "missing_field"  # a member that every touchpoint has is missing or empty
    MISSING_CUSTOMER = "missing_customer"  # nothing says whose touchpoint it is
    BAD_TIME = "bad_time"  # before 2000, more than a day ahead, or no RFC 3339 instant
    UNKNOWN_TYPE = "unknown_type"  # the vocabulary has no such type
    BAD_DATA = "bad_data"  # `data` is not what the schema of its type asks for
    TOO_LARGE = "too_large"  # a name or `data` is above its bound
    NOT_ALLOWED = "not_allowed"  # the API key may not send this type, or in the name of this source
    UNMAPPED = "unmapped"  # an event of a provider that stands for no touchpoint


class Refused(msgspec.Struct, frozen=True, omit_defaults=True):
    """An item that nothing came of.

    `pointer` is a JSON pointer (RFC 6901) into the item as it was sent, empty for the whole of it. `detail` is for the
    sender and holds nothing that a customer wrote. `nearest` is the known type that was most likely meant.
    """

    why: Why
    pointer: str = ""
    detail: str = ""
    nearest: str = ""


class Ignored(msgspec.Struct, frozen=True):
    """An item that is answered as a success and goes no further: sending it again would change nothing."""

    why: Why
    detail: str = ""


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """A touchpoint for a Kafka topic, and what else follows from it for other keys (`identity.linked`)."""

    touchpoint: Touchpoint
    topic: str  # touchpoints.web
    links: tuple["Admitted", ...] = ()
    trace: TraceContext | None = None


Verdict = Admitted | Ignored | Refused
