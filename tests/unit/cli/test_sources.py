"""How sources are shown."""

from streams.cli.sources import clock, shown, table
from streams.journeys.holds import Outage
from streams.journeys.sources import Sight, Source
from streams.testing.journeys import at

CHAT = Source(
    source="//chat",
    state=Sight.LAGGING,
    frontier=at(0),
    skew_ms=-600_000,
    ordinal=2,
    types=("message.sent",),
    outages=(Outage(source="//chat", since=at(0), decided=at(10)),),
)


def test_a_blind_source_says_since_when() -> None:
    """For a program."""
    assert shown(CHAT) == {
        "source": "//chat",
        "state": "lagging",
        "last": "2026-01-05T09:00:00.000Z",
        "skew_seconds": -600.0,
        "outages": 2,
        "types": ("message.sent",),
        "blind_since": "2026-01-05T09:00:00.000Z",
    }
    assert "blind_since" not in shown(Source(source="//web"))


def test_a_table_for_people() -> None:
    """One line each, with the clock in words."""
    head, chat = table([CHAT])
    assert head.split() == ["source", "state", "last", "touchpoint", "clock", "outages", "types"]
    assert chat.split() == ["//chat", "lagging", "2026-01-05T09:00:00.000Z", "600", "s", "ahead", "2", "1"]
    assert table([]) == ["no source is known yet"]


def test_less_than_a_second_is_no_error_of_a_clock() -> None:
    """Delivery takes that long."""
    assert [clock(skew) for skew in (999, -999, 1_500, -90_000)] == ["-", "-", "2 s behind", "90 s ahead"]
