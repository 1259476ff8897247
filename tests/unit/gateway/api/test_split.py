"""An array that is cut into its items without being read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.api.split import split

DEEP = "[" * 5_000 + "]" * 5_000
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(VALUES, min_size=1), st.sampled_from([None, 1]), st.booleans())
def test_each_item_is_found_whole(items: list[Any], indent: int | None, is_ascii: bool) -> None:
    """Whatever brackets, commas, quotes and backslashes their texts hold."""
    found = split(json.dumps(items, indent=indent, ensure_ascii=is_ascii).encode())
    assert found is not None
    assert [json.loads(each) for each in found] == items


def test_depth_is_no_matter() -> None:
    """It is the items' own decoder that minds."""
    assert split(f'[1, {DEEP}, {{"a": {DEEP}}}, "]"]'.encode()) == [
        *(b"1", f" {DEEP}".encode(), f' {{"a": {DEEP}}}'.encode(), b' "]"')
    ]


@pytest.mark.parametrize("body", ["[1", "[[1]", "[1]]", "[1] 2", '["a]', "", '[1, "a'])
def test_brackets_that_do_not_match_are_no_array(body: str) -> None:
    """Nobody can tell where an item ends there."""
    assert split(body.encode()) is None


def test_a_text_without_end_takes_no_time() -> None:
    """Backslashes and quotes are looked at once."""
    assert split(b'["' + b"\\" * 1_000_000) is None
