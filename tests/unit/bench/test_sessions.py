"""The benchmark's records are the same for everybody, and real enough."""

from collections import Counter
from itertools import islice

from streams.codec.registry import SchemaStore
from streams.codec.touchpoint import TouchpointDecoder
from streams.codec.vocabulary import shipped
from streams.touchpoints.touchpoint import Touchpoint
from tests.bench.sessions import FAILURE, LONGEST, MIX, SHORTEST, Record, Sessions

START_MS = 1_760_000_000_000


def _records(number: int, per_sec: int = 50) -> list[Record]:
    return list(islice(Sessions(seed=1, start_ms=START_MS, per_sec=per_sec).records(), number))


def test_a_seed_gives_the_same_records() -> None:
    """Peers, and runs on other days, take the same bytes but for the times."""
    assert _records(500) == _records(500)


def test_records_come_in_the_order_of_their_time_and_at_their_rate() -> None:
    """They are a flow, not a heap."""
    times = [record.time for record in _records(1_000)]
    assert times == sorted(times)
    assert times[0] >= START_MS
    assert 15_000 < times[-1] - START_MS < 25_000


def test_customers_have_whole_sessions() -> None:
    """Whoever began and ended within the records has eight touchpoints or more."""
    per_customer = Counter(record.key for record in _records(20_000))
    assert max(per_customer.values()) <= LONGEST
    whole = sum(count >= SHORTEST for count in per_customer.values())
    assert whole > len(per_customer) / 2


def test_every_record_is_a_touchpoint_of_the_vocabulary() -> None:
    """The decoder refuses none of them, and they are spread over every topic that producers write to."""
    decoder = TouchpointDecoder(shipped(), SchemaStore())
    records = _records(3_000)
    decoded = [decoder.decode(record.value, record.key, (), record.time) for record in records]
    assert all(isinstance(one, Touchpoint) for one in decoded)
    assert {shipped().kinds[kind].topic for kind in (*MIX, FAILURE)} == {
        kind.topic for kind in shipped().kinds.values()
    }


def test_bad_moments_are_planted() -> None:
    """A session with trouble has three failed payments."""
    records = islice(Sessions(seed=1, start_ms=START_MS, per_sec=50, bad_one_in=10).records(), 5_000)
    failures = Counter(record.key for record in records if record.kind == FAILURE)
    assert set(failures.values()) <= {1, 2, 3}
    assert Counter(failures.values())[3] > 10
