import json
from itertools import pairwise
from pathlib import Path

import pytest

from streams.codec.times import from_rfc3339
from streams.datasets import olist
from streams.errors import LoadError, UsageError
from streams.touchpoints.label import BAD, FINE, Label
from streams.touchpoints.touchpoint import Touchpoint
from tests.unit.datasets.conftest import Check

REAL = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "olist"
TABLES = {
    "customers": "customer_id,customer_unique_id\nc1,ana\nc2,ben\n",
    "orders": (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,"
        "order_delivered_customer_date,order_estimated_delivery_date\n"
        "o1,c1,delivered,2018-08-01 10:00:00,2018-08-01 10:10:00,2018-08-03 12:00:00,2018-08-09 18:30:00,"
        "2018-08-14 00:00:00\n"
        "o2,c2,canceled,2018-08-02 10:00:00,,,,2018-08-20 00:00:00\n"
    ),
    "order_items": (
        "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
        "o1,1,p1,s1,2018-08-05 10:10:00,20.50,4.5\n"
        "o1,2,p2,s2,2018-08-04 10:10:00,10,5\n"
    ),
    "order_payments": (
        "order_id,payment_sequential,payment_type,payment_installments,payment_value\n"
        "o1,1,voucher,1,10.10\no1,2,credit_card,3,29.90\n"
    ),
    "order_reviews": (
        "review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,"
        "review_answer_timestamp\n"
        'r1,o2,1,Péssimo,"não chegou",2018-08-21 00:00:00,2018-08-21 04:10:37\n'
        "r1,o1,5,,,2018-08-10 00:00:00,2018-08-11 22:00:00\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two orders, one of them never delivered."""
    for name, text in TABLES.items():
        (tmp_path / f"olist_{name}_dataset.csv").write_text(text, "utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def real() -> olist.Tables:
    """Return the real sample, where it is at hand."""
    if not REAL.is_dir():
        pytest.skip("the Olist tables are not beside the project")
    return olist.read(REAL)


def short(touchpoint: Touchpoint) -> tuple[str, int, str, str]:
    """Return what happened, when, to whom and about what."""
    return touchpoint.type, touchpoint.time, touchpoint.customer, touchpoint.subject


def test_the_tables_become_touchpoints_in_the_order_of_time(folder: Path, check_sound: Check) -> None:
    """Each time that a table has is one touchpoint, three hours later in UTC, and nothing else is."""
    made = olist.touchpoints(olist.read(folder))
    assert [short(each) for each in made] == [
        ("order.completed", 1_533_128_400_000, "ana", "order:o1"),
        ("order.completed", 1_533_214_800_000, "ben", "order:o2"),
        ("shipment.dispatched", 1_533_308_400_000, "ana", "order:o1"),
        ("shipment.delivered", 1_533_850_200_000, "ana", "order:o1"),
        ("survey.sent", 1_533_870_000_000, "ana", "order:o1"),
        ("survey.answered", 1_534_035_600_000, "ana", "order:o1"),
        ("survey.sent", 1_534_820_400_000, "ben", "order:o2"),
        ("survey.answered", 1_534_835_437_000, "ben", "order:o2"),
    ]
    check_sound(made)


def test_an_order_promises_its_delivery_until_the_estimated_day_ends(folder: Path) -> None:
    """The amount is what was paid, the limit for shipping is that of the last item, and the outcome is not told."""
    bought = olist.touchpoints(olist.read(folder))[0]
    assert json.loads(bought.data) == {
        "promised_at": "2018-08-14T23:59:59-03:00",
        "amount": 40.0,
        "currency": "BRL",
        "payment_types": ["credit_card", "voucher"],
        "ship_by": "2018-08-05T10:10:00-03:00",
        "items": [
            {"sku": "p1", "seller": "s1", "amount": 20.5, "freight": 4.5},
            {"sku": "p2", "seller": "s2", "amount": 10.0, "freight": 5.0},
        ],
    }


def test_a_survey_is_sent_on_a_day_and_answered_at_a_second(folder: Path) -> None:
    """A day is marked as such, and the answer carries its stars and what was written."""
    *_, sent, answered = olist.touchpoints(olist.read(folder))
    assert json.loads(sent.data) == {"time_precision": "day"}
    assert json.loads(answered.data) == {
        "metric": "STARS",
        "score": 1,
        "scale_min": 1,
        "scale_max": 5,
        "best": "high",
        "text": "Péssimo\nnão chegou",
        "lang": "pt",
    }


def test_one_and_two_stars_are_bad_experiences(folder: Path) -> None:
    """Each answer is a label at its time."""
    expected = [Label("ana", "order:o1", 1_534_035_600_000, FINE), Label("ben", "order:o2", 1_534_835_437_000, BAD)]
    assert olist.labels(olist.read(folder)) == expected


def test_a_missing_folder_or_table_is_named(folder: Path) -> None:
    """The place says which one."""
    with pytest.raises(UsageError, match="no such folder"):
        olist.read(folder / "none")
    path = folder / "olist_order_reviews_dataset.csv"
    path.unlink()
    with pytest.raises(UsageError, match="no such file") as caught:
        olist.read(folder)
    assert caught.value.place == str(path)


def test_tables_that_do_not_belong_together_are_refused(folder: Path) -> None:
    """An order of a customer who is not in the tables has a line and a column."""
    path = folder / "olist_customers_dataset.csv"
    path.write_text("customer_id,customer_unique_id\nc1,ana\n")
    with pytest.raises(LoadError, match=r"olist_orders_dataset\.csv:3:2: `customer_id` names 'c2'"):
        olist.read(folder)


def test_the_real_sample_is_sound_and_in_the_order_of_time(real: olist.Tables, check_sound: Check) -> None:
    """4,105 orders make 18,242 touchpoints of known types, and each answered survey one label."""
    made = olist.touchpoints(real)
    assert len(made) == 18_242
    check_sound(made)
    assert all(first.time <= second.time for first, second in pairwise(made))
    labels = olist.labels(real)
    assert (len(labels), sum(each.label for each in labels)) == (4_163, 1_535)


def test_the_real_sample_keeps_its_facts(real: olist.Tables) -> None:
    """Firing at the end of the promised day finds 1,277 of the 1,535 bad reviews with 412 false alarms."""
    delivered: dict[str, int] = {}
    promised: dict[str, int] = {}
    for each in olist.touchpoints(real):
        if each.type == "shipment.delivered":
            delivered[each.subject] = each.time
        elif each.type == "order.completed":
            promised[each.subject] = from_rfc3339(json.loads(each.data)["promised_at"]) or 0
    late = {subject for subject, due in promised.items() if delivered.get(subject, 1 << 62) > due}
    found = [each.label for each in olist.labels(real) if each.subject in late]
    assert (found.count(BAD), found.count(FINE)) == (1_277, 412)
