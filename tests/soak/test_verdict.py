"""How what was found is compared."""

from tests.soak.verdict import Verdict, off


def test_lost_and_doubled_do_not_make_up_for_each_other() -> None:
    """One customer's loss is not another's gain."""
    assert off({b"a": 3, b"b": 1, b"c": 2}, {b"a": 1, b"b": 4, b"d": 5}) == (4, 8)
    assert off({b"a": 3}, {b"a": 3}) == (0, 0)


def test_whatever_must_be_zero_counts() -> None:
    """A verdict names what is wrong, and nothing else."""
    assert Verdict(records=5, alerts=3, compacted=9).wrong == {}
    assert Verdict(revisions_doubled=1, counted_less=2).wrong == {"revisions_doubled": 1, "counted_less": 2}
