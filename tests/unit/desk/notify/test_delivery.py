"""What follows a failed attempt."""

import pytest

from streams.desk.notify.channel import Failed, Reason
from streams.desk.notify.delivery import FallBack, GiveUp, Policy, Retry, State, after

POLICY = Policy(first_sec=2, most_sec=60, patience_sec=120, give_up_sec=3_600)
NOW = 1_000_000
BUSY = Failed(Reason.SERVER, retry=True)


def state(attempts: int = 1, *, since: int = NOW, has_fallback: bool = True) -> State:
    """Return a delivery that has just failed."""
    return State(attempts=attempts, since=since, has_fallback=has_fallback)


@pytest.mark.parametrize(("attempts", "wait_sec"), [(1, 2), (2, 4), (3, 8), (6, 60), (5_000, 60)])
def test_waits_double_up_to_their_bound(attempts: int, wait_sec: int) -> None:
    """However often it failed, the wait is a number."""
    assert after(POLICY, state(attempts), BUSY, NOW, 1.0) == Retry(NOW + wait_sec * 1_000)


def test_chance_spreads_the_attempts_of_many() -> None:
    """From a half of the wait to the whole of it."""
    waits = [after(POLICY, state(3), BUSY, NOW, draw) for draw in (0.0, 0.5, 1.0)]
    assert waits == [Retry(NOW + 4_000), Retry(NOW + 6_000), Retry(NOW + 8_000)]


def test_what_the_other_side_asks_for_is_honoured() -> None:
    """Never earlier than Retry-After, and not later than the patience lasts."""
    asks = Failed(Reason.RATE_LIMITED, retry=True, retry_after_sec=30)
    assert after(POLICY, state(), asks, NOW, 0.5) == Retry(NOW + 30_000)
    too_much = Failed(Reason.RATE_LIMITED, retry=True, retry_after_sec=121)
    assert after(POLICY, state(), too_much, NOW, 0.5) == FallBack(Reason.RATE_LIMITED)


def test_what_cannot_work_goes_to_the_fallback_at_once() -> None:
    """A refusal stays a refusal."""
    refused = Failed(Reason.REFUSED, retry=False)
    assert after(POLICY, state(), refused, NOW, 0.5) == FallBack(Reason.REFUSED)
    assert after(POLICY, state(has_fallback=False), refused, NOW, 0.5) == GiveUp(Reason.REFUSED)


def test_patience_is_short_with_a_fallback_and_long_without() -> None:
    """A page waits two minutes for a dead channel when somebody else can be told, and an hour when nobody can."""
    since = NOW - 119_000
    assert after(POLICY, state(9, since=since), BUSY, NOW, 0.5) == FallBack(Reason.SERVER)
    alone = state(9, since=since, has_fallback=False)
    assert after(POLICY, alone, BUSY, NOW, 1.0) == Retry(NOW + 60_000)
    assert after(POLICY, alone, BUSY, since + 3_600_000, 1.0) == GiveUp(Reason.SERVER)


def test_a_channel_that_is_known_to_be_dead_gets_one_attempt() -> None:
    """Where somebody else can be told; otherwise it is all we have."""
    dead = State(attempts=1, since=NOW, has_fallback=True, is_dead=True)
    assert after(POLICY, dead, BUSY, NOW, 1.0) == FallBack(Reason.SERVER)
    alone = State(attempts=1, since=NOW, has_fallback=False, is_dead=True)
    assert after(POLICY, alone, BUSY, NOW, 1.0) == Retry(NOW + 2_000)


@pytest.mark.parametrize("has_fallback", [True, False])
def test_every_delivery_ends(has_fallback: bool) -> None:
    """A channel that stays dead is left after its patience, in a bounded number of attempts."""
    now, attempts = NOW, 0
    while True:
        attempts += 1
        outcome = after(POLICY, state(attempts, has_fallback=has_fallback), BUSY, now, 0.0)
        if not isinstance(outcome, Retry):
            break
        assert outcome.at > now
        now = outcome.at
    assert attempts == (8 if has_fallback else 124)
