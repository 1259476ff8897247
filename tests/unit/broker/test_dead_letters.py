"""Which dead letters are meant."""

import pytest

from streams.broker.dead_letters import Choice
from streams.codec.dead_letter import DeadLetter
from streams.touchpoints.rejection import Reason

LETTER = DeadLetter("touchpoints.web", 3, 7, 5, b"ana", b"x", (), Reason.UNKNOWN_TYPE, "")


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), True),
        (Choice(places=frozenset({"touchpoints.web/3/7", "touchpoints.web/3/8"})), True),
        (Choice(places=frozenset({"touchpoints.web/3/8"})), False),
        (Choice(reason=Reason.UNKNOWN_TYPE), True),
        (Choice(reason=Reason.BAD_TIME), False),
        (Choice(topic="touchpoints.web"), True),
        (Choice(topic="touchpoints.chat"), False),
        (Choice(since_ms=100), True),
        (Choice(since_ms=101), False),
        (Choice(reason=Reason.UNKNOWN_TYPE, since_ms=101), False),
    ],
)
def test_all_that_is_given_must_hold(choice: Choice, expected: bool) -> None:
    """Place, reason, topic, and when it was refused."""
    assert choice.has(LETTER, refused_ms=100) is expected


def test_a_choice_of_everything_is_told_apart() -> None:
    """Sending all of them again must be said in so many words."""
    assert (Choice().is_all, Choice(topic="x").is_all) == (True, False)
