"""What a caller may say beside the body."""

from typing import Final

import pytest

from streams.gateway.api import options
from streams.gateway.api.options import Options
from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.request import Request
from streams.gateway.candidate import Candidate
from streams.gateway.door import Unknown
from streams.gateway.outcome import Refused, Why

DEFAULT: Final = Options(Unknown.REFUSE)


def read(query: bytes = b"", key: bytes | None = None) -> Options | Problem:
    """Return the options of a request."""
    headers = [] if key is None else [(b"idempotency-key", key)]
    return options.read(Request({"method": "POST", "headers": headers, "query_string": query}), DEFAULT)


def test_a_request_that_says_nothing_has_the_default() -> None:
    """At no cost."""
    assert read() is DEFAULT
    assert read(b"key=abc") == DEFAULT


@pytest.mark.parametrize(
    ("query", "key", "expected"),
    [
        (b"dry_run=1", None, Options(Unknown.REFUSE, is_dry=True)),
        (b"dry_run=false&unknown=ignore", None, Options(Unknown.IGNORE)),
        (b"", b"order-7", Options(Unknown.REFUSE, prefix="order-7")),
        (b"", b'"8e03978e"', Options(Unknown.REFUSE, prefix="8e03978e")),
    ],
)
def test_options_are_read(query: bytes, key: bytes | None, expected: Options) -> None:
    """From query and header."""
    assert read(query, key) == expected


@pytest.mark.parametrize(
    ("query", "key"),
    [(b"dry_run=perhaps", None), (b"unknown=drop", None), (b"", b""), (b"", b'""'), (b"", b"a b"), (b"", b"x" * 256)],
)
def test_what_cannot_be_meant_is_a_problem(query: bytes, key: bytes | None) -> None:
    """Rather than passed over: the caller counts on it."""
    found = read(query, key)
    assert isinstance(found, Problem)
    assert found.code is Code.MALFORMED


def test_items_without_an_id_get_that_of_their_place() -> None:
    """So that the same request again is a duplicate; what has an id keeps it."""
    bad = Refused(Why.MALFORMED)
    items: tuple[Candidate | Refused, ...] = (
        Candidate(type="a"),
        bad,
        Candidate(type="b"),
        Candidate(type="c", id="own"),
    )
    assert options.named(items, "k") == [
        Candidate(type="a", id="k-0"),
        bad,
        Candidate(type="b", id="k-2"),
        Candidate(type="c", id="own"),
    ]
    assert options.named(items, "") is items
