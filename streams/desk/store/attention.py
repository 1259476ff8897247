"""What was decided about each open case and each group, and when to decide again."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    LargeBinary,
    Table,
    Text,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.routing.escalation import Course
from streams.desk.routing.grouping import GroupState
from streams.desk.routing.labels import Labels
from streams.desk.routing.reasons import NO_TROUBLE, Reason
from streams.desk.routing.silences import Silence
from streams.desk.routing.ways import Way
from streams.desk.store.database import METADATA, batches, insert_into
from streams.desk.store.tables import CASES

ATTENTION: Final = Table(
    "attention",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("decide_at", BigInteger, nullable=False),  # 0: when something happens
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("has_attention", Boolean, nullable=False),
    Column("paged_at", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("ix_attention_due", "decide_at"),
)

GROUPS: Final = Table(
    "groups",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("due_at", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("ix_groups_due", "due_at"),
)

SILENCES: Final = Table(
    "silences",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("ends_at", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
)

_MOST_COUNTED: Final = 50_000
_encode: Final = msgspec.json.Encoder().encode


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One case between decisions: how far its escalation is, the groups it is in, the labels it had."""

    course: Course = Course()
    groups: tuple[str, ...] = ()
    labels: Labels = {}
    by: str = ""  # what is behind the last decision: a silence, an inhibition, a route


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One group: its state, the way on which it is told, and the receivers that were told in this run."""

    state: GroupState
    way: Way
    told: tuple[str, ...] = ()


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the cases."""

    case_id: str
    kind: str = ""
    reason: str = ""
    has_attention: bool = False
    paged_at: int = 0
    held: Held = Held()


_decode_held: Final = msgspec.json.Decoder(Held).decode
_decode_group: Final = msgspec.json.Decoder(Group).decode
_decode_silence: Final = msgspec.json.Decoder(Silence).decode


async def touch(connection: AsyncConnection, case_ids: Iterable[str], now: int) -> None:
    """Decide about cases, again or for the first time, as soon as possible."""
    rows = [{**_columns(Decided(case_id=case_id)), "decide_at": now} for case_id in dict.fromkeys(case_ids)]
    new = insert_into(connection, ATTENTION)
    again = new.on_conflict_do_update(index_elements=[ATTENTION.c.case_id], set_={"decide_at": new.excluded.decide_at})
    if rows:
        await connection.execute(again, rows)


async def touch_many(connection: AsyncConnection, case_ids: Iterable[str], now: int) -> None:
    """Decide about these again."""
    for some in batches(case_ids):
        await connection.execute(update(ATTENTION).where(ATTENTION.c.case_id.in_(some)).values(decide_at=now))


async def touch_all(connection: AsyncConnection, now: int) -> None:
    """Decide about all again: a silence has begun or ended, the file has changed."""
    await connection.execute(update(ATTENTION).values(decide_at=now))


async def due(connection: AsyncConnection, now: int, limit: int) -> Sequence[Decided]:
    """Return the cases to decide about, the most urgent first."""
    found = (
        select(ATTENTION)
        .join(CASES, CASES.c.case_id == ATTENTION.c.case_id)
        .where(ATTENTION.c.decide_at > 0, ATTENTION.c.decide_at <= now)
        .order_by(CASES.c.ordering.desc(), CASES.c.number)
        .limit(limit)
    )
    return [_decided(row) for row in await connection.execute(found)]


async def load(connection: AsyncConnection, case_id: str) -> Decided | None:
    """Return what was decided about a case."""
    row = (await connection.execute(select(ATTENTION).where(ATTENTION.c.case_id == case_id))).first()
    return _decided(row) if row is not None else None


async def save(connection: AsyncConnection, decided: Sequence[tuple[Decided, int]]) -> None:
    """Keep what was decided about cases, each with when to decide again."""
    rows = [{**_columns(each), "decide_at": decide_at, "of": each.case_id} for each, decide_at in decided]
    if rows:
        await connection.execute(update(ATTENTION).where(ATTENTION.c.case_id == bindparam("of")), rows)


async def drop(connection: AsyncConnection, case_ids: Iterable[str]) -> None:
    """Forget cases that are over, once they have left their groups."""
    for some in batches(case_ids):
        await connection.execute(delete(ATTENTION).where(ATTENTION.c.case_id.in_(some)))


