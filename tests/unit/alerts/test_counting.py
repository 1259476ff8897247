"""What a partition counts beside its journeys: exact over crashes, replays and copies, and bounded."""

from collections.abc import Iterable

import msgspec
import pytest

from streams.alerts.counting import Counting
from streams.alerts.crowds.seen import Seen
from streams.alerts.stat import Stat
from streams.alerts.stats import OTHER
from streams.codec.vocabulary import shipped
from streams.journeys.limits import HOUR_MS, Limits
from streams.rules.compile import compile_rules
from streams.rules.model import Count, Crowd, Over, Selector
from streams.testing.journeys import at, rule
from streams.touchpoints.touchpoint import Touchpoint

WEB, STORE = 0, 3
VOIDED = Selector(("sale.voided",))
TILLS = rule(
    "tills", Count(VOIDED, 5, 900_000), crowd=Crowd(over=Over.TILL, selector=VOIDED, at_least=5, within_ms=900_000)
)
PLAN = compile_rules([TILLS], shipped())
TILL = "//pos/madrid-014/till-3"


def made(number: int, kind: str = "page.viewed", minute: float = 0, customer: str = "c1", **data: object) -> Touchpoint:
    """Return a touchpoint; keyword arguments become its data."""
    body = msgspec.json.encode(data) if data else b""
    return Touchpoint(f"t{number}", TILL if kind.startswith("sale") else "//web", kind, at(minute), customer, "", body)


def counting(limits: Limits | None = None) -> Counting:
    """Return what counts nothing yet."""
    return Counting(1, PLAN, shipped(), limits)


def restored(state: Iterable[tuple[bytes, bytes | None]]) -> Counting:
    """Return the successor that has read this back."""
    one = counting()
    for key, record in state:
        assert one.restore(key, record)
    return one


def test_touchpoints_are_counted_by_five_minutes_and_group() -> None:
    """With customers, what is bad by itself, and the value of what is good."""
    one = counting()
    one.take(STORE, 0, made(0, "sale.completed", 1, store="madrid-014", amount=10.5, sku="s1"))
    one.take(STORE, 1, made(1, "sale.completed", 4.9, customer="c2", store="madrid-014", amount=0.25, sku="s1"))
    one.take(STORE, 2, made(2, "sale.completed", 5, customer="", amount="much"))
    one.take(WEB, 0, made(3, "error.shown", 1))
    assert one.take_written({STORE: 3, WEB: 1}, 0, everything=True).stats == [
        Stat(at(0), 1, "FMOT", "store", "sale.completed", "madrid-014", "s1", 2, 2, 0, 0, 0, 10.75),
        Stat(at(0), 1, "ZMOT", "web", "error.shown", "", "", 1, 1, 1, 0, 0, 0.0),
        Stat(at(5), 1, "FMOT", "store", "sale.completed", "madrid-014", "", 1, 0, 0, 0, 0, 0.0),
    ]


def test_only_what_changed_is_told_again_and_in_all() -> None:
    """Absolute: a consumer keeps the newest of each key."""
    one = counting()
    one.take(WEB, 0, made(0))
    one.take(WEB, 1, made(1, minute=10))
    one.take_written({WEB: 2}, 0, everything=True)
    one.take(WEB, 2, made(2, customer="c2"))
    [stat] = one.take_written({WEB: 3}, 0, everything=True).stats
    assert (stat.at, stat.touchpoints, stat.customers) == (at(0), 2, 2)


def test_customers_are_exact_up_to_a_bound_and_estimated_above() -> None:
    """A thousand are not ten thousand, and cost no more than a hundred."""
    one = counting()
    for number in range(1_000):
        one.take(WEB, number, made(number, customer=f"c{number}"))
    [stat] = one.take_written({WEB: 1_000}, 0, everything=True).stats
    assert stat.touchpoints == 1_000
    assert 700 < stat.customers < 1_300


def test_groups_above_the_bound_count_as_other() -> None:
    """However many products there are, the record stays small (L9)."""
    one = counting(Limits(stats_groups=3))
    for number in range(10):
        one.take(STORE, number, made(number, "sale.completed", store=f"store-{number}"))
    told = one.take_written({STORE: 10}, 0, everything=True).stats
    assert [(stat.type, stat.touchpoints) for stat in told] == [*[("sale.completed", 1)] * 3, (OTHER, 7)]
    assert one.stats.overflow == 7


