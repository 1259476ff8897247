"""The daily digest."""

from datetime import datetime

import pytest

from streams.codec.sources import offsets_of
from streams.desk.routing.digest import DigestPolicy, Item, compose, next_at
from streams.desk.routing.reasons import Reason

MADRID = offsets_of("Europe/Madrid")


def ms(text: str) -> int:
    """Return an instant in ms."""
    return int(datetime.fromisoformat(text).timestamp()) * 1000


@pytest.mark.parametrize(
    ("clock", "now", "expected"),
    [
        ("08:30", "2026-03-02T08:29:59+01:00", "2026-03-02T08:30:00+01:00"),
        ("08:30", "2026-03-02T08:30:00+01:00", "2026-03-03T08:30:00+01:00"),
        ("08:30", "2026-03-28T12:00:00+01:00", "2026-03-29T08:30:00+02:00"),
        ("02:30", "2026-03-28T12:00:00+01:00", "2026-03-29T03:30:00+02:00"),
        ("02:30", "2026-03-29T12:00:00+02:00", "2026-03-30T02:30:00+02:00"),
        ("02:30", "2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("02:30", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"),
        ("00:00", "2026-03-02T23:59:59+01:00", "2026-03-03T00:00:00+01:00"),
    ],
)
def test_it_comes_once_a_local_day(clock: str, now: str, expected: str) -> None:
    """On the days on which the clock is put forward and back, too."""
    hours, _, minutes = clock.partition(":")
    policy = DigestPolicy(at_ms=(int(hours) * 60 + int(minutes)) * 60_000, offsets=MADRID)
    assert next_at(policy, ms(now)) == ms(expected)


def item(number: int, team: str = "a", severity: str = "low", reason: Reason = Reason.SEVERITY_DIGEST) -> Item:
    """Return a case whose rank is its number."""
    return Item(
        case_id=f"k{number}", number=number, team=team, moment="FMOT", severity=severity, rank=number, reason=reason
    )


def test_it_counts_all_and_lists_the_first_by_rank() -> None:
    """With so many more; what is of other teams is theirs."""
    items = [
        *(item(number) for number in range(5)),
        item(9, severity="high", reason=Reason.OVER_BUDGET),
        item(8, team="b"),
    ]
    found = compose("a", items, DigestPolicy(listed=2), 7)
    assert (found.cases, found.more, [each.number for each in found.listed], found.due_at) == (6, 4, [9, 4], 7)
    assert found.by_severity == {"high": 1, "low": 5}
    assert list(found.by_severity) == ["high", "low"]
    assert found.by_moment == {"FMOT": 6}
    assert found.by_reason == {Reason.OVER_BUDGET: 1, Reason.SEVERITY_DIGEST: 5}


def test_an_empty_digest_is_empty() -> None:
    """Nothing is more."""
    found = compose("a", [], DigestPolicy(), 7)
    assert (found.cases, found.more, found.listed) == (0, 0, ())
