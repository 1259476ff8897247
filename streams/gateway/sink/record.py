"""A touchpoint on its way to a topic, with the moment at which it was accepted."""

from collections.abc import Iterable

import msgspec

from streams.gateway.outcome import Admitted
from streams.telemetry.trace_context import TraceContext
from streams.touchpoints.touchpoint import Touchpoint


class Record(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """`at` (ms) becomes the timestamp of the Kafka record, also when that is written an hour later from the spool.

    `trace` becomes its headers.
    """

    topic: str
    at: int
    touchpoint: Touchpoint
    trace: TraceContext | None = None


def records_of(admitted: Iterable[Admitted], at: int) -> list[Record]:
    """Return the touchpoints, each followed by what follows from it."""
    found = []
    for one in admitted:
        found.append(Record(one.topic, at, one.touchpoint, one.trace))
        if one.links:
            found += [msgspec.structs.replace(link, trace=one.trace) for link in records_of(one.links, at)]
    return found
