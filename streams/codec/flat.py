"""The hottest line of the program: a touchpoint out of the bytes of its flat Avro record.

A general Avro reader builds a dictionary per record that the touchpoint then copies. This one walks the bytes once,
compares the customer with the Kafka key and looks the type up without building either, and takes half the time. It
only ever says yes: whatever is unusual (wrong, or merely long) is left to the general path, which decides, and names
the reason where it refuses.
"""

from collections.abc import Callable, Iterable
from typing import Final

from streams.codec.checks import MAX_NAME_BYTES
from streams.codec.frame import PREFIX_BYTES
from streams.touchpoints.touchpoint import EARLIEST_MS, MAX_DATA_BYTES, Touchpoint

FlatReader = Callable[[bytes, bytes | None, int], Touchpoint | None]

_BRACE: Final = ord("{")
_MORE: Final = 0x80  # set in every byte of a varint but the last
_LOW: Final = 0x7F
_TIME_BYTES: Final = 6  # of the zigzag varint of an instant between 2004 and 2039, in ms
_SLOTS: Final = 1 << 14  # of each cache; a full one starts afresh
# A length is a zigzag varint: even, and one byte up to 63. Odd (negative) and longer ones have one of these bits.
_UNUSUAL: Final = 0x81


class _UnusualError(Exception):
    """Raise to leave a record to the general path."""


def _varint(value: bytes, at: int) -> tuple[int, int]:
    """Return the varint that starts at `at`, still zigzagged, and where its last byte is."""
    number = shift = 0
    while (byte := value[at]) >= _MORE:
        number |= (byte & _LOW) << shift
        shift += 7
        at += 1
    return number | byte << shift, at


def _length(value: bytes, at: int, limit: int = MAX_NAME_BYTES) -> tuple[int, int]:
    """Return twice a length that is more than one byte, and where its last byte is."""
    doubled, last = _varint(value, at)
    if doubled & 1 or doubled > 2 * limit:
        raise _UnusualError
    return doubled, last


class _Sources(dict[bytes, str]):
    """The interned sources, built when first seen; an empty one is unusual."""

    def __missing__(self, raw: bytes) -> str:
        if not raw:
            raise _UnusualError
        if len(self) >= _SLOTS:
            self.clear()
        self[raw] = name = raw.decode()
        return name


class _Quarters(dict[bytes, int]):
    """The last three bytes of an instant's varint -> their part of it; they stay for a quarter of an hour."""

    def __missing__(self, raw: bytes) -> int:
        number, last = _varint(raw, 0)
        if last != len(raw) - 1:
            raise _UnusualError
        if len(self) >= _SLOTS:
            self.clear()
        self[raw] = part = number << 20  # 21 bits lower are in the other three bytes, one bit is the sign
        return part


def flat_reader(types: Iterable[str]) -> FlatReader:
    """Return `read(value, key, latest_ms)`: the touchpoint of a framed flat record, or None for the general path.

    It returns a touchpoint only when the body is exactly one whole record, the type is one of `types`, id and source
    are not empty, the customer is `key` and not empty, the time is between 2000 and `latest_ms`, and the data is empty
    or begins as a JSON object within its size. Types and sources are interned.
    """
    names = {name.encode(): name for name in types}
    sources = _Sources()
    quarters = _Quarters()

    def read(value: bytes, key: bytes | None, latest_ms: int) -> Touchpoint | None:
        try:
            end = PREFIX_BYTES
            if (size := value[end]) & _UNUSUAL:
                size, end = _length(value, end)
            at, end = end + 1, end + 1 + (size >> 1)
            id_ = value[at:end].decode()

            if (size := value[end]) & _UNUSUAL:
                size, end = _length(value, end)
            at, end = end + 1, end + 1 + (size >> 1)
            source = sources[value[at:end]]

            if (size := value[end]) & _UNUSUAL:
                size, end = _length(value, end)
            at, end = end + 1, end + 1 + (size >> 1)
            type_ = names[value[at:end]]

            low, middle, high = value[end], value[end + 1], value[end + 2]
            if low < _MORE or middle < _MORE or high < _MORE or low & 1:
                return None
            at, end = end + 3, end + _TIME_BYTES
            time = quarters[value[at:end]] + ((low & _LOW | (middle & _LOW) << 7 | (high & _LOW) << 14) >> 1)

            if (size := value[end]) & _UNUSUAL:
                size, end = _length(value, end)
            at, end = end + 1, end + 1 + (size >> 1)
            if value[at:end] != key:
                return None

            if (size := value[end]) & _UNUSUAL:
                size, end = _length(value, end)
            at, end = end + 1, end + 1 + (size >> 1)
            subject = value[at:end].decode()

            if (size := value[end]) & _UNUSUAL:
                size, end = _length(value, end, MAX_DATA_BYTES)
            at, end = end + 1, end + 1 + (size >> 1)
            if end != len(value) or (size and value[at] != _BRACE):
                return None
            if not id_ or not key or not EARLIEST_MS <= time <= latest_ms:
                return None
            return Touchpoint(id_, source, type_, time, key.decode(), subject, value[at:])
        except (_UnusualError, IndexError, KeyError, UnicodeDecodeError):
            return None

    return read


def _zigzag(number: int) -> bytes:
    doubled = number << 1 if number >= 0 else (-number << 1) - 1
    out = bytearray()
    while doubled >= _MORE:
        out.append(doubled & _LOW | _MORE)
        doubled >>= 7
    out.append(doubled)
    return bytes(out)


def _instant(time: int) -> bytes:
    """Return the varint of an instant; those of our time have six bytes and are put together at once."""
    if not _SIX_FROM <= time < _SIX_TO:
        return _zigzag(time)
    low, high = (time << 1) & _TWENTY_ONE, time >> 20
    return bytes(
        (
            low & _LOW | _MORE,
            low >> 7 & _LOW | _MORE,
            low >> 14 | _MORE,
            high & _LOW | _MORE,
            high >> 7 & _LOW | _MORE,
            high >> 14,
        )
    )


_KNOWN: Final = 1 << 10  # lengths that are looked up
_LENGTHS: Final = tuple(_zigzag(length) for length in range(_KNOWN))
_TWENTY_ONE: Final = (1 << 21) - 1
_SIX_FROM: Final = 1 << 34  # doubled it is above 35 bits
_SIX_TO: Final = 1 << 41  # and below 42


def write(prefix: bytes, touchpoint: Touchpoint) -> bytes:
    """Return the flat Avro record of a touchpoint behind the prefix of its frame."""
    id_, source, type_ = touchpoint.id.encode(), touchpoint.source.encode(), touchpoint.type.encode()
    customer, subject, data = touchpoint.customer.encode(), touchpoint.subject.encode(), touchpoint.data
    return b"".join(
        (
            prefix,
            _length_of(id_),
            id_,
            _length_of(source),
            source,
            _length_of(type_),
            type_,
            _instant(touchpoint.time),
            _length_of(customer),
            customer,
            _length_of(subject),
            subject,
            _length_of(data),
            data,
        )
    )


def _length_of(raw: bytes) -> bytes:
    size = len(raw)
    return _LENGTHS[size] if size < _KNOWN else _zigzag(size)
