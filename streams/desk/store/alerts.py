"""Alerts, each at its newest revision."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Alert, Status
from streams.desk.cases.case import Entry
from streams.desk.store.database import insert_into
from streams.desk.store.tables import ALERTS, JUDGEMENTS

_encode: Final = msgspec.json.Encoder().encode
_MOST: Final = 100
_decode: Final = msgspec.json.Decoder(Alert).decode


class Judged(NamedTuple):
    """An alert, whether it was useful (None: nobody said), and when it was detected at first (ms)."""

    alert: Alert
    useful: bool | None
    first_detected_at: int


async def upsert(connection: AsyncConnection, alert: Alert) -> bool:
    """Keep an alert if this revision is newer than the one that is kept; return whether it is."""
    values = _columns(alert)
    new = insert_into(connection, ALERTS).values(**values)
    changed = {name: new.excluded[name] for name in values if name not in ("alert_id", "first_detected_at")}
    upserted = new.on_conflict_do_update(
        index_elements=[ALERTS.c.alert_id], set_=changed, where=ALERTS.c.revision < new.excluded.revision
    )
    found = await connection.execute(upserted.returning(ALERTS.c.revision))
    return found.first() is not None


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
    found = (
        select(ALERTS.c.record, JUDGEMENTS.c.useful, ALERTS.c.first_detected_at)
        .outerjoin(JUDGEMENTS, JUDGEMENTS.c.alert_id == ALERTS.c.alert_id)
        .where(ALERTS.c.case_id == case_id)
        .order_by(ALERTS.c.started_at, ALERTS.c.alert_id)
    )
    return [Judged(_decode(row.record), row.useful, row.first_detected_at) for row in await connection.execute(found)]


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
