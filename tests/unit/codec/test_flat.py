"""The hot path says yes only to what the general path would take too, and then says the same."""

import pytest

from streams.codec import shipped, writers
from streams.codec.flat import flat_reader, write
from streams.codec.frame import PREFIX_BYTES, prefix
from streams.codec.registry import shipped_store
from streams.touchpoints.touchpoint import Touchpoint

NOW_MS = 1_777_636_800_000
GOOD = Touchpoint("1", "//shop/web", "payment.failed", NOW_MS, "ana", "cart:7", b'{"amount":3}')
PREFIX = prefix(1)


def test_a_usual_record_is_read() -> None:
    """All seven fields."""
    read = flat_reader(["payment.failed"])
    assert read(write(PREFIX, GOOD), b"ana", NOW_MS) == GOOD


def test_types_and_sources_are_interned() -> None:
    """Millions of touchpoints hold the same few strings once."""
    read = flat_reader(["payment.failed"])
    first = read(write(PREFIX, GOOD), b"ana", NOW_MS)
    second = read(write(PREFIX, GOOD), b"ana", NOW_MS)
    assert first is not None
    assert second is not None
    assert first.source is second.source
    assert first.type is second.type


@pytest.mark.parametrize(
    "time", [0, 1, (1 << 34) - 1, 1 << 34, NOW_MS, (1 << 41) - 1, 1 << 41, (1 << 62) + 1, -1, -(1 << 34) - 1]
)
def test_every_time_is_written_as_avro_has_it(time: int) -> None:
    """Those that are put together at once, and those before and after them: the general reader finds what was put."""
    schema = shipped.latest("touchpoint")
    source = shipped_store().get(schema.schema_id)
    assert source is not None
    touchpoint = Touchpoint("1", "//shop/web", "payment.failed", time, "ana", "x" * 2_000, b"")
    value = write(prefix(schema.schema_id), touchpoint)
    assert Touchpoint(**writers.read(value, PREFIX_BYTES, source, "touchpoint")) == touchpoint


def test_nothing_unusual_passes() -> None:
    """Each of these is for the general path to judge."""
    read = flat_reader(["payment.failed"])
    value = write(PREFIX, GOOD)
    assert [
        read(value, b"bob", NOW_MS),
        read(value, None, NOW_MS),
        read(value, b"ana", NOW_MS - 1),
        read(value[:-1], b"ana", NOW_MS),
        read(value + b" ", b"ana", NOW_MS),
        flat_reader(["other.type"])(value, b"ana", NOW_MS),
    ] == [None] * 6


@pytest.mark.parametrize("at", range(5, 60))
def test_a_negative_or_endless_length_is_not_followed(at: int) -> None:
    """A byte turned into the start of a long varint, or made odd, never makes another touchpoint out of a record."""
    read = flat_reader(["payment.failed"])
    value = bytearray(write(PREFIX, GOOD))
    for changed in (0xFF, value[at] ^ 1):
        broken = bytes(value[:at]) + bytes([changed]) + bytes(value[at + 1 :])
        found = read(broken, b"ana", NOW_MS)
        assert found is None or write(PREFIX, found) == broken


def test_full_caches_start_afresh() -> None:
    """A producer that invents sources, or history in random order, costs time but no memory without end."""
    read = flat_reader(["payment.failed"])
    for number in range(20_000):
        touchpoint = Touchpoint(str(number), f"//till/{number}", "payment.failed", NOW_MS - number * 2_000_000, "ana")
        assert read(write(PREFIX, touchpoint), b"ana", NOW_MS) == touchpoint
