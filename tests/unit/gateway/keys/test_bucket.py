"""The token bucket, its time moved by hand."""

from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.keys.bucket import Bucket, Wait, take

RATES = st.floats(0.1, 1_000)
BURSTS = st.integers(1, 500)
ASKS = st.lists(st.tuples(st.integers(-2_000, 5_000), st.integers(1, 800)), max_size=60)  # ms later, items


def test_a_new_key_may_send_its_burst_at_once_and_then_its_rate() -> None:
    """What is missing comes back with time, and the wait says when."""
    left, wait = take(None, 2.0, 10, 0, 10)
    assert (left, wait) == (Bucket(0.0, 0), None)
    assert take(left, 2.0, 10, 0, 1) == (left, Wait(1))
    assert take(left, 2.0, 10, 0, 6) == (left, Wait(3))
    assert take(left, 2.0, 10, 3_000, 6) == (Bucket(0.0, 3_000), None)


def test_a_request_above_the_burst_waits_for_a_full_bucket_and_is_paid_off() -> None:
    """It can be sent, and does not come for free."""
    assert take(Bucket(9.0, 0), 1.0, 10, 0, 25) == (Bucket(9.0, 0), Wait(1))
    left, wait = take(Bucket(9.0, 0), 1.0, 10, 1_000, 25)
    assert (left, wait) == (Bucket(-15.0, 1_000), None)
    assert take(left, 1.0, 10, 1_000, 1) == (left, Wait(16))


def test_a_clock_that_is_set_back_neither_gives_nor_takes() -> None:
    """From there on time counts again, for those who are told to wait too."""
    left, wait = take(Bucket(5.0, 10_000), 1.0, 10, 4_000, 6)
    assert (left, wait) == (Bucket(5.0, 4_000), Wait(1))
    assert take(left, 1.0, 10, 5_000, 6) == (Bucket(0.0, 5_000), None)


@given(RATES, BURSTS, ASKS)
def test_never_more_than_burst_and_rate_and_one_large_request(
    rate: float, burst: int, asks: list[tuple[int, int]]
) -> None:
    """Whatever is asked for when, with clocks going back too."""
    now, forward, let_through, over = 10_000, 0, 0, 0
    bucket: Bucket | None = None
    for later, items in asks:
        now, forward = now + later, forward + max(0, later)
        bucket, wait = take(bucket, rate, burst, now, items)
        if wait is None:
            let_through, over = let_through + items, max(over, items - burst)
    assert let_through <= (burst + forward * rate / 1_000 + max(0, over)) * (1 + 1e-9)


@given(RATES, BURSTS, ASKS, st.integers(1, 800))
def test_a_wait_is_long_enough(rate: float, burst: int, asks: list[tuple[int, int]], items: int) -> None:
    """Whoever comes when it was told to gets through, if nobody else came."""
    now = 10_000
    bucket: Bucket | None = None
    for later, some in asks:
        now += later
        bucket, _ = take(bucket, rate, burst, now, some)
    bucket, wait = take(bucket, rate, burst, now, items)
    if wait is not None:
        _, again = take(bucket, rate, burst, now + wait.sec * 1_000 + 1, items)  # 1 ms for the last bit of a float
        assert again is None
