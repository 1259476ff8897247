"""Bytes as operators read them."""

from streams.codec.hexdump import hexdump


def test_rows_have_offset_bytes_and_text() -> None:
    """Sixteen a row; what is not printable is a dot."""
    assert list(hexdump(b"\x00TP\xff" + b"a" * 14)) == [
        "00000000  00 54 50 ff 61 61 61 61 61 61 61 61 61 61 61 61  .TP.aaaaaaaaaaaa",
        "00000010  61 61                                            aa",
    ]


def test_a_long_value_is_cut() -> None:
    """And the rest is counted."""
    assert list(hexdump(b"a" * 40, limit=20))[1:] == [
        "00000010  61 61 61 61                                      aaaa",
        "... 20 more bytes",
    ]


def test_nothing_has_no_rows() -> None:
    """Not even an empty one."""
    assert list(hexdump(b"")) == []
