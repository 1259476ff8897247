"""Dead letters."""

import pytest

from streams.codec import alert, frame
from streams.codec.dead_letter import DeadLetter, decode, encode
from streams.errors import CorruptError
from streams.touchpoints.rejection import Reason

LETTER = DeadLetter(
    topic="touchpoints.web",
    partition=3,
    offset=1842,
    timestamp=1_777_636_800_000,
    key=b"ana",
    value=b"\x00\xff junk",
    headers=(("trace", b"1"), ("trace", None), ("empty", b"")),
    reason=Reason.UNDECODABLE,
    detail="neither framed Avro nor JSON",
)


def test_a_dead_letter_keeps_the_original() -> None:
    """Bytes, headers in their order and with their repetitions, nulls as nulls."""
    assert decode(encode(LETTER)) == LETTER


def test_a_record_without_key_and_value_is_kept() -> None:
    """Nothing is not the same as empty."""
    bare = DeadLetter("touchpoints.web", 0, 0, -1, None, None, (), Reason.UNDECODABLE, "")
    assert decode(encode(bare)) == bare


def test_its_place_names_it() -> None:
    """The key on the topic, and the argument of the command line."""
    assert LETTER.place == "touchpoints.web/3/1842"


@pytest.mark.parametrize(
    "value", [b"", frame.prefix(7), encode(LETTER)[:-1], encode(LETTER).replace(b"undecodable", b"undreamtof!")]
)
def test_bytes_that_are_no_dead_letter_are_corrupt(value: bytes) -> None:
    """Nobody but us writes them."""
    with pytest.raises(CorruptError):
        decode(value)


def test_an_alert_is_no_dead_letter() -> None:
    """The other way round neither."""
    with pytest.raises(CorruptError):
        alert.decode(encode(LETTER))
