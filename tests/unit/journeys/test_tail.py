"""The tail: packed touchpoints that come back as they were."""

from typing import Final
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.journeys import tail
from streams.journeys.tail import Names
from streams.touchpoints.touchpoint import Touchpoint

UUIDS: Final = st.builds(lambda number: str(UUID(int=number)), st.integers(0, (1 << 128) - 1))
IDS: Final = st.one_of(UUIDS, UUIDS.map(str.upper), st.text(min_size=1, max_size=40), st.just("-" * 36))
TOUCHPOINTS: Final = st.builds(
    Touchpoint,
    id=IDS,
    source=st.sampled_from(["//web", "//till", "//señal"]),
    type=st.sampled_from(["page.viewed", "order.completed"]),
    time=st.integers(-1, (1 << 62) - 1),
    customer=st.just("c1"),
    subject=st.text(max_size=10),
    data=st.binary(max_size=50),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(TOUCHPOINTS, max_size=20))
def test_what_is_packed_is_unpacked(touchpoints: list[Touchpoint]) -> None:
    """Every field of every touchpoint, in order."""
    packed, names = tail.pack_all(touchpoints)
    assert list(tail.unpack(packed, names, "c1")) == touchpoints
    assert list(tail.unpack(packed, Names(names.pack()), "c1")) == touchpoints
    assert list(tail.times(packed)) == [one.time for one in touchpoints]
    assert [tail.time_at(packed, at) for at in tail.starts(packed)] == [one.time for one in touchpoints]


@settings(max_examples=150, deadline=None)
@given(st.lists(TOUCHPOINTS, max_size=12), TOUCHPOINTS)
def test_an_identity_is_found_exactly_where_it_is(touchpoints: list[Touchpoint], one: Touchpoint) -> None:
    """Source and id together; their bytes inside data or ids of others do not count."""
    packed, names = tail.pack_all(touchpoints)
    _, identity = tail.pack(one, names)
    at = tail.find(packed, identity)
    same = [index for index, other in enumerate(touchpoints) if (other.source, other.id) == (one.source, one.id)]
    assert at == (tail.starts(packed)[same[0]] if same else -1)


def test_a_uuid_takes_sixteen_bytes() -> None:
    """Lower case only: another spelling is another id."""
    text = "abababab-abab-abab-abab-abababababab"
    lower, upper = (Touchpoint(spelt, "//s", "t", 0, "c1") for spelt in (text, text.upper()))
    assert len(tail.pack(lower, Names())[0]) == 20 + 16
    assert len(tail.pack(upper, Names())[0]) == 20 + 36
    assert tail.pack(lower, Names())[1] != tail.pack(upper, Names())[1]


def test_names_are_numbered_once() -> None:
    """Types, sources and subjects share one list."""
    names = Names(msgspec.msgpack.encode(["a"]))
    assert [names.number(name) for name in ("a", "b", "a", "b")] == [0, 1, 0, 1]
    assert names.names == ["a", "b"]
