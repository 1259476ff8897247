"""Statistics and counts of crowds on their topic."""

import pytest

from streams.alerts.crowds.counts import Counted
from streams.alerts.crowds.crowds import Contribution
from streams.alerts.stat import Stat
from streams.codec.stats import (
    CROWD,
    CrowdCount,
    decode_count,
    decode_stat,
    encode_count,
    encode_stat,
    key_of_count,
    key_of_stat,
)
from streams.errors import CorruptError

STAT = Stat(300_000, 3, "FMOT", "store", "sale.completed", "madrid-014", "s1", 5, 4, 0, 0, 0, 19.9)
COUNT = CrowdCount(3, Contribution("tills", "till://pos/a/1", 1, Counted(5, 2, (1, 1 << 31), ((300_001, "v1"),))))


def test_statistics_are_read_as_they_were_written() -> None:
    """Every field."""
    assert decode_stat(encode_stat(STAT)) == STAT


def test_counts_are_read_as_they_were_written() -> None:
    """Every field, the sketch and the first ones included."""
    assert decode_count(encode_count(COUNT)) == COUNT


def test_a_key_names_window_group_and_partition_and_nobody() -> None:
    """So that a later record replaces an earlier one; counts of crowds are told by their keys."""
    assert key_of_stat(STAT) == b"300000/3/FMOT/store/sale.completed/madrid-014/s1"
    assert key_of_count(COUNT) == b"crowd/tills/till://pos/a/1/300000/3"
    assert key_of_count(COUNT).startswith(CROWD)


@pytest.mark.parametrize("value", [b"", b"\x00\x00\x00\x00\x01x", encode_stat(STAT)[:-3]])
def test_what_cannot_be_read_is_corrupt(value: bytes) -> None:
    """Nothing is guessed."""
    with pytest.raises(CorruptError):
        decode_stat(value)
