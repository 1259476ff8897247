"""What a header says, or one part of it."""

import pytest

from streams.gateway.incoming import Incoming
from streams.gateway.providers.mapping import Place
from streams.gateway.providers.signatures.headers import said

INCOMING = Incoming(headers={"x-sig": " t=5, v1=a=b ,v1=c"})


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (Place("x-sig", "t"), "5"),
        (Place("x-sig", "v1"), "a=b"),
        (Place("x-sig", "v2"), ""),
        (Place("x-sig"), "t=5, v1=a=b ,v1=c"),
        (Place("x-none"), ""),
        (Place(""), ""),
    ],
)
def test_a_header_is_read_whole_or_in_part(place: Place, expected: str) -> None:
    """Of several parts of one name the first counts; nothing is there where nothing stands."""
    assert said(INCOMING, place) == expected
