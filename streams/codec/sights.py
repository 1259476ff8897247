"""What the `sources` topic holds beside operators' commands: a fact under each source, a report under each partition.

A fact is what is known of a source (`journeys.sources.Source`), written by the worker that owns partition 0 alone. A
report is what one partition has sighted since its last one and how far its clock has got, written by its owner.
"""

from typing import Final

import msgspec

from streams.journeys.sources import Sighting, Source

_REPORT: Final = b"\x00sighted/"  # no source begins with a zero byte
_encode: Final = msgspec.json.Encoder().encode


class Report(msgspec.Struct, array_like=True):
    """One partition's part; `clock` in ms since the epoch: everything up to it has been sighted."""

    clock: int
    sightings: list[Sighting]


_decode_fact: Final = msgspec.json.Decoder(Source).decode
_decode_report: Final = msgspec.json.Decoder(Report).decode


def fact_record(source: Source) -> tuple[bytes, bytes]:
    """Return key and value of a fact."""
    return source.source.encode(), _encode(source)


def report_record(partition: int, report: Report) -> tuple[bytes, bytes]:
    """Return key and value of a report."""
    return _REPORT + str(partition).encode(), _encode(report)


def read(key: bytes | None, value: bytes | None) -> Source | tuple[int, Report] | None:
    """Return the fact, or partition and report, of a record; None for what is neither, or no longer readable."""
    if not key or not value:
        return None
    try:
        if key.startswith(_REPORT):
            return int(key.removeprefix(_REPORT)), _decode_report(value)
        fact = _decode_fact(value)
    except (msgspec.MsgspecError, ValueError):
        return None
    return fact if fact.source.encode() == key else None
