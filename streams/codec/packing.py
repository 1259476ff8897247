"""Journeys' records as they lie in memory: the larger ones packed, since what a customer does repeats itself.

LZ4 takes a long journey to half its size, in a tenth of the time that folding its session takes. The changelog gets
records as they are: its batches are compressed anyway, over several journeys.
"""

from typing import Final

import cramjam

from streams.journeys.journey import header_size

LEAST_BYTES: Final = 2_048  # what is smaller stays as it is
_MARK_AT, _MARK = 21, 0x80  # the highest bit of the header's number of touchpoints, which are a few hundred at most


def pack(record: bytes, least: int = LEAST_BYTES) -> bytes:
    """Return the record, or, from so many bytes on, what takes less memory and can be peeked at like it.

    That is the header with a mark, and the rest as an LZ4 block behind its size. It is plain bytes, since the collector
    would look at each object of a type of ours.
    """
    if len(record) < least:
        return record
    end = header_size(record)
    head = record[:_MARK_AT] + bytes((record[_MARK_AT] | _MARK,)) + record[_MARK_AT + 1 : end]
    return head + bytes(cramjam.lz4.compress_block(record[end:]))


def unpack(stored: bytes) -> bytes:
    """Return the record of which `pack` made this."""
    if len(stored) <= _MARK_AT or not stored[_MARK_AT] & _MARK:
        return stored
    end = header_size(stored)
    head = stored[:_MARK_AT] + bytes((stored[_MARK_AT] & ~_MARK,)) + stored[_MARK_AT + 1 : end]
    return head + bytes(cramjam.lz4.decompress_block(stored[end:]))
