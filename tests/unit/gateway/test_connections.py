"""Who waits, for how long, and who makes room."""

import resource
from typing import Final

import pytest

from streams.gateway.connections import FILES, SPARE, Patience, Waits, most_connections, raise_file_limit

SEC: Final = 10.0
MOST: Final = 3


class Line:
    """A connection that only knows whether it was cut."""

    def __init__(self) -> None:
        self.is_cut = False

    def cut(self) -> None:
        """Note it."""
        self.is_cut = True


class Clock:
    """Moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def waits(clock: Clock) -> Waits:
    """Room for three."""
    return Waits(SEC, MOST, clock)


def test_the_one_that_has_waited_longest_makes_room(waits: Waits) -> None:
    """So a newcomer is always let in."""
    lines = [Line() for _ in range(MOST + 2)]
    for line in lines:
        waits.begin(line)
    assert [line.is_cut for line in lines] == [True, True, False, False, False]
    assert len(waits) == MOST


def test_whoever_begins_anew_has_not_waited_long(waits: Waits) -> None:
    """It goes behind all others."""
    lines = [Line() for _ in range(MOST)]
    for line in (*lines, lines[0], Line()):
        waits.begin(line)
    assert [line.is_cut for line in lines] == [False, True, False]


def test_whoever_waits_too_long_is_cut(waits: Waits, clock: Clock) -> None:
    """Nobody sooner, and nobody who has what it waited for."""
    early, late, done = Line(), Line(), Line()
    waits.begin(early)
    waits.begin(done)
    clock.now = 1.0
    waits.begin(late)
    waits.end(done)
    clock.now = SEC
    waits.sweep()
    assert (early.is_cut, late.is_cut, done.is_cut, len(waits)) == (True, False, False, 1)
    clock.now = SEC + 1.0
    waits.sweep()
    assert (late.is_cut, len(waits)) == (True, 0)


def test_who_never_waited_may_end_it() -> None:
    """A connection that is lost says so whatever it did."""
    Waits(SEC, MOST).end(Line())


def test_the_limit_of_files_is_never_lowered() -> None:
    """And raised as far as there is use for it, where that is allowed."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        raise_file_limit()
        after = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert after[1] == hard
        assert after[0] >= min(before, FILES) if before > 0 else after[0] == before
        assert most_connections() <= FILES - SPARE
        resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard))
        assert most_connections() == 900
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


def test_whole_requests_have_connections_of_their_own() -> None:
    """Those that wait for a head or a body fill up no more than their share, in all."""
    most, lines = 900, [Line() for _ in range(2_000)]
    patience = Patience.of(most)
    for head, body in zip(lines[::2], lines[1::2], strict=True):
        patience.heads.begin(head)
        patience.bodies.begin(body)
    assert len(patience.heads) + len(patience.bodies) <= most - most // 9
