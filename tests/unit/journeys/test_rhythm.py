"""How long a silence of a source may last: declared, or learnt from the hours of its week."""

from typing import Final

from streams.journeys.limits import DAY_MS, HOUR_MS
from streams.journeys.rhythm import CELLS, SLOT_MS, Expectation, Hours, Matcher, Policy, blind_at, learn
from streams.journeys.state import NEVER
from streams.testing.journeys import MINUTE_MS, MONDAY_MS, at

MIDNIGHT: Final = MONDAY_MS - 9 * HOUR_MS
DAYTIME: Final = Hours(tuple((day * 1_440 + 540, day * 1_440 + 1_260) for day in range(6)))  # Mon-Sat 09:00-21:00
POLICY: Final = Policy()


def declared(hours: Hours | None = None) -> Expectation:
    """Return a source of which a silence of 20 minutes is one too long."""
    return Expectation(pattern="//till", blind_after_ms=20 * MINUTE_MS, hours=hours)


def learnt(weeks: int, every: int = 1) -> tuple[list[int], int]:
    """Return the cells of a till that sells every so many minutes on weekdays from 9 to 21, and its last slot."""
    cells: list[int] = []
    last = 0
    for day in range(7 * weeks):
        if day % 7 == 6:
            continue
        for minute in range(0, 12 * 60, every):
            slot = (MONDAY_MS + day * DAY_MS) // SLOT_MS + minute
            learn(cells, last, slot)
            last = slot
    return cells, last


def test_a_declared_silence_is_over_to_the_millisecond() -> None:
    """Without hours it is simply so long after the last touchpoint."""
    assert blind_at(at(3.5), declared(), [], POLICY) == at(23.5)


def test_a_till_that_closes_at_night_misses_nothing_until_it_opens() -> None:
    """Five minutes before closing, then fifteen of the next morning."""
    closing = MIDNIGHT + 21 * HOUR_MS
    assert blind_at(closing - 5 * MINUTE_MS, declared(DAYTIME), [], POLICY) == MONDAY_MS + DAY_MS + 15 * MINUTE_MS


def test_a_closed_sunday_is_passed_over() -> None:
    """From Saturday's closing to Monday's opening."""
    saturday = MIDNIGHT + 5 * DAY_MS + 21 * HOUR_MS
    assert blind_at(saturday, declared(DAYTIME), [], POLICY) == MONDAY_MS + 7 * DAY_MS + 20 * MINUTE_MS


def test_opening_hours_follow_the_clocks_of_the_place() -> None:
    """An hour ahead of UTC from some day on, it opens an hour earlier."""
    later = MIDNIGHT + 2 * DAY_MS
    hours = Hours(DAYTIME.spans, ((0, 0), (later, HOUR_MS)))
    assert not hours.is_open(MONDAY_MS + DAY_MS - 1)
    assert hours.is_open(MONDAY_MS + DAY_MS)
    assert hours.is_open(MONDAY_MS + 2 * DAY_MS - HOUR_MS)
    assert not hours.is_open(MONDAY_MS + 2 * DAY_MS - HOUR_MS - 1)
    assert not hours.is_open(MIDNIGHT + 3 * DAY_MS - 4 * HOUR_MS + 2 * HOUR_MS)


def test_hours_that_are_never_open_judge_nothing() -> None:
    """Nobody waits for ever in a loop either."""
    assert blind_at(at(0), declared(Hours(())), [], POLICY) == NEVER


def test_nothing_is_judged_before_anything_is_learnt() -> None:
    """A new source is never blind."""
    assert blind_at(at(0), None, [], POLICY) == NEVER
    cells: list[int] = []
    learn(cells, 0, at(0) // SLOT_MS)
    assert blind_at(at(12 * 60), None, cells, POLICY) >= MONDAY_MS + 7 * DAY_MS


def test_a_busy_source_is_blind_after_some_twenty_minutes() -> None:
    """Each silent minute of an hour in which it is always active is nearly one that is missing, with time."""
    for weeks, minutes in ((1, 36), (4, 22.5), (8, 20.25)):
        cells, _ = learnt(weeks)
        noon = MONDAY_MS + weeks * 7 * DAY_MS + 3 * HOUR_MS
        assert abs(blind_at(noon, None, cells, POLICY) - noon - minutes * MINUTE_MS) <= 1


def test_a_slow_source_is_given_more_time() -> None:
    """One sale in ten minutes: about ten times as long."""
    cells, _ = learnt(4, every=10)
    nine = MONDAY_MS + 28 * DAY_MS
    assert blind_at(nine, None, cells, POLICY) - nine == 225 * MINUTE_MS


def test_a_learnt_night_and_sunday_miss_nothing() -> None:
    """What has been quiet for weeks at this hour is expected to be quiet."""
    cells, last = learnt(4)
    saturday_evening = last * SLOT_MS
    found = blind_at(saturday_evening, None, cells, POLICY)
    monday = MONDAY_MS + 28 * DAY_MS
    assert monday + 21 * MINUTE_MS <= found <= monday + 23 * MINUTE_MS


def test_what_is_learnt_is_bounded_and_forgets() -> None:
    """A year of one rhythm is out of mind after a season of another."""
    cells, last = learnt(52)
    assert len(cells) == 2 * CELLS
    assert max(cells) <= 8 * 60
    learn(cells, last, last + 52 * 7 * 24 * 60)  # a year of nothing counts as a week of it
    hour = MONDAY_MS // HOUR_MS % CELLS * 2
    assert 0.8 < cells[hour] / cells[hour + 1] < 0.95


def test_a_group_is_followed_under_its_pattern() -> None:
    """The first declaration that matches counts; who is in no group keeps the own name."""
    matcher = Matcher(
        (
            Expectation(pattern="//pos/madrid-*/till-*", is_group=True),
            Expectation(pattern="//pos/*", blind_after_ms=MINUTE_MS),
        )
    )
    assert matcher.name("//pos/madrid-014/till-3") == "//pos/madrid-*/till-*"
    assert matcher.name("//pos/paris") == "//pos/paris"
    assert matcher.name("//web?pos") == "//web?pos"
    found = matcher.find("//pos/paris")
    assert found is not None
    assert found.blind_after_ms == MINUTE_MS
