"""Facts and reports survive their topic, beside whatever else is on it."""

from streams.codec import sights
from streams.codec.sights import Report
from streams.journeys.holds import Outage
from streams.journeys.sources import Sight, Sighting, Source
from streams.testing.journeys import at

FACT = Source(
    source="//pos/ñ",
    state=Sight.SILENT,
    types=("sale.completed",),
    frontier=at(0),
    ordinal=1,
    outages=(Outage(source="//pos/ñ", since=at(0), decided=at(10)),),
    pending=(1, 2),
    cells=[0, 1],
)


def test_a_fact_stands_under_its_source() -> None:
    """A compacted topic keeps the last of each."""
    key, value = sights.fact_record(FACT)
    assert key == "//pos/ñ".encode()
    assert sights.read(key, value) == FACT


def test_a_report_stands_under_its_lowest_partition() -> None:
    """So there are no more of them than partitions."""
    report = Report({3: at(1), 2: at(2)}, [Sighting("//web", at(1), at(2), 0, 5, {"page.viewed"}, {7})])
    key, value = sights.report_record(report)
    assert key.endswith(b"/2")
    assert sights.read(key, value) == report


def test_what_is_neither_is_passed_over() -> None:
    """Commands of operators, tombstones, and what a later version may write."""
    assert sights.read(b"breaker", b'{"resumed_at": 1}') is None
    assert sights.read(b"//web", None) is None
    assert sights.read(b"//web", b"{") is None
    assert sights.read(b"//web", sights.fact_record(FACT)[1]) is None
    assert sights.read(None, b"{}") is None
