"""Patterns of matchers: what they mean, what is refused, and that none is slow."""

import re
import time

import pytest

from streams.desk.routing.pattern import MOST_CHARACTERS, Pattern, PatternError, is_match

TEXTS = (
    "",
    "a",
    "b",
    "ab",
    "aab",
    "abc",
    "payment-failing",
    "payment-",
    "a.b",
    "a-b",
    "]",
    "Ñandú",
    "7",
    "a\nb",
    "(a)",
)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "a",
        "a*",
        "a+b",
        "a?b",
        "a|ab|abc",
        "(a|b)+",
        "(?:a|b)*c?",
        "payment-.*",
        ".*",
        "[a-c]+",
        "[^a]",
        "[]a]",
        r"[\]a]",
        r"a\.b",
        r"a[.\-]b",
        r"\w+",
        r"\d",
        r"\(a\)",
        "((a*)*)*",
        "(a|)b",
        "|a",
        "Ñ.*",
    ],
)
def test_it_means_what_it_means_elsewhere(pattern: str) -> None:
    """Every pattern says of every text what Python's own says of the whole of it."""
    expected = [re.fullmatch(pattern, text, re.DOTALL) is not None for text in TEXTS]
    assert [Pattern(pattern).matches(text) for text in TEXTS] == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a{3}", "counted repetition"),
        ("^a", "an anchor"),
        ("a$", "an anchor"),
        ("a**", "repeats a repetition"),
        ("a+?", "repeats a repetition"),
        ("*a", "repeats nothing"),
        ("(a", "not closed"),
        ("a)", "too many"),
        ("[a", "not closed"),
        ("[z-a]", "no class of characters"),
        ("(?=a)", "not supported"),
        (r"(a)\1", "not supported"),
        (r"\b", "not supported"),
        ("a\\", "not supported"),
        ("(" * 30 + "a" + ")" * 30, "nested deeper"),
        ("a" * (MOST_CHARACTERS + 1), "longer than"),
    ],
)
def test_what_is_beyond_it_is_refused_with_a_reason(pattern: str, message: str) -> None:
    """Nothing is half understood."""
    with pytest.raises(PatternError, match=message):
        Pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|aa)+b", "a?" * 60 + "a" * 60 + "b", ".*a.*a.*a.*a.*a.*b", "(.*)*x"])
def test_no_pattern_is_slow(pattern: str) -> None:
    """Those that make a matcher that goes back work for years are through in no time."""
    began = time.perf_counter()
    assert not Pattern(pattern).matches("a" * MOST_CHARACTERS)
    assert time.perf_counter() - began < 60


def test_a_match_is_remembered() -> None:
    """The same question costs nothing the second time."""
    assert is_match("pay.*", "payment")
    hits = is_match.cache_info().hits
    assert is_match("pay.*", "payment")
    assert is_match.cache_info().hits == hits + 1
