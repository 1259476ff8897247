"""What a person may declare of sources, what is wrong with it and where; and outages as lines."""

from pathlib import Path
from typing import Final

import pytest

from streams.codec.sources import load, offsets_of, outage_to_json, read, read_outages
from streams.codec.times import from_rfc3339
from streams.errors import LoadError, UsageError
from streams.journeys.holds import Outage
from streams.journeys.limits import HOUR_MS
from streams.journeys.rhythm import Expectation, Hours, Policy
from streams.settings.places import SCHEMAS
from streams.testing.journeys import MINUTE_MS, at

GOOD: Final = """
sources:
  - source: //pos/*/till-*
    group: true
    blind_after: 20m
    open: [Mon-Fri 09:00-21:30, Sat 22:00-02:00, Sun 23:00-01:00]
    time_zone: Europe/Madrid
    late_after: 5m
  - {source: //shop.example/web, blind_after: 5m}
  - source: //batch
"""


def test_everything_that_can_be_declared() -> None:
    """In the order of the file."""
    till, web, batch = load(GOOD, "sources.yaml")
    days = [(day * 1_440 + 540, day * 1_440 + 1_290) for day in range(5)]
    nights = [(5 * 1_440 + 1_320, 6 * 1_440 + 120), (6 * 1_440 + 1_380, 7 * 1_440), (0, 60)]
    assert till == Expectation(
        pattern="//pos/*/till-*",
        blind_after_ms=20 * MINUTE_MS,
        hours=Hours((*days, *nights), offsets_of("Europe/Madrid")),
        late_ms=5 * MINUTE_MS,
        is_group=True,
    )
    assert web == Expectation(pattern="//shop.example/web", blind_after_ms=5 * MINUTE_MS)
    assert batch == Expectation(pattern="//batch")


def test_days_may_pass_over_the_end_of_the_week() -> None:
    """Sat-Mon are three days."""
    (one,) = load("sources: [{source: a, blind_after: 1h, open: [Sat-Mon 10:00-11:00]}]", "f")
    assert one.hours is not None
    assert sorted(first // 1_440 for first, _ in one.hours.spans) == [0, 5, 6]


def test_local_time_follows_the_summer() -> None:
    """Madrid is an hour ahead in winter and two in summer, from 01:00 UTC of a Sunday in March."""
    (one,) = load("sources: [{source: a, blind_after: 1h, open: [Sun 03:00-03:15], time_zone: Europe/Madrid}]", "f")
    assert one.hours is not None
    change = from_rfc3339("2026-03-29T01:00:00Z")
    assert change is not None
    assert (change, 2 * HOUR_MS) in one.hours.offsets
    assert one.hours.is_open(change)
    assert not one.hours.is_open(change - 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "must be a mapping"),
        ("sources: 3", 1, 10, "must be a list"),
        ("sources: [3]", 1, 11, "a source must be a mapping"),
        ("sources: [{blind_after: 1m}]", 1, 11, "lacks `source`"),
        ("sources:\n  - source: a\n    blind_atfer: 1m", 3, 5, "unknown key `blind_atfer`"),
        ("sources: [{source: a, blind_after: soon}]", 1, 36, "not a duration: soon"),
        ("sources: [{source: a, open: [Mon 09:00-10:00]}]", 1, 29, "opening hours alone"),
        ("sources: [{source: a, blind_after: 1m, open: [Mon 09:10-10:00]}]", 1, 47, "not in full quarters"),
        ("sources: [{source: a, blind_after: 1m, open: [weekdays]}]", 1, 47, "does not say when it is open"),
        ("sources: [{source: a, blind_after: 1m, open: []}]", 1, 46, "empty list"),
        ("sources: [{source: a, time_zone: Europe/Madrid}]", 1, 34, "without opening hours"),
        (
            "sources: [{source: a, blind_after: 1m, open: [Mon 09:00-10:00], time_zone: Mars/North}]",
            1,
            76,
            "unknown time zone `Mars/North`",
        ),
        ("sources: [{source: '*****'}]", 1, 20, "more than 4 `*`"),
        ("sources: [{source: a}, {source: a}]", 1, 33, "declared already, at line 1"),
        ("sources: [{source: a, group: maybe}]", 1, 30, "must be true or false"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(text: str, line: int, column: int, message: str) -> None:
    """Before anything starts."""
    with pytest.raises(LoadError) as caught:
        load(text, "sources.yaml")
    (finding,) = caught.value.findings
    assert message in finding.message
    assert (finding.line, finding.column) == (line, column)
    assert finding.remedy


def test_no_file_declares_nothing_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    """Without declarations every rhythm is learnt."""
    assert read([]) == Policy()
    with pytest.raises(LoadError):
        read([tmp_path / "none.yaml"])


def test_the_shipped_example_is_a_good_file() -> None:
    """What people copy works."""
    assert read([SCHEMAS / "sources.yaml"]).expectations


def test_outages_survive_their_lines(tmp_path: Path) -> None:
    """One that is over, and one that is not."""
    outages = [
        Outage(source="//a", since=at(0), decided=at(10), until=at(30), types=("x.y",)),
        Outage(source="//b", since=at(5), decided=at(10)),
    ]
    path = tmp_path / "outages.jsonl"
    path.write_bytes(b"\n".join(map(outage_to_json, outages)) + b"\n\n")
    assert read_outages(path) == outages


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"source":"a"}',
        '{"source":"a","since":"soon","decided":"2026-01-05T09:00:00Z"}',
        '{"source":"a","since":"2026-01-05T09:00:00Z","decided":"2026-01-04T09:00:00Z"}',
    ],
)
def test_a_line_that_is_no_outage_is_named(line: str, tmp_path: Path) -> None:
    """With its number."""
    path = tmp_path / "outages.jsonl"
    path.write_text(f"\n{line}\n")
    with pytest.raises(UsageError) as caught:
        read_outages(path)
    assert caught.value.place == f"{path}:2"
