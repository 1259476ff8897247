import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.sink.frames import pack, unpack, whole
from streams.gateway.sink.record import Record
from streams.telemetry.trace_context import TraceContext
from streams.touchpoints.touchpoint import Touchpoint
from tests.unit.gateway.sink.conftest import Made, records


class Older(msgspec.Struct, array_like=True):
    """A record as it was before there were traces."""

    topic: str
    at: int
    touchpoint: Touchpoint


def test_what_is_packed_is_what_is_unpacked(made: Made) -> None:
    """Frames lie one behind the other and each knows how many touchpoints it has, and since when."""
    puts = [made(3, b'{"n":1}'), made(), made(2)]
    content = b"".join(map(pack, puts))
    frames = list(whole(content))
    assert [unpack(content, frame) for frame in frames] == puts
    assert [(frame.count, frame.at) for frame in frames] == [(3, 1), (1, 4), (2, 5)]
    assert frames[-1].end == len(content)


def test_a_trace_outlives_the_spool(made: Made) -> None:
    """A record that goes to the broker an hour later is still of the request that brought it."""
    traced = msgspec.structs.replace(made()[0], trace=TraceContext("1" * 32, "2" * 16, is_sampled=False, state="a=1"))
    content = pack([traced, *made()])
    (frame,) = whole(content)
    assert [record.trace for record in unpack(content, frame)] == [traced.trace, None]


def test_frames_of_an_older_version_are_read(made: Made) -> None:
    """What a gateway without traces has left goes on, and the other way round after a step back."""
    record = made()[0]
    older = msgspec.msgpack.encode(Older(record.topic, record.at, record.touchpoint))
    assert msgspec.msgpack.decode(older, type=Record) == record
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=Older).touchpoint == record.touchpoint


@given(st.integers(0, 400), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_a_frame_that_was_cut_off_is_no_frame(cut: int, sizes: list[int]) -> None:
    """What a crash left of the last one is seen, wherever it was cut."""
    content = b"".join(pack(records(1, size)) for size in sizes)
    ends = [frame.end for frame in whole(content)]
    kept = content[: max(0, len(content) - cut)]
    assert [frame.end for frame in whole(kept)] == [end for end in ends if end <= len(kept)]


@pytest.mark.parametrize("place", range(0, 60, 3))
def test_a_byte_that_changed_ends_what_is_read(made: Made, place: int) -> None:
    """Nothing that a disk gives back wrongly is taken for a touchpoint, in the head or in the body."""
    first, second = pack(made()), pack(made())
    damaged = bytearray(first + second)
    damaged[len(first) + place] ^= 0x10
    assert [frame.end for frame in whole(bytes(damaged))] == [len(first)]
    assert list(whole(bytes(64))) == []
