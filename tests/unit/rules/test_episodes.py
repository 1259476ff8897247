"""Episodes: opened, ended and remembered inside the fold."""

from typing import Final

from streams.journeys.changes import Changes
from streams.journeys.folded import State
from streams.journeys.state import FORGOTTEN, Evidence, Glimpse
from streams.rules import episodes
from streams.rules.model import Seen, Selector
from streams.testing.journeys import MINUTE_MS, at, rule

RULE: Final = rule("r", Seen(Selector(("a",))), cooldown_ms=30 * MINUTE_MS, expires_ms=60 * MINUTE_MS)
EVIDENCE: Final = (Evidence("clause", 1, 1, ("t1",)),)
LOOK: Final = (Glimpse(at(0), "a", "//s", "t1", ""),)


def start(state: State, minute: float, changes: Changes | None = None, subject: str = "", limit: int = 9) -> None:
    """Open an episode of the rule."""
    episodes.start(state, RULE, subject, at(minute), EVIDENCE, changes or Changes(), limit=limit)


def test_an_episode_opens_with_what_there_was_to_see() -> None:
    """Evidence, recent touchpoints and a timer for its end."""
    state, changes = State(), Changes(lambda _: LOOK)
    start(state, 0, changes)
    ((name, episode),) = state.episodes.items()
    assert changes.episodes == [name]
    assert (episode.status, episode.started_at, episode.since, episode.ended_at) == ("firing", at(0), at(0), 0)
    assert (episode.evidence, episode.recent, episode.held_until) == (EVIDENCE, LOOK, 0)
    assert state.timers == {"e\x1fr\x1f": at(60)}
    assert episodes.is_open(state, RULE, "")
    assert not episodes.is_open(state, RULE, "other")


def test_what_a_deadline_opens_is_held_until_then() -> None:
    """And runs since what fell due had begun."""
    state = State()
    episodes.start(state, RULE, "", at(5), EVIDENCE, Changes(), limit=9, since=at(1))
    (episode,) = state.episodes.values()
    assert (episode.started_at, episode.since, episode.held_until) == (at(5), at(1), at(5))


def test_the_ordinal_counts_the_episodes_of_rule_and_subject() -> None:
    """It is part of the alert's id."""
    state = State()
    for number in range(3):
        start(state, number)
        episodes.end(state, "r", "", at(number), "recovered", "", Changes())
    start(state, 0, subject="order:1")
    assert [(episode.subject, episode.ordinal) for episode in state.episodes.values()] == [
        ("", 0), ("", 1), ("", 2), ("order:1", 0),
    ]  # fmt: skip


def test_a_forgotten_subject_starts_behind_what_may_have_been_used() -> None:
    """No id is given twice."""
    state = State()
    state.memory[FORGOTTEN] = [7, 0, 0]
    start(state, 0)
    assert [episode.ordinal for episode in state.episodes.values()] == [7]


def test_cooling_lasts_from_the_start() -> None:
    """Open or not."""
    state = State()
    assert not episodes.is_cooling(state, RULE, "", at(0))
    start(state, 0)
    assert episodes.is_cooling(state, RULE, "", at(29.9))
    assert not episodes.is_cooling(state, RULE, "", at(30))


def test_an_episode_ends_once_and_never_before_it_started() -> None:
    """What recovers it may be older than the deadline that opened it."""
    state, changes = State(), Changes()
    assert not episodes.end(state, "r", "", at(9), "recovered", "", changes)
    start(state, 10)
    assert episodes.end(state, "r", "", at(9), "recovered", "order.completed t2", changes)
    assert not episodes.end(state, "r", "", at(11), "expired", "", changes)
    (episode,) = state.episodes.values()
    assert (episode.status, episode.ended_at, episode.reason) == ("recovered", at(10), "order.completed t2")
    assert state.timers == {}


def test_time_alone_changes_nothing_of_what_is_shown() -> None:
    """An expired episode shows what it showed; a recovered one shows what recovered it."""
    for status, shown in (("expired", LOOK), ("recovered", ())):
        state = State()
        start(state, 0, Changes(lambda _: LOOK))
        episodes.end(state, "r", "", at(60), status, "", Changes(), silent=status == "expired")
        assert [episode.recent for episode in state.episodes.values()] == [shown]


def test_with_too_many_open_the_oldest_gives_way() -> None:
    """Ended ones do not count."""
    state, changes = State(), Changes()
    for number in range(4):
        start(state, number, subject=f"{number}", limit=3)
    assert [episode.status for episode in state.episodes.values()] == ["expired", "firing", "firing", "firing"]
    episodes.end(state, "r", "3", at(5), "recovered", "", changes)
    start(state, 6, subject="new", limit=3)
    assert sum(not episode.ended_at for episode in state.episodes.values()) == 3
