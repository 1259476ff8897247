"""What follows a failed attempt: try again, tell the fallback, or give up loudly. A pure function."""

from typing import Final

import msgspec

from streams.desk.notify.channel import Failed, Reason


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How patient we are. The waits double from `first_sec` to `most_sec`, each shortened by chance to a half at most.

    `patience_sec`: how long a channel is tried while there is a fallback. `give_up_sec`: while there is none.
    """

    first_sec: float = 2.0
    most_sec: float = 300.0
    patience_sec: float = 120.0
    give_up_sec: float = 86_400.0


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where a delivery stands: `attempts` have failed, this one included, the first one at `since` (ms).

    `is_dead`: the channel gave way to the fallback before, and has taken nothing since; it gets one attempt.
    """

    attempts: int
    since: int
    has_fallback: bool
    is_dead: bool = False


class Retry(msgspec.Struct, frozen=True):
    """Try again at (ms)."""

    at: int


class FallBack(msgspec.Struct, frozen=True):
    """Tell the receiver's fallback instead, and say so."""

    reason: Reason


class GiveUp(msgspec.Struct, frozen=True):
    """Nobody is left to tell: somebody has to look."""

    reason: Reason


Next = Retry | FallBack | GiveUp
_DOUBLINGS: Final = 30  # more of them are no number


def after(policy: Policy, state: State, failed: Failed, now: int, draw: float) -> Next:
    """Return what to do now (ms); `draw` is from 0 to 1 and spreads the attempts of many."""
    end: Next = FallBack(failed.reason) if state.has_fallback else GiveUp(failed.reason)
    if not failed.retry or (state.has_fallback and state.is_dead):
        return end
    wait_sec = min(policy.most_sec, policy.first_sec * 2 ** min(state.attempts - 1, _DOUBLINGS)) * (0.5 + draw / 2)
    at = now + round(max(wait_sec, failed.retry_after_sec) * 1000)
    patience_sec = policy.patience_sec if state.has_fallback else policy.give_up_sec
    return Retry(at) if at <= state.since + patience_sec * 1000 else end
