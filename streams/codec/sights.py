"""What the `sources` topic holds beside operators' commands: a fact under each source, reports of the workers.

A fact is what is known of a source (`journeys.sources.Source`), written by the worker that owns partition 0 alone. A
report is what one worker has sighted since its last one and how far its partitions' clocks have got; its key names the
lowest of these, so there are never more keys than partitions.
"""

from typing import Final

import msgspec

from streams.journeys.sources import Sighting, Source

_REPORT: Final = b"\x00sighted/"  # no source begins with a zero byte
_encode: Final = msgspec.json.Encoder().encode


class Report(msgspec.Struct, array_like=True):
    """One worker's part; `clocks` by partition, ms since the epoch: everything up to there has been sighted."""

    clocks: dict[int, int]
    sightings: list[Sighting]


_decode_fact: Final = msgspec.json.Decoder(Source).decode
_decode_report: Final = msgspec.json.Decoder(Report).decode


def fact_record(source: Source) -> tuple[bytes, bytes]:
    """Return key and value of a fact."""
    return source.source.encode(), _encode(source)


def report_record(report: Report) -> tuple[bytes, bytes]:
    """Return key and value of a report of one partition or more."""
    return _REPORT + str(min(report.clocks)).encode(), _encode(report)


def read(key: bytes | None, value: bytes | None) -> Source | Report | None:
    """Return the fact or the report of a record; None for what is neither, or no longer readable."""
    if not key or not value:
        return None
    try:
        if key.startswith(_REPORT):
            report = _decode_report(value)
            return report if report.clocks else None
        fact = _decode_fact(value)
    except msgspec.MsgspecError:
        return None
    return fact if fact.source.encode() == key else None
