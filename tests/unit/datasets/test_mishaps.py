"""Outages and offline tills of simulated journeys."""

from collections import Counter

import msgspec

from streams.datasets.mishaps import AGAIN_MIN, BUSY, OFFLINE_MIN, OUTAGE_MIN, TILLS, mishaps
from streams.datasets.simulate import MONDAY, SOURCES, Arrival, Plan, arrivals
from streams.datasets.story import DAY, MINUTE_MS

PLAN = Plan(customers=2_000, seed=1, days=5)
BEGINS_MS = int(MONDAY.timestamp()) * 1000


def by_touchpoint(plan: Plan) -> dict[tuple[str, str], list[Arrival]]:
    """Return the arrivals of each touchpoint."""
    found: dict[tuple[str, str], list[Arrival]] = {}
    for each in arrivals(plan):
        found.setdefault((each.touchpoint.source, each.touchpoint.id), []).append(each)
    return found


def test_the_same_seed_has_the_same_mishaps() -> None:
    """On working days, of two different sources, and of one store."""
    found = mishaps(7, 30, 2, 1)
    assert found == mishaps(7, 30, 2, 1)
    assert found != mishaps(8, 30, 2, 1)
    assert [each.ends_min - each.begins_min for each in found] == [OUTAGE_MIN, OUTAGE_MIN, OFFLINE_MIN]
    assert len({each.source for each in found}) == 3
    assert {*BUSY, TILLS} <= set(SOURCES)
    assert [(each.source == TILLS, bool(each.store), each.twice) for each in found] == [
        (False, False, False),
        (False, False, False),
        (True, True, True),
    ]
    assert all(each.begins_min // DAY % 7 < 5 for each in found)


def test_what_happens_in_an_outage_arrives_when_it_is_over() -> None:
    """All of that source and time, once, and nothing else is touched."""
    [outage] = mishaps(PLAN.seed, PLAN.days, 1, 0)
    held = 0
    for [arrival] in by_touchpoint(msgspec.structs.replace(PLAN, outages=1)).values():
        minute = (arrival.touchpoint.time - BEGINS_MS) / MINUTE_MS
        if outage.covers(arrival.touchpoint.source, "", minute):
            assert arrival.recorded == BEGINS_MS + int(outage.ends_min * MINUTE_MS)
            held += 1
        else:
            assert arrival.recorded == arrival.touchpoint.time
    assert held > 15


def test_an_offline_till_uploads_its_day_twice() -> None:
    """When it is back, and ten minutes later all the same again."""
    [till] = mishaps(PLAN.seed, PLAN.days, 0, 1)
    back = BEGINS_MS + int(till.ends_min * MINUTE_MS)
    times: Counter[int] = Counter()
    for told in by_touchpoint(msgspec.structs.replace(PLAN, offline_tills=1)).values():
        times[len(told)] += 1
        if len(told) > 1:
            assert [each.recorded for each in told] == [back, back + AGAIN_MIN * MINUTE_MS]
            assert told[0].touchpoint == told[1].touchpoint
            assert msgspec.json.decode(told[0].touchpoint.data)["store"] == till.store
    assert times[2] > 5
    assert set(times) == {1, 2}


def test_mishaps_change_when_it_arrives_and_not_what_happens() -> None:
    """The touchpoints are those of the quiet plan."""
    noisy = msgspec.structs.replace(PLAN, outages=2, offline_tills=1)
    assert {key: told[0].touchpoint for key, told in by_touchpoint(noisy).items()} == {
        key: told[0].touchpoint for key, told in by_touchpoint(PLAN).items()
    }
