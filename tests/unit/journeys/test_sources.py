"""Who is blind, from when until when, and whose clock is wrong."""

from typing import Final

import msgspec

from streams.journeys.limits import HOUR_MS
from streams.journeys.rhythm import Expectation, Policy
from streams.journeys.sources import Sight, Sightings, Source, Watch
from streams.testing.journeys import MINUTE_MS, at
from streams.touchpoints import canary

CHAT: Final = "//chat"
POLICY: Final = Policy(expectations=(Expectation(pattern=CHAT, blind_after_ms=10 * MINUTE_MS),))


def saw(
    watch: Watch, minute: float, *, arrives: float | None = None, kind: str = "message.sent", source: str = CHAT
) -> None:
    """Let one touchpoint arrive."""
    gathered = Sightings(4)
    gathered.add(source, kind, at(minute), at(minute if arrives is None else arrives))
    for sighting in gathered.take():
        watch.observe(sighting)


def watching(policy: Policy = POLICY) -> tuple[Watch, Source]:
    """Return a watch over a chat that was heard at minute 0."""
    watch = Watch(policy)
    saw(watch, 0)
    assert watch.judge(at(0)) == []
    return watch, watch.sources[CHAT]


def test_a_silent_source_is_blind_from_its_last_touchpoint() -> None:
    """Decided when the silence was one too long, whenever anybody looked."""
    watch, chat = watching()
    assert watch.judge(at(9.9)) == []
    assert watch.judge(at(47)) == [chat]
    (outage,) = watch.outages()
    assert (chat.state, outage.since, outage.decided, outage.until) == (Sight.SILENT, at(0), at(10), 0)
    assert outage.types == ("message.sent",)
    assert watch.judge(at(48)) == []


def test_a_source_that_brings_only_what_is_old_is_blind_as_well() -> None:
    """Touchpoints come all the time, an hour late."""
    watch, chat = watching()
    for minute in range(1, 40):
        saw(watch, minute / 10, arrives=minute)
        watch.judge(at(minute))
    assert chat.state is Sight.LAGGING
    (outage,) = watch.outages()
    assert outage.until == 0


def test_it_is_back_when_its_backlog_is_here() -> None:
    """A minute after the last late one, not at the first current one."""
    watch, chat = watching()
    watch.judge(at(30))
    saw(watch, 30, arrives=30)  # live again, and its queue is emptied beside it
    for minute in range(1, 30):
        saw(watch, minute, arrives=30 + minute / 10)
    watch.judge(at(33.8))
    assert chat.is_blind
    assert watch.judge(at(34)) == [chat]
    assert (chat.state, chat.outages[-1].until) == (Sight.SEEING, at(33.9))
    assert (chat.revision, chat.said) == (2, 0)


def test_stragglers_do_not_keep_a_source_blind_for_ever() -> None:
    """Phones that were offline bring old touchpoints all day: it is back once it was back for as long as away."""
    watch, chat = watching()
    watch.judge(at(30))
    for minute in range(30, 100):
        saw(watch, minute)
        saw(watch, 15, arrives=minute)
        watch.judge(at(minute))
    assert (chat.is_blind, chat.outages[-1].until) == (False, at(61))


def test_one_straggler_makes_nobody_blind() -> None:
    """A phone that was offline for a day is the customer's, not the source's."""
    watch, chat = watching()
    for minute in range(1, 9):
        saw(watch, minute)
        saw(watch, -600, arrives=minute)
    watch.judge(at(9))
    assert chat.state is Sight.SEEING


def test_nothing_waits_for_ever_for_a_source_that_is_gone() -> None:
    """Behind the lateness bound a backlog could only close; when it comes back after all it is simply seeing."""
    watch, chat = watching()
    watch.judge(at(20))
    assert watch.judge(at(0) + 72 * HOUR_MS) == []
    assert watch.judge(at(1) + 72 * HOUR_MS) == [chat]
    assert (chat.state, chat.outages[-1].until, chat.revision) == (Sight.GONE, at(0) + 72 * HOUR_MS, 2)
    back = 80 * 60
    saw(watch, back)
    assert watch.judge(at(back + 1)) == [chat]
    assert (chat.state, chat.revision, len(chat.outages)) == (Sight.SEEING, 2, 1)


