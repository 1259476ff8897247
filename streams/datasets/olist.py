"""The Olist orders (Brazil, 2016-2018) as touchpoints, with labels from the review scores.

What the tables say, and what they do not:

- Times have no zone. They are read as Brasilia standard time, a fixed UTC-03:00 (no summer time), so their order stays.
- `order_estimated_delivery_date` is a day: the promise is kept until that day ends, so `promised_at` is 23:59:59.
- An order is handed to the carrier once but has a `shipping_limit_date` per item: `ship_by` is the last of them.
- `review_creation_date`, when the satisfaction survey was mailed, is a day: `survey.sent` stands at its start and says
  `"time_precision": "day"`. The answer has its second, which is the label's time too.
- There is no time of a cancellation, a failed payment or a refund, so there are no such touchpoints. An order's status
  is how the story ended, unknown while it ran, so no touchpoint carries it.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from streams.codec.times import to_ms
from streams.datasets.table import Row, rows
from streams.errors import UsageError
from streams.touchpoints.label import BAD, FINE, Label
from streams.touchpoints.touchpoint import Touchpoint

ZONE: Final = timezone(timedelta(hours=-3))
HIGHEST_BAD_SCORE: Final = 2  # one and two stars of five
ORDERS: Final = "//olist/orders"
CARRIERS: Final = "//olist/carriers"
SURVEYS: Final = "//olist/surveys"

_END_OF_DAY: Final = time(23, 59, 59)
_CENTS: Final = 2
_COLUMNS: Final = {
    "customers": ("customer_id", "customer_unique_id"),
    "orders": (
        "order_id",
        "customer_id",
        "order_purchase_timestamp",
        "order_delivered_carrier_date",
        "order_delivered_customer_date",
        "order_estimated_delivery_date",
    ),
    "order_items": ("order_id", "product_id", "seller_id", "shipping_limit_date", "price", "freight_value"),
    "order_payments": ("order_id", "payment_type", "payment_value"),
    "order_reviews": (
        "review_id",
        "order_id",
        "review_score",
        "review_comment_title",
        "review_comment_message",
        "review_creation_date",
        "review_answer_timestamp",
    ),
}


class Tables(NamedTuple):
    """The five tables; `customers` maps each order to the person behind it (customer_unique_id)."""

    customers: dict[str, str]
    orders: list[Row]
    items: dict[str, list[Row]]
    payments: dict[str, list[Row]]
    reviews: list[Row]


def read(folder: Path) -> Tables:
    """Read the tables of `folder`; raise UsageError or LoadError with the place of what is missing or wrong."""
    if not folder.is_dir():
        remedy = f"name the folder that holds {_path(folder, 'orders').name} and the other tables"
        raise UsageError("there is no such folder", place=str(folder), remedy=remedy)
    people = {row.text("customer_id"): row.text("customer_unique_id") for row in _rows(folder, "customers")}
    orders = list(_rows(folder, "orders"))
    return Tables(
        {row.text("order_id"): people[row.known("customer_id", people)] for row in orders},
        orders,
        _by_order(folder, "order_items"),
        _by_order(folder, "order_payments"),
        list(_rows(folder, "order_reviews")),
    )


def touchpoints(tables: Tables) -> list[Touchpoint]:
    """Return everything the tables say happened, in the order of time."""
    made = [touchpoint for order in tables.orders for touchpoint in _of_order(order, tables)]
    made += [touchpoint for review in tables.reviews for touchpoint in _of_review(review, tables)]
    made.sort(key=lambda each: (each.time, each.source, each.id))
    return made


def labels(tables: Tables) -> list[Label]:
    """Return one label per answered survey, in the order of time: BAD for one or two stars, else FINE."""
    made = [_label(review, tables) for review in tables.reviews]
    made.sort(key=lambda each: (each.time, each.subject))
    return made


def _of_order(order: Row, tables: Tables) -> Iterator[Touchpoint]:
    name = order.text("order_id")
    customer, subject = tables.customers[name], f"order:{name}"
    bought = to_ms(_moment(order, "order_purchase_timestamp"))
    data = _order_data(order, tables.items.get(name, []), tables.payments.get(name, []))
    yield Touchpoint(name, ORDERS, "order.completed", bought, customer, subject, data)
    steps = (
        ("shipment.dispatched", "order_delivered_carrier_date"),
        ("shipment.delivered", "order_delivered_customer_date"),
    )
    for kind, column in steps:
        if order.optional(column):
            yield Touchpoint(f"{name}-{kind}", CARRIERS, kind, to_ms(_moment(order, column)), customer, subject, b"{}")


def _order_data(order: Row, items: list[Row], payments: list[Row]) -> bytes:
    promised = _moment(order, "order_estimated_delivery_date").date()
    data: dict[str, Any] = {"promised_at": datetime.combine(promised, _END_OF_DAY, ZONE).isoformat()}
    if payments:
        data["amount"] = round(sum(row.number("payment_value") for row in payments), _CENTS)
        data["currency"] = "BRL"
        data["payment_types"] = sorted({row.text("payment_type") for row in payments})
    if items:
        data["ship_by"] = max(_moment(row, "shipping_limit_date") for row in items).isoformat()
        data["items"] = [
            {
                "sku": row.text("product_id"),
                "seller": row.text("seller_id"),
                "amount": row.number("price"),
                "freight": row.number("freight_value"),
            }
            for row in items
        ]
    return msgspec.json.encode(data)


def _of_review(review: Row, tables: Tables) -> Iterator[Touchpoint]:
    order = review.known("order_id", tables.customers)
    customer, subject, name = tables.customers[order], f"order:{order}", f"{review.text('review_id')}-{order}"
    sent, answered = (to_ms(_moment(review, each)) for each in ("review_creation_date", "review_answer_timestamp"))
    day_only = b'{"time_precision":"day"}'
    yield Touchpoint(f"{name}-sent", SURVEYS, "survey.sent", sent, customer, subject, day_only)
    data = msgspec.json.encode(_answer_data(review))
    yield Touchpoint(f"{name}-answered", SURVEYS, "survey.answered", answered, customer, subject, data)


def _answer_data(review: Row) -> dict[str, Any]:
    score = {"metric": "STARS", "score": int(review.number("review_score"))}
    data: dict[str, Any] = score | {"scale_min": 1, "scale_max": 5, "best": "high"}
    comments = filter(None, map(review.optional, ("review_comment_title", "review_comment_message")))
    if text := "\n".join(comments):
        data |= {"text": text, "lang": "pt"}
    return data


def _label(review: Row, tables: Tables) -> Label:
    order = review.known("order_id", tables.customers)
    bad = BAD if review.number("review_score") <= HIGHEST_BAD_SCORE else FINE
    return Label(tables.customers[order], f"order:{order}", to_ms(_moment(review, "review_answer_timestamp")), bad)


def _rows(folder: Path, table: str) -> Iterator[Row]:
    return rows(_path(folder, table), _COLUMNS[table])


def _path(folder: Path, table: str) -> Path:
    return folder / f"olist_{table}_dataset.csv"


def _by_order(folder: Path, table: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(folder, table):
        found[row.text("order_id")].append(row)
    return found


def _moment(row: Row, column: str) -> datetime:
    return row.moment(column).replace(tzinfo=ZONE)
