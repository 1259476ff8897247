"""The secret of a webhook as a person enters it."""

import hmac

import pytest

from streams.gateway.providers.signatures.words import is_any, of_kind, secrets

LINES = "one two\n verify:t1 \narn:aws:sns:eu-west-1:1:mail\n\nthree\naud:https://a.example\nemail:p@a.example\n"


def test_each_line_is_one_thing() -> None:
    """A secret may hold spaces; what it is for stands before a colon."""
    assert secrets(LINES) == [b"one two", b"three"]
    assert of_kind(LINES, "verify:") == [b"t1"]
    assert of_kind(LINES, "arn:") == [b"arn:aws:sns:eu-west-1:1:mail"]
    assert of_kind(LINES, "aud:") == [b"https://a.example"]
    assert of_kind(LINES, "email:") == [b"p@a.example"]


def test_what_is_public_signs_nothing() -> None:
    """A topic, an audience or a token that travels in addresses is never taken for a secret."""
    assert secrets("verify:t1\narn:aws:sns:eu-west-1:1:mail\naud:a\nemail:e") == []


@pytest.mark.parametrize(
    ("given", "expected", "found"),
    [("b", [b"a", b"b"], True), (b"a", [b"a"], True), ("", [b""], False), ("ü", [b"u"], False), ("a", [], False)],
)
def test_one_of_several_is_enough_and_nothing_never_is(given: str | bytes, expected: list[bytes], found: bool) -> None:
    """An empty proof is no proof, even of an empty secret."""
    assert is_any(given, expected) is found


def test_only_the_comparison_that_takes_as_long_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked about every one, also behind the right one, and where it says no, equal words are no proof."""
    asked: list[tuple[bytes, bytes]] = []
    compare = hmac.compare_digest

    def spy(one: bytes, other: bytes) -> bool:
        asked.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", spy)
    assert is_any("a", [b"a", b"b"])
    assert asked == [(b"a", b"a"), (b"a", b"b")]
    monkeypatch.setattr(hmac, "compare_digest", lambda *_: False)
    assert not is_any("a", [b"a", b"b"])
