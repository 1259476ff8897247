"""What Segment's names stand for."""

import pytest

from streams.gateway.segment import names


@pytest.mark.parametrize("name", ["Order Completed", "order completed", "  ORDER   Completed "])
def test_an_event_of_the_spec_is_one_of_our_types(name: str) -> None:
    """However people write it."""
    assert names.type_of_event(name) == "order.completed"


@pytest.mark.parametrize("name", ["", "Video Watched", "order.completed", "page", "Identify", "x" * 1_000_000])
def test_other_events_stand_for_nothing(name: str) -> None:
    """A user's own event, one of our types, an event that has the name of a call, and what is no name."""
    assert names.type_of_event(name) == ""


def test_calls_have_types() -> None:
    """Each call that is a touchpoint has its row in the table."""
    assert {call: names.type_of_call(call) for call in sorted(names.CALLS)} == {
        "alias": "identity.linked",
        "identify": "customer.updated",
        "page": "page.viewed",
        "screen": "page.viewed",
    }
