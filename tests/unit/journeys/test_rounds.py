"""The rounds in which changed journeys wait to be written."""

from streams.journeys.journey import Journey
from streams.journeys.rounds import Rounds


def touched(rounds: Rounds, *keys: bytes) -> Rounds:
    """Change these journeys."""
    for key in keys:
        rounds.touch(key, Journey(key.decode()))
    return rounds


def test_aged_is_what_changed_before_the_last_take() -> None:
    """And whoever changed again in between is not written twice."""
    rounds = touched(Rounds(), b"a", b"b")
    assert rounds.take_aged() == []
    touched(rounds, b"b", b"c")
    assert rounds.take_aged() == [b"a", b"b"]
    assert rounds.take_aged() == [b"c"]
    assert rounds.take_aged() == []


def test_everything_is_taken_once() -> None:
    """Old and new changes alike."""
    rounds = touched(Rounds(), b"a", b"b")
    rounds.take_aged()
    touched(rounds, b"b", b"c")
    assert len(rounds) == 4
    assert rounds.take() == [b"a", b"b", b"c"]
    assert (rounds.take(), rounds.take_aged(), len(rounds)) == ([], [], 0)


def test_a_change_after_its_take_waits_anew() -> None:
    """Nothing that changed is ever left out."""
    rounds = touched(Rounds(), b"a")
    rounds.take_aged()
    assert rounds.take_aged() == [b"a"]
    touched(rounds, b"a")
    assert rounds.take_aged() == []
    assert rounds.take_aged() == [b"a"]
