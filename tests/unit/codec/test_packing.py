"""Journeys' records as they lie in memory."""

import gc

from streams.codec.packing import LEAST_BYTES, pack, unpack
from streams.journeys.journey import peek, peek_regime, peek_waiting
from streams.testing.journeys import Harness, partition, touchpoint


def record(touchpoints: int) -> bytes:
    """Return the record of a journey with so many touchpoints."""
    owner = Harness(partition(()))
    for minute in range(touchpoints):
        owner.feed(
            touchpoint("page.viewed", minute, subject=f"product:{minute % 7}", path=f"/shoes/{minute * 37 % 90}")
        )
    return owner.partition.value(b"c1") or b""


def test_what_is_packed_comes_back() -> None:
    """Byte for byte."""
    for touchpoints in (1, 10, 40):
        assert unpack(pack(record(touchpoints))) == record(touchpoints)


def test_a_long_journey_takes_much_less() -> None:
    """A customer's touchpoints are alike."""
    long = record(40)
    assert len(long) > LEAST_BYTES
    assert len(pack(long)) < 0.7 * len(long)


def test_a_short_journey_stays_as_it_is() -> None:
    """It is not worth the time."""
    short = record(3)
    assert pack(short) is short


def test_the_header_of_what_is_packed_can_be_read() -> None:
    """Deadlines, flags and positions are looked at without unpacking."""
    long = record(40)
    packed = pack(long)
    assert packed != long
    assert (peek(packed), peek_waiting(packed), peek_regime(packed)) == (
        peek(long), peek_waiting(long), peek_regime(long),
    )  # fmt: skip


def test_the_collector_does_not_look_at_what_is_packed() -> None:
    """A million of them cost no pause."""
    assert not gc.is_tracked(pack(record(40)))
