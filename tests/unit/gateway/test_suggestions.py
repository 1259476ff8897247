"""Suggestions for unknown types, in bounded time."""

from streams.codec import vocabulary
from streams.gateway.suggestions import SEARCHES, Suggestions

NOW = 1_790_000_000_000


def test_a_slip_of_the_pen_gets_the_type_that_was_meant() -> None:
    """And something from another world gets none."""
    suggest = Suggestions(vocabulary.shipped())
    assert suggest("payment.faild", NOW) == "payment.failed"
    assert suggest("xyzzy", NOW) == ""


def test_a_flood_of_unknown_types_is_searched_for_only_so_often() -> None:
    """What was found before is still known, and the next second has searches again."""
    suggest = Suggestions(vocabulary.shipped())
    assert suggest("payment.faild", NOW) == "payment.failed"
    for number in range(SEARCHES):
        suggest(f"unknown-{number}", NOW)
    assert suggest("order.complete", NOW) == ""
    assert suggest("payment.faild", NOW) == "payment.failed"
    assert suggest("order.complete", NOW + 1_000) == "order.completed"


def test_only_the_head_of_an_absurd_type_is_looked_at() -> None:
    """So that its length costs nothing."""
    suggest = Suggestions(vocabulary.shipped())
    assert suggest("x" * 1_000_000, NOW) == ""
