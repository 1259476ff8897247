"""The rules under which journeys of several partitions go on together."""

import pytest

from streams.errors import BrokerError
from streams.growth.regimes import NUMBER, is_current, merged
from streams.rules.regime import Regime, succeed

FIRST, SECOND = {"a": "1", "b": "1"}, {"a": "1", "b": "2"}


def regimes(*clocks: int) -> tuple[Regime, ...]:
    """Return those of a partition that came to the second rules at the last of these clocks."""
    found: tuple[Regime, ...] = ()
    for version, clock in enumerate(clocks, 1):
        does = SECOND if version == len(clocks) else FIRST
        found = succeed(found, does, version=version, digest=f"d{version}", clock=clock, now=clock)
    return found


def test_one_regime_is_left_and_a_rule_is_in_force_since_its_earliest_border() -> None:
    """So no alert that stands is taken back by what happened at a border."""
    together = merged([regimes(0, 500), (), regimes(0, 300)])
    assert together is not None
    assert (together.number, together.version, together.since) == (NUMBER, 2, 300)
    assert together.rules == {"a": ("1", 0), "b": ("2", 300)}


def test_partitions_under_other_rules_are_refused() -> None:
    """A journey bears one number, which would mean two things."""
    with pytest.raises(BrokerError, match="not all under the same rules") as caught:
        merged([regimes(0, 500), regimes(0)[:1], succeed((), FIRST, version=1, digest="", clock=0, now=0)])
    assert "rules status" in caught.value.remedy


def test_without_rules_there_is_nothing_to_merge() -> None:
    """Nobody has ever folded here."""
    assert merged([(), ()]) is None


def test_a_journey_is_current_under_the_last_regime_alone() -> None:
    """Or under one with the very same rules; without regimes nobody counts."""
    known = regimes(0, 500)
    assert [is_current(known, number) for number in (1, 2)] == [False, True]
    assert is_current((), 0)
    assert is_current(regimes(0), 0)
