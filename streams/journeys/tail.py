"""The tail: a journey's recent touchpoints in (time, source, id) order, packed.

An entry is `length u32 | time i64 | type u16 | subject u16 | source u16 | id length u16 | id | data`, little endian;
type, subject and source are numbers of the journey's own name list. An id that is a lower-case UUID takes 16 bytes.
Source number, id length and id lie side by side, so that one byte search answers "have I seen this touchpoint?".
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from streams.touchpoints.touchpoint import Touchpoint

_HEAD: Final = struct.Struct("<IqHHHH")
_LENGTH_AND_TIME: Final = struct.Struct("<Iq")
_pack_head: Final = _HEAD.pack
_SIZE: Final = _HEAD.size
_IDENTITY_AT: Final = _SIZE - 4  # where source number and id length lie
_UUID: Final = 0x8000  # flag in the id length: sixteen raw bytes of a UUID
_UUID_LENGTH: Final = 36
_encode_names: Final = msgspec.msgpack.Encoder().encode
_decode_names: Final = msgspec.msgpack.Decoder(list[str]).decode
_BITS: Final = tuple(1 << number for number in range(256))
_LAST_BIT: Final = len(_BITS) - 1
MAX_NAMES: Final = 0xFFFF
MAX_ID_BYTES: Final = 0x7FFF

Order = tuple[int, str, str]


def order(touchpoint: Touchpoint) -> Order:
    """Return what touchpoints of a journey are sorted by."""
    return (touchpoint.time, touchpoint.source, touchpoint.id)


class Names:
    """The journey's own table of types, sources and subjects; `index` is name -> number, in the order of numbers."""

    __slots__ = ("_packed", "index")

    def __init__(self, packed: bytes = b"") -> None:
        """Start from what `pack` returned, or without a name."""
        self.index = {name: number for number, name in enumerate(_decode_names(packed))} if packed else {}
        self._packed = packed

    def pack(self) -> bytes:
        """Return the names in the order of their numbers, as msgpack."""
        if not self._packed:
            self._packed = _encode_names(list(self.index))
        return self._packed

    @property
    def names(self) -> list[str]:
        """The names in the order of their numbers."""
        return list(self.index)

    def number(self, name: str) -> int:
        """Return the number of a name, giving it one when it is new."""
        number = self.index.get(name)
        if number is None:
            number = self.index[name] = len(self.index)
            self._packed = b""
        return number


def _pack_id(identity: str) -> tuple[int, bytes]:
    if len(identity) == _UUID_LENGTH and identity[8] == identity[13] == identity[18] == identity[23] == "-":
        try:
            raw = bytes.fromhex(identity.replace("-", ""))
        except ValueError:
            raw = b""
        if len(raw) == 16 and identity == identity.lower():
            return _UUID | 16, raw
    raw = identity.encode()
    return len(raw), raw


def _unpack_uuid(raw: bytes) -> str:
    digits = raw.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def pack(touchpoint: Touchpoint, names: Names) -> tuple[bytes, bytes]:
    """Return the entry and its identity (the bytes to search for)."""
    length, raw = _pack_id(touchpoint.id)
    numbers, data = names.index, touchpoint.data
    kind, subject, source = (
        numbers.get(touchpoint.type),
        numbers.get(touchpoint.subject),
        numbers.get(touchpoint.source),
    )
    if kind is None:
        kind = names.number(touchpoint.type)
    if subject is None:
        subject = names.number(touchpoint.subject)
    if source is None:
        source = names.number(touchpoint.source)
    size = _SIZE + len(raw)
    entry = _pack_head(size + len(data), touchpoint.time, kind, subject, source, length) + raw + data
    return entry, entry[_IDENTITY_AT:size]


def pack_all(touchpoints: Iterable[Touchpoint]) -> tuple[bytearray, Names]:
    """Return a tail of these touchpoints, which are in order, and its own name list."""
    packed, names = bytearray(), Names()
    for touchpoint in touchpoints:
        packed += pack(touchpoint, names)[0]
    return packed, names


def unpack(tail: bytes | bytearray, names: Names, customer: str) -> Iterator[Touchpoint]:
    """Yield the touchpoints of the tail in order."""
    view, at, end, table = bytes(tail), 0, len(tail), names.names
    while at < end:
        length, time, kind, subject, source, id_length = _HEAD.unpack_from(view, at)
        start = at + _SIZE
        size = id_length & ~_UUID
        raw = view[start : start + size]
        yield Touchpoint(
            _unpack_uuid(raw) if id_length & _UUID else raw.decode(),
            table[source],
            table[kind],
            time,
            customer,
            table[subject],
            view[start + size : at + length],
        )
        at += length


def starts(tail: bytes | bytearray) -> list[int]:
    """Return where each entry starts."""
    at, end, found = 0, len(tail), []
    while at < end:
        found.append(at)
        at += int.from_bytes(tail[at : at + 4], "little")
    return found


def bit_of(identity: bytes) -> int:
    """Return the bit by which most identities that are not in a tail are told from those that are."""
    return _BITS[hash(identity) & _LAST_BIT]


def bits(tail: bytes | bytearray) -> int:
    """Return the bits of all entries together."""
    view, found = bytes(tail), 0
    for at in starts(view):
        size = int.from_bytes(view[at + _SIZE - 2 : at + _SIZE], "little") & ~_UUID
        found |= bit_of(view[at + _IDENTITY_AT : at + _SIZE + size])
    return found


def find(tail: bytes | bytearray, identity: bytes) -> int:
    """Return where the entry with this identity starts, or -1."""
    if identity not in tail:
        return -1
    for at in starts(tail):  # the bytes may also lie inside some data: look at the entries
        if tail[at + _IDENTITY_AT : at + _IDENTITY_AT + len(identity)] == identity:
            return at
    return -1


def times(tail: bytes | bytearray) -> Iterator[int]:
    """Yield the event times of the entries, without looking further than it is asked to."""
    at, end = 0, len(tail)
    while at < end:
        length, time = _LENGTH_AND_TIME.unpack_from(tail, at)
        yield time
        at += length


def time_at(tail: bytes | bytearray, at: int) -> int:
    """Return the event time of the entry that starts at `at`."""
    time: int = _LENGTH_AND_TIME.unpack_from(tail, at)[1]
    return time
