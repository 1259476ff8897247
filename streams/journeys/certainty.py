"""What is certain of an episode at a time: a deadline ahead of the clock decides nothing yet.

The fold may be ahead of the clock, by a touchpoint dated ahead or a topic that is read ahead of another. What keeps a
promise may then still be unread. So what a deadline decided is not said before the clock has reached it. While a source
is blind, its backlog is as unread as that: `holds` says up to when the deadlines of a rule are certain.
"""

import msgspec

from streams.journeys.folded import State
from streams.journeys.state import NEVER, RECOVERED, Episode


def known(episode: Episode, clock: int, course: int = NEVER) -> Episode | None:
    """Return the episode as far as it is certain at `clock`, what became of it no further than up to `course`.

    None while the deadline that decided it lies ahead; as it was before the first later turn whose deadline lies ahead.
    What followed such a turn is as uncertain as the turn.
    """
    if episode.held_until > clock:
        return None
    for number, turn in enumerate(episode.turns):
        if turn.held_until > clock or turn.held_until > course:
            shown = [later.shown for later in episode.turns[number:] if later.shown is not None]
            recent, promises = shown[0] if shown else (episode.recent, episode.promises)
            return msgspec.structs.replace(
                episode,
                status=turn.status,
                severity=turn.severity,
                ended_at=turn.ended_at,
                reason=turn.reason,
                evidence=turn.evidence,
                recent=recent,
                promises=promises,
            )
    return episode


def rests_on(episode: Episode, clock: int, course: int = NEVER) -> int:
    """Return the last deadline that decided what is `known` of the episode; 0 when none did."""
    last = episode.held_until if episode.held_until <= clock else 0
    for turn in episode.turns:
        if turn.held_until > clock or turn.held_until > course:
            break
        last = max(last, turn.held_until)
    return last


def final_at(episode: Episode) -> int:
    """Return from when on no touchpoint can change the episode; NEVER while it is open."""
    if not episode.ended_at:
        return NEVER
    return episode.ended_at + (episode.relapse_ms if episode.status == RECOVERED else 0)


def next_certain(state: State, clock: int) -> int:
    """Return when more is known of an episode than at `clock`; NEVER when everything is."""
    due = NEVER
    for episode in state.episodes.values():
        if clock < episode.held_until < due:
            due = episode.held_until
        for turn in episode.turns:
            if clock < turn.held_until < due:
                due = turn.held_until
    return due
