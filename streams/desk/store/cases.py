"""Cases and their trails."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.cases import lifecycle
from streams.desk.cases.case import Action, Case, Change, Entry
from streams.desk.cases.summary import Summary
from streams.desk.store import alerts
from streams.desk.store.database import batches, insert_into
from streams.desk.store.tables import CASES, CHANGES, COUNTERS, ENTRIES

_encode: Final = msgspec.json.Encoder().encode
_decode_case: Final = msgspec.json.Decoder(Case).decode
_decode_summary: Final = msgspec.json.Decoder(Summary).decode
_decode_entry: Final = msgspec.json.Decoder(Entry).decode
NUMBER: Final = "case"
CASE: Final = "case"  # the kind of a change
_MOST_OF_A_PERSON: Final = 50
NEARING: Final = 50  # cases whose rank is looked at in one transaction: nobody waits long for them
_SEEN: Final = (CASES.c.record, CASES.c.summary, CASES.c.incident)


class Kept(msgspec.Struct, frozen=True):
    """A case as it is kept."""

    case: Case
    summary: Summary
    incident: int


async def load(connection: AsyncConnection, case_id: str) -> Kept | None:
    """Return a case."""
    return (await load_many(connection, [case_id])).get(case_id)


async def load_many(connection: AsyncConnection, case_ids: Iterable[str]) -> Mapping[str, Kept]:
    """Return those of these cases that there are, by their id."""
    found: dict[str, Kept] = {}
    for some in batches(case_ids):
        rows = await connection.execute(select(*_SEEN).where(CASES.c.case_id.in_(some)))
        found |= {kept.case.case_id: kept for kept in map(_kept, rows)}
    return found


async def of_people(connection: AsyncConnection, people: Iterable[str]) -> Mapping[str, Sequence[Kept]]:
    """Return the cases of each of these people, the newest first; of very many the newest."""
    found: dict[str, list[Kept]] = {}
    place = func.row_number().over(partition_by=CASES.c.person, order_by=CASES.c.ordinal.desc())
    for some in batches(people):
        ranked = select(*_SEEN, CASES.c.person, place.label("place")).where(CASES.c.person.in_(some)).subquery()
        newest = select(ranked).where(ranked.c.place <= _MOST_OF_A_PERSON).order_by(ranked.c.person, ranked.c.place)
        for row in await connection.execute(newest):
            found.setdefault(row.person, []).append(_kept(row))
    return found


async def due(connection: AsyncConnection, now: int, limit: int) -> Sequence[Kept]:
    """Return cases that time changes by now, the longest overdue first."""
    found = select(*_SEEN).where(CASES.c.due > 0, CASES.c.due <= now).order_by(CASES.c.due).limit(limit)
    return [_kept(row) for row in await connection.execute(found)]


async def last_number(connection: AsyncConnection) -> int:
    """Return the number of the newest case, 0 before the first."""
    kept = (await connection.execute(select(COUNTERS.c.value).where(COUNTERS.c.name == NUMBER))).scalar() or 0
    newest = (await connection.execute(select(func.max(CASES.c.number)))).scalar() or 0
    return int(max(kept, newest))


async def save_number(connection: AsyncConnection, number: int) -> None:
    """Keep the number of the newest case, so that none comes twice."""
    new = insert_into(connection, COUNTERS).values(name=NUMBER, value=number)
    await connection.execute(new.on_conflict_do_update(index_elements=[COUNTERS.c.name], set_={"value": number}))


async def save(connection: AsyncConnection, written: Sequence[tuple[Case, Summary]], new: Container[str]) -> None:
    """Write cases as they are now, those in `new` for the first time. What follows from it is written by `note`.

    Whoever writes has read under the only right to write, and entries are unique by revision: nobody is overwritten.
    """
    inserted = [columns(case, summary) for case, summary in written if case.case_id in new]
    if inserted:
        await connection.execute(insert(CASES), inserted)
    await resummarise(connection, [each for each in written if each[0].case_id not in new])


async def note(connection: AsyncConnection, written: Sequence[tuple[Change, bool]]) -> None:
    """Write the entries of changes, and that those who look must know of them; True: it is worth a sound."""
    if written:
        await connection.execute(insert(ENTRIES), [_entry_columns(change.entry) for change, _ in written])
        rows = [{"kind": CASE, "key": change.case.case_id, "announce": announce} for change, announce in written]
        await connection.execute(insert(CHANGES), rows)


async def restore(connection: AsyncConnection, changes: Sequence[Change], summaries: Sequence[Summary]) -> None:
    """Take cases back from the actions topic: newer revisions win, entries are added once.

    A case that was there keeps its summary, which its alerts mend where they have changed; the others get these.
    """
    kept = await load_many(connection, [change.case.case_id for change in changes])
    newest = {case_id: each.case.revision for case_id, each in kept.items()}
    written: dict[str, tuple[Case, Summary]] = {}
    for change, summary in zip(changes, summaries, strict=True):
        case = change.case
        if newest.get(case.case_id, 0) < case.revision:
            there = kept[case.case_id].summary if case.case_id in kept else summary
            newest[case.case_id], written[case.case_id] = case.revision, (case, there)
    await save(connection, list(written.values()), new=written.keys() - kept.keys())
    if changes:
        once = insert_into(connection, ENTRIES).on_conflict_do_nothing()
        await connection.execute(once, [_entry_columns(change.entry) for change in changes])
    for change in changes:
        if change.entry.action is Action.JUDGED:
            await alerts.judge(connection, change.entry)


async def resummarise(connection: AsyncConnection, written: Sequence[tuple[Case, Summary]]) -> None:
    """Write cases that are kept already, at the revisions that they have."""
    rows = [columns(case, summary) | {"of": case.case_id} for case, summary in written]
    if rows:
        await connection.execute(update(CASES).where(CASES.c.case_id == bindparam("of")), rows)


async def nearing(connection: AsyncConnection, after: tuple[int, str], until: int) -> Sequence[Kept]:
    """Return open cases whose time ends behind `after` (when, case) and before `until`: some of them, in that order."""
    at, case_id = after
    behind = or_(CASES.c.due_at > at, and_(CASES.c.due_at == at, CASES.c.case_id > case_id))
    found = select(*_SEEN).where(CASES.c.is_closed.is_(False), CASES.c.due_at < until, CASES.c.due_at >= at, behind)
    rows = await connection.execute(found.order_by(CASES.c.due_at, CASES.c.case_id).limit(NEARING))
    return [_kept(row) for row in rows]


async def trail(connection: AsyncConnection, case_id: str) -> Sequence[Entry]:
    """Return what happened to a case, oldest first."""
    found = select(ENTRIES.c.record).where(ENTRIES.c.case_id == case_id).order_by(ENTRIES.c.revision)
    return [_decode_entry(record) for (record,) in await connection.execute(found)]


async def set_incident(connection: AsyncConnection, case_ids: Sequence[str], number: int) -> None:
    """Say to which incident cases belong."""
    if case_ids:
        to = update(CASES).where(CASES.c.case_id == bindparam("of")).values(incident=number)
        await connection.execute(to, [{"of": case_id} for case_id in case_ids])


def columns(case: Case, summary: Summary) -> dict[str, Any]:
    """Return the row of a case."""
    return {
        "case_id": case.case_id,
        "number": case.number,
        "person": case.person,
        "ordinal": case.ordinal,
        "revision": case.revision,
        "status": str(case.status),
        "is_closed": case.is_closed,
        "severity": case.severity,
        "moment": case.moment,
        "team": case.team,
        "assignee": case.assignee,
        "opened_at": case.opened_at,
        "acknowledged_at": case.acknowledged_at,
        "snoozed_until": case.snoozed_until,
        "resolved_at": case.resolved_at,
        "recovered_at": case.recovered_at,
        "reopened": case.reopened,
        "due": lifecycle.due(case),
        "ordering": summary.rank,
        "due_at": summary.due_at,
        "started_at": summary.started_at,
        "tags": listed(case.tags),
        "places": listed(summary.places),
        "rules": listed(summary.rules),
        "record": _encode(case),
        "summary": _encode(summary),
    }


def listed(names: Iterable[str]) -> str:
    """Return names as one text in which a whole name can be looked for as `|name|`."""
    return "".join(f"|{name.replace('|', ' ')}" for name in names) + "|"


def _entry_columns(entry: Entry) -> dict[str, Any]:
    return {
        "case_id": entry.case_id,
        "revision": entry.revision,
        "at": entry.at,
        "who": entry.who,
        "action": str(entry.action),
        "record": _encode(entry),
    }


def _kept(row: Any) -> Kept:
    return Kept(_decode_case(row.record), _decode_summary(row.summary), row.incident)
