"""Alerts, each at its newest revision."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Alert, Status
from streams.desk.cases.case import Entry
from streams.desk.store.database import batches, insert_into
from streams.desk.store.tables import ALERTS, JUDGEMENTS

_encode: Final = msgspec.json.Encoder().encode
_MOST: Final = 100
_KEPT: Final = ("alert_id", "first_detected_at")  # what a newer revision does not change
_decode: Final = msgspec.json.Decoder(Alert).decode


class Judged(NamedTuple):
    """An alert, whether it was useful (None: nobody said), and when it was detected at first (ms)."""

    alert: Alert
    useful: bool | None
    first_detected_at: int


async def upsert(connection: AsyncConnection, taken: Sequence[Alert]) -> Sequence[bool]:
    """Keep alerts whose revision is newer than the one that is kept, in their order; return which ones are."""
    newest: dict[str, int] = {}
    for some in batches(each.alert_id for each in taken):
        found = select(ALERTS.c.alert_id, ALERTS.c.revision).where(ALERTS.c.alert_id.in_(some))
        newest |= {row.alert_id: row.revision for row in await connection.execute(found)}
    are_new, rows = [], dict[str, dict[str, Any]]()
    for alert in taken:
        are_new.append(newest.get(alert.alert_id, -1) < alert.revision)
        if are_new[-1]:
            newest[alert.alert_id] = alert.revision
            first = rows.get(alert.alert_id, {}).get("first_detected_at", alert.detected_at)
            rows[alert.alert_id] = _columns(alert) | {"first_detected_at": first}
    if rows:
        new = insert_into(connection, ALERTS)
        changed = {name: new.excluded[name] for name in _columns(taken[0]) if name not in _KEPT}
        again = new.on_conflict_do_update(index_elements=[ALERTS.c.alert_id], set_=changed)
        await connection.execute(again, list(rows.values()))
    return are_new


async def assign(connection: AsyncConnection, homes: Mapping[str, str]) -> None:
    """Say to which case each alert belongs."""
    if homes:
        to = update(ALERTS).where(ALERTS.c.alert_id == bindparam("of")).values(case_id=bindparam("home"))
        await connection.execute(to, [{"of": alert_id, "home": case_id} for alert_id, case_id in homes.items()])


async def judge(connection: AsyncConnection, entry: Entry) -> None:
    """Keep what a person thinks of an alert, as the trail has it; the last word counts."""
    detail = entry.detail
    values = {
        "alert_id": detail["alert_id"],
        "rule": detail["rule"],
        "useful": detail["useful"],
        "at": entry.at,
        "who": entry.who,
        "reason": detail.get("reason", ""),
    }
    new = insert_into(connection, JUDGEMENTS).values(**values)
    await connection.execute(
        new.on_conflict_do_update(
            index_elements=[JUDGEMENTS.c.alert_id],
            set_={name: new.excluded[name] for name in values if name != "alert_id"},
            where=JUDGEMENTS.c.at <= new.excluded.at,
        )
    )


async def of_case(connection: AsyncConnection, case_id: str) -> Sequence[Judged]:
    """Return the alerts of a case, oldest first, each with what people think of it."""
    return (await of_cases(connection, [case_id]))[case_id]


async def of_cases(connection: AsyncConnection, case_ids: Collection[str]) -> Mapping[str, Sequence[Judged]]:
    """Return the alerts of each of these cases, as `of_case` does."""
    judged: dict[str, list[Judged]] = {case_id: [] for case_id in case_ids}
    for some in batches(case_ids):
        found = (
            select(ALERTS.c.case_id, ALERTS.c.record, JUDGEMENTS.c.useful, ALERTS.c.first_detected_at)
            .outerjoin(JUDGEMENTS, JUDGEMENTS.c.alert_id == ALERTS.c.alert_id)
            .where(ALERTS.c.case_id.in_(some))
            .order_by(ALERTS.c.started_at, ALERTS.c.alert_id)
        )
        for row in await connection.execute(found):
            judged[row.case_id].append(Judged(_decode(row.record), row.useful, row.first_detected_at))
    return judged


def customer_of(judged: Iterable[Judged]) -> str:
    """Return the customer that alerts of one case are about; empty where its person is none."""
    return next((each.alert.customer for each in judged), "")


async def subjects(connection: AsyncConnection, rule: str) -> Sequence[str]:
    """Return what the alerts of a rule that fire are about, without the kind: the names of blind sources."""
    found = select(ALERTS.c.record).where(ALERTS.c.rule == rule, ALERTS.c.status == str(Status.FIRING)).limit(_MOST)
    return [_decode(record).subject.partition(":")[2] for (record,) in await connection.execute(found)]


def _columns(alert: Alert) -> dict[str, Any]:
    return {
        "alert_id": alert.alert_id,
        "revision": alert.revision,
        "rule": alert.rule,
        "mode": alert.mode,
        "status": str(alert.status),
        "severity": alert.severity,
        "moment": alert.moment,
        "customer": alert.customer,
        "started_at": alert.started_at,
        "ended_at": alert.ended_at,
        "first_detected_at": alert.detected_at,
        "record": _encode(alert),
    }
