"""One journey in memory, and its record: header | head | snapshot@floor | names | tail | ledger | checksum, as bytes.

Layout, version 1, little endian:

    header    version u8, flags u8 (PENDING, WAITING, above them the number of the regime of rules),
              next deadline i64, floor i64, entries u32, flooded u32, positions u8,
              then per position: topic u8, offset i64
    lengths   u32 each of: head, snapshot, names, tail, ledger
    sections  head and snapshot: msgpack of `state.Written` (an empty head equals the snapshot); names: msgpack list;
              tail: see `tail`; ledger: bytes that `alerts.ledger` writes
    checksum  CRC-32 of everything before it u32

A replay is recognised from the header alone; a deadline heap is built from headers alone. The checksum is looked at
when the journey is decoded: a record that passes is what this program wrote, so that nothing after it need doubt it.
"""

import struct
import zlib
from collections.abc import Iterable
from functools import cache
from itertools import chain
from typing import Any, Final

import msgspec

from streams.errors import CorruptError
from streams.journeys import folded
from streams.journeys.folded import State
from streams.journeys.state import NEVER, Written
from streams.journeys.tail import Names, pack_all
from streams.touchpoints.touchpoint import Touchpoint

VERSION: Final = 1
PENDING: Final = 1  # flag: the outbox holds alerts that the broker has not acknowledged
WAITING: Final = 2  # flag: something that is due waits for a blind source
REGIME_SHIFT: Final = 2  # the other six bits are the number of the regime

_HEADER: Final = struct.Struct("<BBqqIIB")
_POSITION: Final = struct.Struct("<Bq")
_LENGTHS: Final = struct.Struct("<5I")
_CHECKSUM: Final = struct.Struct("<I")
_FLAGS_AND_DUE: Final = struct.Struct("<xBq")
_VERSION_BYTE: Final = bytes([VERSION])
_REMEDY: Final = "delete its key from the changelog and replay the customer's touchpoints"
UNKNOWN: Final = -1  # of `Journey.seen`: it is to be made from the tail
_encoder: Final = msgspec.msgpack.Encoder()
_state_decoder: Final = msgspec.msgpack.Decoder(Written)


class Journey:
    """All we keep of one customer, decoded.

    `state` is the head. `snapshot` is the encoded fold up to `floor` (empty bytes: of nothing). `tail` holds the
    touchpoints after the floor and a few before it as context. `stale`: the head must be folded again from the
    snapshot. `seen` has a bit set for each entry of the tail (see `tail.bit_of`), UNKNOWN after it was read or packed
    anew. `ledger` is what was said, decoded by its owner. `due`: when to look at this journey next.
    `is_outdated`: the record is behind. `dirtied`: the round of writing that it is waiting for. `regime`: the number of
    the rules under which it was folded (see `rules.regime`), 0 where nobody counts.
    """

    __slots__ = (
        "customer",
        "dirtied",
        "due",
        "entries",
        "flooded",
        "floor",
        "is_outdated",
        "ledger",
        "names",
        "positions",
        "regime",
        "seen",
        "snapshot",
        "stale",
        "state",
        "tail",
    )  # fmt: skip

    def __init__(self, customer: str) -> None:
        """Start the journey of a new customer."""
        self.customer = customer
        self.positions: dict[int, int] = {}
        self.floor = 0
        self.entries = 0
        self.flooded = 0
        self.state = State()
        self.snapshot = b""
        self.tail = bytearray()
        self.names = Names()
        self.seen = 0
        self.stale = False
        self.is_outdated = True
        self.dirtied = 0
        self.ledger: Any = None
        self.due = NEVER
        self.regime = 0

    def repack(self, touchpoints: Iterable[Touchpoint]) -> None:
        """Replace the tail by these touchpoints, and the names by theirs."""
        self.tail, self.names = pack_all(touchpoints)
        self.seen = UNKNOWN


def encode_state(state: State) -> bytes:
    """Return the state as a section of the record."""
    return _encoder.encode(state.parts())


def decode_state(section: bytes) -> State:
    """Return the state of a section; empty bytes are the fold of nothing."""
    return folded.of(_state_decoder.decode(section)) if section else State()


@cache
def _start(positions: int) -> struct.Struct:
    """Return header, so many positions, and lengths as one."""
    return struct.Struct("<BBqqIIB" + "Bq" * positions + "5I")


