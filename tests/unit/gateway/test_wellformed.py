r"""Half characters, as `JSON.stringify` writes them of a text that was cut in the middle of an emoji."""

import json

import pytest

from streams.gateway.wellformed import mended


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (rb'{"a":"x\ud83d"}', {"a": "x\ufffd"}),
        (rb'{"a":"\ude00x"}', {"a": "\ufffdx"}),
        (rb'{"a":"\uD83D\uDE00 \uD83D"}', {"a": "\U0001f600 \ufffd"}),
        (rb'{"a":"\ud83d\ud83d\ude00"}', {"a": "\ufffd\U0001f600"}),
        (rb'{"a":"\ude00\ud83d"}', {"a": "\ufffd\ufffd"}),
        (rb'{"a":"\\\ud83d\n\""}', {"a": '\\\ufffd\n"'}),
    ],
)
def test_a_half_becomes_what_every_encoder_makes_of_it(body: bytes, expected: object) -> None:
    """And whatever stands around it stays."""
    assert json.loads(mended(body)) == expected


@pytest.mark.parametrize(
    "body",
    [b"", b'{"a":"b"}', rb'{"a":"\ud83d\ude00"}', rb'{"a":"\\ud83d"}', rb'{"a":"\u00e9"}', b"\\", b"\\u", b"\xff"],
)
def test_what_is_whole_is_the_same_object(body: bytes) -> None:
    """Also where a backslash is meant as such, or it is no JSON at all."""
    assert mended(body) is body
