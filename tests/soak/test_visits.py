"""The customers of a soak."""

from itertools import islice

from tests.bench.sessions import FAILURE
from tests.soak.visits import ANSWERED, ASKED, HEALED, Visits

COUNT = 20_000
PER_SEC = 200.0


def test_visits_come_in_order_at_the_rate_asked_for() -> None:
    """Within a tenth, once sessions overlap."""
    due = list(islice(Visits(seed=1, start_ms=0, per_sec=PER_SEC).touchpoints(), COUNT))
    assert [one.at for one in due] == sorted(one.at for one in due)
    seconds = (due[-1].at - due[COUNT // 2].at) / 1000
    assert abs(COUNT / 2 / seconds / PER_SEC - 1) < 0.15


def test_visits_have_every_kind_of_trouble() -> None:
    """Failures, healed ones, questions, answers, late touchpoints and doubled ones."""
    due = list(islice(Visits(seed=2, start_ms=0, per_sec=PER_SEC).touchpoints(), COUNT))
    assert {FAILURE, HEALED, ASKED, ANSWERED} <= {one.touchpoint.type for one in due}
    assert any(one.touchpoint.time < one.at for one in due)
    assert len({one.touchpoint.id for one in due}) < COUNT


def test_a_seed_gives_the_same_visits() -> None:
    """And a prefix makes the ids others."""
    first, again, other = (
        list(islice(Visits(seed=3, start_ms=0, per_sec=PER_SEC, prefix=prefix).touchpoints(), 100))
        for prefix in ("", "", "t")
    )
    assert first == again
    assert not {one.touchpoint.id for one in first} & {one.touchpoint.id for one in other}