async def with_attention(connection: AsyncConnection, teams: Collection[str]) -> Sequence[tuple[str, str, int]]:
    """Return the open cases of these teams that have their attention: case, team and when it was paged."""
    found = (
        select(ATTENTION.c.case_id, CASES.c.team, ATTENTION.c.paged_at)
        .join(CASES, CASES.c.case_id == ATTENTION.c.case_id)
        .where(ATTENTION.c.has_attention, CASES.c.team.in_(sorted(teams)), CASES.c.is_closed.is_(False))
    )
    return [(row.case_id, row.team, row.paged_at) for row in await connection.execute(found)]


async def labels_of_trouble(connection: AsyncConnection) -> Sequence[tuple[str, Labels]]:
    """Return the labels of all cases that are trouble by their last decision."""
    is_trouble = ATTENTION.c.reason.not_in(sorted(NO_TROUBLE))
    rows = await connection.execute(select(ATTENTION.c.case_id, ATTENTION.c.record).where(is_trouble))
    return [(row.case_id, _decode_held(row.record).labels) for row in rows]


async def in_digest(connection: AsyncConnection, kind: str) -> Sequence[tuple[str, str]]:
    """Return the cases with a decision of this kind, and its reason."""
    rows = await connection.execute(select(ATTENTION.c.case_id, ATTENTION.c.reason).where(ATTENTION.c.kind == kind))
    return [(row.case_id, row.reason) for row in rows]


async def groups(connection: AsyncConnection, names: Iterable[str]) -> Mapping[str, Group]:
    """Return those of these groups that there are, by name."""
    found: dict[str, Group] = {}
    for some in batches(names):
        rows = await connection.execute(select(GROUPS.c.name, GROUPS.c.record).where(GROUPS.c.name.in_(some)))
        found |= {row.name: _decode_group(row.record) for row in rows}
    return found


async def due_groups(connection: AsyncConnection, now: int, limit: int) -> Sequence[str]:
    """Return the groups of which something is to be told."""
    found = select(GROUPS.c.name).where(GROUPS.c.due_at > 0, GROUPS.c.due_at <= now).order_by(GROUPS.c.due_at)
    return [name for (name,) in await connection.execute(found.limit(limit))]


async def save_groups(connection: AsyncConnection, kept: Mapping[str, tuple[Group, int]]) -> None:
    """Keep groups by name, each with when to look at it again."""
    rows = [{"name": name, "due_at": due_at, "record": _encode(group)} for name, (group, due_at) in kept.items()]
    if rows:
        new = insert_into(connection, GROUPS)
        values = {"due_at": new.excluded.due_at, "record": new.excluded.record}
        await connection.execute(new.on_conflict_do_update(index_elements=[GROUPS.c.name], set_=values), rows)


async def silences(connection: AsyncConnection, now: int) -> Sequence[Silence]:
    """Return the silences of people that have not ended, the first to end first."""
    found = select(SILENCES.c.record).where(SILENCES.c.ends_at > now).order_by(SILENCES.c.ends_at, SILENCES.c.id)
    return [_decode_silence(record) for (record,) in await connection.execute(found)]


async def silence(connection: AsyncConnection, name: str) -> Silence | None:
    """Return a silence, also one that has ended."""
    record = (await connection.execute(select(SILENCES.c.record).where(SILENCES.c.id == name))).scalar()
    return _decode_silence(record) if record is not None else None


async def held_by(connection: AsyncConnection, condition: ColumnElement[bool]) -> Counter[str]:
    """Return how many cases each silence keeps quiet now, of the cases that fit; of very many not all are counted."""
    found = select(ATTENTION.c.record).join(CASES, CASES.c.case_id == ATTENTION.c.case_id)
    quiet = found.where(ATTENTION.c.reason == str(Reason.SILENCED), condition).limit(_MOST_COUNTED)
    return Counter(_decode_held(record).by for (record,) in await connection.execute(quiet))


async def save_silence(connection: AsyncConnection, silence: Silence) -> None:
    """Keep a silence, or end it earlier."""
    values = {"ends_at": silence.ends_at, "record": _encode(silence)}
    new = insert_into(connection, SILENCES).values(id=silence.id, **values)
    await connection.execute(new.on_conflict_do_update(index_elements=[SILENCES.c.id], set_=values))


def _columns(decided: Decided) -> Mapping[str, Any]:
    return {
        "case_id": decided.case_id,
        "kind": decided.kind,
        "reason": decided.reason,
        "has_attention": decided.has_attention,
        "paged_at": decided.paged_at,
        "record": _encode(decided.held),
    }


def _decided(row: Any) -> Decided:
    return Decided(
        case_id=row.case_id,
        kind=row.kind,
        reason=row.reason,
        has_attention=row.has_attention,
        paged_at=row.paged_at,
        held=_decode_held(row.record),
    )
