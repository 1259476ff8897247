"""The text of a key."""

import hmac
import re

import pytest

from streams.gateway.keys import secret


def test_a_text_says_which_key_it_is_and_nothing_of_it_is_kept() -> None:
    """Only a digest is, which the text alone has."""
    id_ = secret.new_id()
    text, other = secret.new_text(id_), secret.new_text(id_)
    assert re.fullmatch(r"tpg_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", text)
    assert secret.key_id_of(text) == id_
    assert text[-43:] not in secret.digest(text)
    assert secret.is_of(text, secret.digest(text))
    assert not secret.is_of(other, secret.digest(text))


@pytest.mark.parametrize("text", ["", "tpg_", "tpd_0123456789abcdef_" + "a" * 43, "\ud800", "é", "x" * 100_000])
def test_a_text_of_another_form_is_of_no_key(text: str) -> None:
    """Nor does it break anything, whatever is in it."""
    assert secret.key_id_of(text) == ""
    assert not secret.is_of(text, secret.NO_DIGEST)


@pytest.mark.parametrize("ending", ["\n", " ", "a"])
def test_what_is_longer_than_a_key_is_none(ending: str) -> None:
    """A line break at the end is not overlooked."""
    assert secret.key_id_of(secret.new_text(secret.new_id()) + ending) == ""


def test_only_the_comparison_that_takes_as_long_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it says no, equal digests open nothing: none compares them beside it."""
    text = secret.new_text(secret.new_id())
    kept = secret.digest(text)
    asked: list[tuple[str, str]] = []

    def deny(one: str, other: str) -> bool:
        asked.append((one, other))
        return False

    monkeypatch.setattr(hmac, "compare_digest", deny)
    assert not secret.is_of(text, kept)
    assert asked == [(kept, kept)]
