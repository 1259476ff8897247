"""The Confluent wire format."""

import pytest

from streams.codec.frame import SCHEMA_HEADER, Frame, prefix, unframe


def test_a_prefix_names_the_schema() -> None:
    """Magic byte 0, the id in four bytes, then the body."""
    assert unframe(prefix(0x54500101) + b"body") == Frame(0x54500101, 5)


@pytest.mark.parametrize("content", [b"\x00\x00\x00\x00\x07", b"\x00\x00\x00\x07"])
def test_a_header_names_the_schema_of_a_bare_body(content: bytes) -> None:
    """The header form is accepted with and without its magic byte, and wins over what the body looks like."""
    assert unframe(prefix(9) + b"body", [("trace", b"x"), (SCHEMA_HEADER, content)]) == Frame(7, 0)


@pytest.mark.parametrize("content", [b"\x01" + bytes(16), b"", None])
def test_a_header_without_an_id_is_a_frame_that_nobody_knows(content: bytes | None) -> None:
    """A GUID is not an id."""
    assert unframe(b"body", [(SCHEMA_HEADER, content)]) == Frame(None, 0)


@pytest.mark.parametrize("value", [b"", b"\x00\x00\x00\x00", b'{"id": "1"}', b"\x01\x00\x00\x00\x01"])
def test_other_bytes_have_no_frame(value: bytes) -> None:
    """Too short, or another first byte."""
    assert unframe(value) is None
