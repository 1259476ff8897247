"""What a failed promise about a page says."""

import pytest

from tests.browser.prompt import expect_prompt


def test_one_try_in_time_is_enough_and_no_more_are_made() -> None:
    """Whatever the machine did beside the others."""
    tries = iter([300.0, 250.0, 90.0])
    expect_prompt(400.0, tries)
    assert list(tries) == [90.0]
    expect_prompt(250.0, (pytest.fail("another try was made") for _ in range(1)))


def test_who_was_never_in_time_is_told_with_all_tries() -> None:
    """A single slow one and a page that is always slow look different."""
    with pytest.raises(AssertionError, match=r"^none of 3 tries was shown within 250 ms: 251, 300, 1200$"):
        expect_prompt(250.6, [300.2, 1_200.0])