def test_each_outage_has_a_number_of_its_own() -> None:
    """The alert about the second one is another alert."""
    watch, chat = watching()
    for start in (0, 100):
        saw(watch, start)
        watch.judge(at(start + 3))
        watch.judge(at(start + 50))
        saw(watch, start + 51)
        watch.judge(at(start + 53))
    assert chat.ordinal == 2
    assert [(one.since, one.until) for one in watch.outages()] == [(at(0), at(52)), (at(100), at(152))]


def test_a_watch_goes_on_from_what_it_wrote() -> None:
    """Through JSON and back nothing is forgotten, not even in the middle of an outage."""
    watch, _ = watching()
    watch.judge(at(20))
    known = msgspec.json.decode(msgspec.json.encode(list(watch.sources.values())), type=list[Source])
    again = Watch(POLICY, known)
    assert again.outages() == watch.outages()
    saw(again, 21)
    assert [one.state for one in again.judge(at(22))] == [Sight.SEEING]


def test_sources_beyond_the_bound_are_counted_and_not_followed() -> None:
    """A source name made of a random number fills no memory."""
    watch = Watch(Policy(sources=3))
    for number in range(10):
        saw(watch, 0, source=f"//{number}")
    assert (len(watch.sources), watch.overlooked) == (3, 7)
    gathered = Sightings(2)
    for number in range(5):
        gathered.add(f"//{number}", "page.viewed", at(0), at(0))
    assert (len(gathered.take()), gathered.overlooked) == (2, 3)


def test_the_canary_is_no_source_that_can_be_blind() -> None:
    """Whether it is heard says its own alert; what customers are owed waits for no made-up one."""
    watch = Watch(POLICY)
    saw(watch, 0, kind="canary.sang", source=canary.SOURCE)
    assert watch.sources == {}


def test_a_source_that_is_not_heard_of_any_more_makes_room() -> None:
    """After a month; one that deadlines still wait for stays."""
    watch = Watch(Policy(sources=1))
    saw(watch, 0, source="//old")
    watch.judge(at(60 * 24 * 31))
    assert (watch.sources, watch.forgotten) == ({}, ["//old"])
    saw(watch, 60 * 24 * 31, source="//new")
    assert list(watch.sources) == ["//new"]


def test_a_clock_ahead_is_found_and_set_right() -> None:
    """Ten minutes ahead, but for one touchpoint that was held up: the typical least delay counts."""
    watch, chat = watching()
    for minute in range(60):
        saw(watch, minute + 10, arrives=minute)
    saw(watch, 10, arrives=60)
    assert chat.skew_ms == -10 * MINUTE_MS
    assert chat.frontier <= at(60)


def test_a_clock_that_is_slow_is_no_backlog() -> None:
    """A source that is always five minutes behind is not lagging, and is back from an outage like any other."""
    watch, chat = watching(Policy(expectations=(Expectation(pattern=CHAT, blind_after_ms=20 * MINUTE_MS),)))
    for minute in range(1, 60):
        saw(watch, minute - 5, arrives=minute)
        watch.judge(at(minute))
    assert (chat.skew_ms, chat.is_blind) == (5 * MINUTE_MS, False)
    watch.judge(at(90))
    assert chat.is_blind
    saw(watch, 95, arrives=100)
    watch.judge(at(102))
    assert chat.state is Sight.SEEING


def test_an_outage_teaches_no_other_clock() -> None:
    """What comes late from a backlog is not taken for a slow clock."""
    watch, chat = watching()
    for minute in range(1, 240):
        saw(watch, minute / 100, arrives=minute)
        watch.judge(at(minute))
    assert chat.is_blind
    assert chat.skew_ms < 30 * MINUTE_MS


def test_a_rhythm_is_learnt_from_its_own_event_times() -> None:
    """After a week of one touchpoint a minute, thirty-six minutes without any are too many."""
    watch = Watch(Policy())
    for minute in range(8 * 24 * 60):
        saw(watch, minute)
        watch.judge(at(minute))
    (source,) = watch.sources.values()
    end = 8 * 24 * 60
    assert source.state is Sight.SEEING
    assert watch.judge(at(end + 34)) == []
    assert watch.judge(at(end + 36)) == [source]
