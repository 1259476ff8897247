"""What is certain of an episode at a time: a deadline ahead of the clock decides nothing yet.

The fold may be ahead of the clock, by a touchpoint dated ahead or a topic that is read ahead of another. What keeps a
promise may then still be unread. So what a deadline decided is not said before the clock has reached it.
"""

import msgspec

from streams.journeys.state import EXPIRED, FIRING, NEVER, Episode, State


def known(episode: Episode, clock: int) -> Episode | None:
    """Return the episode as far as it is certain at `clock`.

    None while the deadline that decided it lies ahead; still open while the time lies ahead at which it expires.
    """
    if episode.held_until > clock:
        return None
    if episode.status == EXPIRED and episode.ended_at > clock:
        return msgspec.structs.replace(episode, status=FIRING, ended_at=0, reason="")
    return episode


def next_certain(state: State, clock: int) -> int:
    """Return when more is known of an episode than at `clock`; NEVER when everything is."""
    due = NEVER
    for episode in state.episodes.values():
        for time in (episode.held_until, episode.ended_at if episode.status == EXPIRED else 0):
            if clock < time < due:
                due = time
    return due
