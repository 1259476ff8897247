"""The records that a lane writes about itself, and what they protect from at the next start.

Two keys, each kept by compaction: the *claim* (who owns the partition since when; written before anything is read, so
it cannot know positions yet) and the *meta* (what the journeys beside it were folded from). No customer can have such
a key: it starts with a zero byte.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from streams.errors import BrokerError, CorruptError

CLAIM_KEY: Final = b"\x00claim"
META_KEY: Final = b"\x00meta"
RESERVED: Final = b"\x00"  # keys that start with it are ours, on the changelog and on the alerts
PARTITIONER: Final = "murmur2"
VERSION: Final = 1  # of everything on a changelog partition that has a reserved key; journeys have one of their own
_Record = TypeVar("_Record")
REBUILD: Final = (
    "restore the topics from a backup, or stop all workers and begin anew with `touchpoint topics rebuild`: the "
    "journeys are folded again from what the touchpoint topics still hold"
)


class Process(msgspec.Struct, frozen=True):
    """One run of one worker."""

    instance: str  # group.instance.id, or empty
    started_at: int  # ms since the epoch
    name: str  # unique: host, process id and a random part

    @property
    def known_as(self) -> str:
        """The name under which people know the worker: its instance id, where it has one."""
        return self.instance or self.name


class Claim(msgspec.Struct, frozen=True):
    """A process owns the partition from this record on."""

    process: Process
    producer_id: int
    producer_epoch: int
    written_at: int


class Meta(msgspec.Struct, frozen=True):
    """What the journeys of a changelog partition, up to this record, were folded from.

    `positions`: touchpoint topic -> offset of the next record to fold. `incarnations`: topic -> Kafka's topic id, which
    changes when a topic is deleted and created again.
    """

    partitions: int
    partitioner: str
    positions: dict[str, int]
    incarnations: dict[str, str]
    clock: int  # the partition's clock, ms since the epoch: it does not regress over a restart
    alerts: int  # offset on the alerts topic: what is said behind it, the journeys may not remember
    written_at: int
    version: int = VERSION


class Facts(msgspec.Struct, frozen=True):
    """What the broker says about one partition's sources at a start."""

    partitions: int
    incarnations: Mapping[str, str]
    committed: Mapping[str, int]
    ends: Mapping[str, int]


def encode(record: Claim | Meta) -> bytes:
    """Return the record as JSON: an operator reads it with any Kafka tool."""
    return msgspec.json.encode(record)


def decode_claim(value: bytes) -> Claim:
    """Read a claim; raises CorruptError for one that this version cannot read."""
    return _decode(value, Claim)


def decode_meta(value: bytes) -> Meta:
    """Read a meta record; raises CorruptError for one that this version cannot read."""
    noted = _decode(value, Meta)
    if noted.version > VERSION:
        raise CorruptError(
            f"the partition was written by version {noted.version}; this program reads version {VERSION}",
            place="journeys-changelog",
            remedy="run the version of the worker that wrote it, or a newer one",
        )
    return noted


def _decode(value: bytes, kind: type[_Record]) -> _Record:
    try:
        return msgspec.json.decode(value, type=kind)
    except msgspec.DecodeError as error:
        raise CorruptError(
            f"what an earlier owner noted about the partition cannot be read: {error}",
            place="journeys-changelog",
            remedy="run the version of the worker that wrote it",
        ) from error


def admit(number: int, meta: Meta | None, facts: Facts) -> dict[str, int]:
    """Return where to go on reading, per topic; raise BrokerError where going on would be deafness or amnesia."""
    place = f"partition {number}"
    if meta is None:
        if facts.committed:
            raise BrokerError(
                "the group has committed offsets, but journeys-changelog does not say what was folded: it was lost",
                remedy=REBUILD,
                place=place,
            )
        return {}
    if (meta.partitions, meta.partitioner) != (facts.partitions, PARTITIONER):
        raise BrokerError(
            f"the journeys were folded from {meta.partitions} partitions by {meta.partitioner}, "
            f"now there are {facts.partitions} by {PARTITIONER}: customers would be in the wrong journeys",
            remedy="set TOUCHPOINT_PARTITIONS to what they were folded from, or move them: `touchpoint topics grow`",
            place=place,
        )
    for topic, stored in meta.positions.items():
        before, now = meta.incarnations.get(topic), facts.incarnations.get(topic)
        if before and now and before != now:
            raise BrokerError(
                f"{topic} was deleted and created again since its records were folded: its new records would be "
                "taken for replays",
                remedy=REBUILD,
                place=place,
            )
        if facts.ends.get(topic, stored) < stored:
            raise BrokerError(
                f"{topic} ends at offset {facts.ends[topic]}, but records up to {stored} were folded already: "
                "the broker has lost records",
                remedy=REBUILD,
                place=place,
            )
    return {topic: max(stored, facts.committed.get(topic, 0)) for topic, stored in meta.positions.items()}


def refuse_usurped(claim: Claim, process: Process, number: int) -> None:
    """Raise BrokerError if a younger process has claimed the partition under our instance id: then we must go."""
    if (
        process.instance
        and claim.process.instance == process.instance
        and claim.process.name != process.name
        and claim.process.started_at > process.started_at
    ):
        raise BrokerError(
            f"another process ({claim.process.name}) runs under our instance id {process.instance!r}",
            remedy="give each worker an instance id of its own (TOUCHPOINT_INSTANCE_ID)",
            place=f"partition {number}",
        )
