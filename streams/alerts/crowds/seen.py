"""The last touchpoints that were counted, by source and id: a second copy is known, also after a restart."""

import hashlib
from collections.abc import Iterator
from typing import Final

import msgspec

_CHUNKS: Final = 32  # written one by one: what has not changed is not written again
_encode: Final = msgspec.msgpack.Encoder().encode


class _Chunk(msgspec.Struct, array_like=True):
    serial: int = 0
    places: dict[bytes, int] = {}


_decode: Final = msgspec.msgpack.Decoder(_Chunk).decode


class Seen:
    """Remembers about `most` touchpoints, the oldest go first."""

    def __init__(self, most: int) -> None:
        """Start with none."""
        self._size = max(1, most // _CHUNKS)
        self._chunks = [_Chunk(number, {}) for number in range(_CHUNKS)]
        self._places: dict[bytes, int] = {}
        self._current = _CHUNKS - 1
        self._dirty: set[int] = set()

    def is_new(self, source: str, identity: str, place: int) -> bool:
        """Take note of a touchpoint; return whether no other copy was seen. `place` says which copy it is."""
        name = hashlib.blake2b(f"{source}\x1f{identity}".encode(), digest_size=8).digest()
        known = self._places.get(name)
        if known is not None:
            return known == place
        chunk = self._chunks[self._current]
        if len(chunk.places) >= self._size:
            chunk = self._turn(chunk.serial + 1)
        chunk.places[name] = self._places[name] = place
        self._dirty.add(self._current)
        return True

    def _turn(self, serial: int) -> _Chunk:
        self._current = (self._current + 1) % _CHUNKS
        for name in self._chunks[self._current].places:
            del self._places[name]
        chunk = self._chunks[self._current] = _Chunk(serial, {})
        return chunk

    def take_records(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and content of the parts that changed since they were taken last."""
        for number in sorted(self._dirty):
            yield number, _encode(self._chunks[number])
        self._dirty.clear()

    def restore(self, number: int, record: bytes) -> None:
        """Take a part back, over what was taken back of it before."""
        for name in self._chunks[number].places:
            self._places.pop(name, None)
        chunk = self._chunks[number] = _decode(record)
        self._places |= chunk.places
        if chunk.serial >= self._chunks[self._current].serial:
            self._current = number
