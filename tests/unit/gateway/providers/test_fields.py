"""The fields of a form."""

from typing import Final

import pytest

from streams.gateway.incoming import Incoming
from streams.gateway.providers.fields import MAX_FIELDS, fields_of

PARTS: Final = (
    b"--b\r\nContent-Disposition: form-data; name=sender\r\n\r\nana@mail.example\r\n"
    b'--b\r\nContent-Disposition: form-data; name="attachment-1"; filename="photo.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\xff\r\n"
    b'--b\r\nContent-Disposition: form-data; name="body-plain"\r\n\r\nIt broke: \xc3\xa9\r\n--b--\r\n'
)


def test_a_form_in_one_line_is_read() -> None:
    """Names may repeat, and texts may be empty."""
    assert fields_of(Incoming(body=b"a=1&b=&a=%C3%A9")) == [("a", "1"), ("b", ""), ("a", "é")]


def test_a_form_in_parts_is_read_without_its_files() -> None:
    """What a customer attached is passed over, what they wrote is not."""
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert fields_of(Incoming(headers=headers, body=PARTS)) == [
        ("sender", "ana@mail.example"),
        ("body-plain", "It broke: é"),
    ]


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("", b"\xff"),
        ("", b"&".join([b"a=1"] * (MAX_FIELDS + 1))),
        ("multipart/form-data", PARTS),
        ("multipart/form-data; boundary=b", PARTS[:100]),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", PARTS.replace(b"\xc3\xa9", b"\xc3")),
    ],
)
def test_what_is_no_form_is_none(media: str, body: bytes) -> None:
    """Cut, endless or foreign bytes are not guessed at."""
    assert fields_of(Incoming(headers={"content-type": media}, body=body)) is None
