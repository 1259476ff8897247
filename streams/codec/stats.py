"""Statistics and counts of crowds as framed Avro on `journey-stats`."""

from typing import Any, Final, NamedTuple

import msgspec

from streams.alerts.crowds.counts import Counted
from streams.alerts.crowds.crowds import Contribution
from streams.alerts.stat import Stat
from streams.codec import frame, writers
from streams.codec.registry import SchemaStore, shipped_store
from streams.errors import CorruptError
from streams.rules.crowd import BUCKET_MS

CROWD: Final = b"crowd/"  # keys of counts of crowds begin so; all others are of statistics
_STAT, _CROWD_COUNT = "stat", "crowd_count"


class CrowdCount(NamedTuple):
    """A contribution with the partition that counted it."""

    partition: int
    contribution: Contribution


def key_of_stat(stat: Stat) -> bytes:
    """Return the key: window, group and the partition that counts."""
    group = (stat.moment, stat.channel, stat.type, stat.place, stat.product)
    return "/".join((str(stat.at), str(stat.partition), *group)).encode()


def key_of_count(count: CrowdCount) -> bytes:
    """Return the key: crowd, window and the partition that counts."""
    one = count.contribution
    return CROWD + f"{one.rule}/{one.over}/{one.bucket * BUCKET_MS}/{count.partition}".encode()


def encode_stat(stat: Stat, schema_id: int | None = None) -> bytes:
    """Return the framed Avro record, under the shipped id unless the registry gave another."""
    return writers.write(msgspec.structs.asdict(stat), _STAT, schema_id)


def decode_stat(value: bytes, store: SchemaStore | None = None) -> Stat:
    """Return the statistics of a framed record; raises CorruptError when they cannot be read."""
    return msgspec.convert(_read(value, _STAT, store), Stat)


def encode_count(count: CrowdCount, schema_id: int | None = None) -> bytes:
    """Return the framed Avro record, under the shipped id unless the registry gave another."""
    one = count.contribution
    fields = {
        "at": one.bucket * BUCKET_MS,
        "partition": count.partition,
        "rule": one.rule,
        "over": one.over,
        "matches": one.counted.matches,
        "clean": one.counted.clean,
        "who": list(one.counted.who),
        "first": [{"time": time, "id": identity} for time, identity in one.counted.first],
    }
    return writers.write(fields, _CROWD_COUNT, schema_id)


def decode_count(value: bytes, store: SchemaStore | None = None) -> CrowdCount:
    """Return the count of a framed record; raises CorruptError when it cannot be read."""
    read = _read(value, _CROWD_COUNT, store)
    first = tuple((one["time"], one["id"]) for one in read["first"])
    counted = Counted(read["matches"], read["clean"], tuple(read["who"]), first)
    return CrowdCount(read["partition"], Contribution(read["rule"], read["over"], read["at"] // BUCKET_MS, counted))


def _read(value: bytes, record: str, store: SchemaStore | None) -> dict[str, Any]:
    framed = frame.unframe(value)
    source = (store or shipped_store()).get(framed.schema_id) if framed and framed.schema_id is not None else None
    if framed is None or source is None:
        raise CorruptError(
            "a record of journey-stats has no schema that is known here", remedy="set TOUCHPOINT_SCHEMA_REGISTRY_URL"
        )
    try:
        return writers.read(value, framed.start, source, record)
    except Exception as error:
        raise CorruptError(f"a {record} of {len(value)} bytes cannot be read ({type(error).__name__})") from error