def test_a_replay_after_a_crash_counts_what_is_missing_and_nothing_twice() -> None:
    """Whatever of the state had become durable before the crash, in the order in which it is written (L4)."""
    touchpoints = [made(n, "sale.voided" if n % 2 else "page.viewed", n, "" if n % 4 == 1 else "c1") for n in range(12)]
    whole = counting()
    for offset, touchpoint in enumerate(touchpoints):
        whole.take(STORE, offset, touchpoint)
    expected = whole.take_written({STORE: 12}, 0, everything=True)
    one = counting()
    for offset, touchpoint in enumerate(touchpoints[:6]):
        one.take(STORE, offset, touchpoint)
    state = list(one.take_written({STORE: 6}, 0, everything=True).state)
    for offset, touchpoint in enumerate(touchpoints[6:9], 6):
        one.take(STORE, offset, touchpoint)
    state += one.take_written({STORE: 9}, 0, everything=False).state
    for durable in range(len(state) + 1):
        successor = restored(state[:durable])
        for offset, touchpoint in enumerate(touchpoints):
            (successor.take_again if offset < 6 else successor.take)(STORE, offset, touchpoint)
        told = successor.take_written({STORE: 12}, 0, everything=True)
        newest = {(stat.at, stat.type): stat for stat in told.stats}
        assert all(newest.get((stat.at, stat.type), stat) == stat for stat in expected.stats)
        counts = {each.bucket: each for each in told.counts}
        assert all(counts.get(each.bucket, each) == each for each in expected.counts)


def test_a_second_crash_in_the_middle_of_a_replay_counts_nothing_twice() -> None:
    """A flush before the replay has reached what was counted says nothing smaller than the state stands for."""
    one = counting()
    for offset in range(6):
        one.take(WEB, offset, made(offset))
        one.take(STORE, offset, made(10 + offset, "sale.voided", minute=offset / 10))
    state = list(one.take_written({WEB: 6, STORE: 6}, 0, everything=True).state)
    one = restored(state)
    for offset in range(2):
        one.take_again(WEB, offset, made(offset))
        one.take_again(STORE, offset, made(10 + offset, "sale.voided", minute=offset / 10))
    one.take(STORE, 6, made(16, "sale.voided", minute=1))
    state += one.take_written({WEB: 2, STORE: 7}, 0, everything=True).state  # a topic is behind what it had reached
    one = restored(state)
    for offset in range(2, 7):
        one.take(WEB, offset, made(offset, minute=offset // 6))
    one.take(STORE, 7, made(17, "sale.voided", minute=2))
    told = one.take_written({WEB: 7, STORE: 8}, 0, everything=True)
    assert {stat.type: stat.touchpoints for stat in told.stats} == {"page.viewed": 7, "sale.voided": 8}
    assert [each.counted.matches for each in told.counts] == [8]


def test_copies_count_once() -> None:
    """Known by the journey, by the ring of those without one, or after a crash by the hashes of the last ones."""
    one = counting()
    one.take(WEB, 0, made(0))
    one.take(WEB, 1, made(0), is_copy=True)
    one.take(STORE, 0, made(1, "sale.voided", customer=""))
    one.take(STORE, 1, made(1, "sale.voided", customer=""))
    state = one.take_written({WEB: 2, STORE: 2}, 0, everything=True).state
    successor = restored(state)
    successor.take_again(WEB, 2, made(0))
    successor.take(STORE, 2, made(1, "sale.voided", customer=""))
    told = successor.take_written({WEB: 3, STORE: 3}, 0, everything=True).stats
    assert [(stat.type, stat.touchpoints) for stat in told] == [("page.viewed", 1), ("sale.voided", 1)]


def test_a_settled_replay_need_not_even_be_decoded() -> None:
    """What is counted everywhere is skipped by its offset."""
    one = counting()
    one.take(WEB, 0, made(0))
    assert one.needs(WEB, 0)
    one = restored(one.take_written({WEB: 1}, 0, everything=True).state)
    assert (one.needs(WEB, 0), one.needs(WEB, 1)) == (False, True)


def test_what_is_too_old_is_dropped_and_not_counted_from_nothing() -> None:
    """A bucket that is kept no more would seem to begin again."""
    one = counting(Limits(lateness_ms=HOUR_MS))
    one.take(WEB, 0, made(0))
    one.take(STORE, 0, made(1, "sale.voided"))
    one.take_written({WEB: 1, STORE: 1}, at(0), everything=True)
    tombstones = one.take_written({WEB: 1, STORE: 1}, at(120), everything=True).state
    assert sorted(key.partition(b"/")[0] for key, value in tombstones if value is None) == [b"\x00counts", b"\x00stats"]
    one.take(WEB, 1, made(2))
    one.take(STORE, 1, made(3, "sale.voided"))
    written = one.take_written({WEB: 2, STORE: 2}, at(120), everything=True)
    assert (written.stats, written.counts) == ([], [])
    assert (one.stats.too_late, one.tally.too_late) == (2, 1)


@pytest.mark.parametrize("restarts", [False, True])
def test_the_ring_remembers_the_last_ones_in_parts(restarts: bool) -> None:
    """The oldest go first, and a restart forgets nothing."""
    ring = Seen(64)
    parts: dict[int, bytes] = {}
    for number in range(1_000):
        assert ring.is_new("//web", str(number), number)
        parts |= dict(ring.take_records())
        if restarts and number % 100 == 0:
            ring = Seen(64)
            for part in parts.items():
                ring.restore(*part)
    assert not any(ring.is_new("//web", str(number), -1) for number in range(940, 1_000))
    assert ring.is_new("//web", "999", 999)
    assert ring.is_new("//web", "5", 5)