def encode(journey: Journey, ledger: bytes, *, pending: bool, waiting: bool = False) -> bytes:
    """Return the record of a journey whose head is up to date."""
    head = encode_state(journey.state)
    if head == journey.snapshot:
        head = b""
    names, positions, snapshot, tail = journey.names.pack(), journey.positions, journey.snapshot, journey.tail
    start = _start(len(positions)).pack(
        VERSION,
        (PENDING if pending else 0) | (WAITING if waiting else 0) | journey.regime << REGIME_SHIFT,
        journey.due,
        journey.floor,
        journey.entries,
        journey.flooded,
        len(positions),
        *chain.from_iterable(positions.items()),
        len(head),
        len(snapshot),
        len(names),
        len(tail),
        len(ledger),
    )
    record = b"".join((start, head, snapshot, names, tail, ledger))
    return record + _CHECKSUM.pack(zlib.crc32(record))


def decode(customer: str, record: bytes) -> tuple[Journey, bytes]:
    """Return the journey of a record and its ledger section.

    Raises:
        CorruptError: the record is of another version or damaged.
    """
    _check_version(record)
    _check_whole(record)
    journey = Journey(customer)
    _, flags, journey.due, journey.floor, journey.entries, journey.flooded, count = _HEADER.unpack_from(record)
    journey.regime = flags >> REGIME_SHIFT
    at = _HEADER.size
    for _ in range(count):
        topic, offset = _POSITION.unpack_from(record, at)
        journey.positions[topic] = offset
        at += _POSITION.size
    lengths = _LENGTHS.unpack_from(record, at)
    at += _LENGTHS.size
    sections = []
    for length in lengths:
        sections.append(record[at : at + length])
        at += length
    head, journey.snapshot, names, packed, ledger = sections
    try:
        journey.state = decode_state(head or journey.snapshot)
    except msgspec.MsgspecError as error:
        raise CorruptError(f"a journey record holds what version {VERSION} does not know", remedy=_REMEDY) from error
    journey.names = Names(names)
    journey.tail = bytearray(packed)
    journey.seen = UNKNOWN
    journey.is_outdated = False
    return journey, ledger


def _check_version(record: bytes) -> None:
    if record[:1] != _VERSION_BYTE:
        raise CorruptError(
            f"a journey record of version {record[0]}; this program reads version {VERSION}"
            if record
            else "a journey record without a byte",
            remedy="run the version that wrote it, or a newer one",
        )


def _check_whole(record: bytes) -> None:
    end = len(record) - _CHECKSUM.size
    if end < _HEADER.size or zlib.crc32(record[:end]) != _CHECKSUM.unpack_from(record, end)[0]:
        raise CorruptError("a journey record is damaged", remedy=_REMEDY)


def moved(record: bytes, regime: int) -> bytes:
    """Return the record as it goes on in another partition: of its topics it has taken nothing there.

    `regime` is the number that the rules under which it was folded have there. Nothing else is decoded.

    Raises:
        CorruptError: as `decode` does.
    """
    _check_version(record)
    _check_whole(record)
    _, flags, due, floor, entries, flooded, count = _HEADER.unpack_from(record)
    flags = flags & (PENDING | WAITING) | regime << REGIME_SHIFT
    start = _HEADER.pack(VERSION, flags, due, floor, entries, flooded, 0)
    new = start + record[_HEADER.size + count * _POSITION.size : -_CHECKSUM.size]
    return new + _CHECKSUM.pack(zlib.crc32(new))


def peek(record: bytes) -> tuple[bool, int, list[tuple[int, int]]]:
    """Return whether the outbox is pending, when the journey is due, and topic and offset of its positions.

    All from the header alone.

    Raises:
        CorruptError: the record is of another version or shorter than its header.
    """
    _check_version(record)
    start = _HEADER.size
    end = header_size(record) if len(record) >= start else start
    if len(record) < end:
        raise CorruptError("a journey record is cut short", remedy=_REMEDY)
    flags, due = _FLAGS_AND_DUE.unpack_from(record)
    return bool(flags & PENDING), due, list(_POSITION.iter_unpack(record[start:end]))


def header_size(record: bytes) -> int:
    """Return how many bytes the header of a record takes, with its positions: all that is ever peeked at."""
    return _HEADER.size + record[_HEADER.size - 1] * _POSITION.size


def peek_waiting(record: bytes) -> bool:
    """Return whether something in the journey of a record that `peek` has taken waits for a blind source."""
    return bool(record[1] & WAITING)


def peek_regime(record: bytes) -> int:
    """Return the number of the rules under which the journey of a record that `peek` has taken was folded."""
    return record[1] >> REGIME_SHIFT


def peek_due(record: bytes) -> int:
    """Return when the journey of a record that `peek` has taken is due."""
    due: int = _FLAGS_AND_DUE.unpack_from(record)[1]
    return due


def peek_position(record: bytes, topic: int) -> int:
    """Return the journey's offset on a topic from the header alone, or -1."""
    at = _HEADER.size
    for _ in range(record[at - 1]):
        if record[at] == topic:
            offset: int = _POSITION.unpack_from(record, at)[1]
            return offset
        at += _POSITION.size
    return -1
