"""What is owed to the outside: put in with the change that owes it, taken out by whoever sends it.

Every function works within the caller's transaction, one that writes but for `due`, `said` and `backlog`. Nothing owed
is lost: a notice stays until a channel has taken it, its fallback has it, or a newer one of the same key replaces it.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.notify.channel import Receipt
from streams.desk.notify.notice import FOLLOWING, Notice
from streams.desk.notify.receiver import Receiver, is_for
from streams.desk.notify.tables import DELIVERIES, NOTIFICATIONS, Result, Standing

CANARY: Final = "touchpoint-canary"  # the receiver of what is owed to no person, which counts in no figure
UNKNOWN: Final = "unknown"  # the channel of a receiver that there is none of: the sender says so
KEPT_MS: Final = 90 * 86_400_000  # what has ended, and the log
RETRIED_MS: Final = 7 * 86_400_000  # what was given up since is tried again when the desk starts
_BATCH: Final = 1_000  # rows that one statement takes
_to_bytes: Final = msgspec.json.Encoder().encode
_to_notice: Final = msgspec.json.Decoder(Notice).decode
_to_receipt: Final = msgspec.json.Decoder(Receipt).decode
_N: Final = NOTIFICATIONS.c


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A notification that this desk may send until its lease ends."""

    id: str
    version: int
    channel: str
    notice: Notice
    receipt: Receipt | None
    attempts: int
    failing_since: int
    is_repeat: bool  # said before, and said again because the other side forgets


class Due(msgspec.Struct, frozen=True):
    """A notification that can be claimed."""

    id: str
    receiver: str
    channel: str


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log."""

    at: int
    receiver: str
    channel: str
    kind: str
    attempt: int
    result: str
    reason: str


class Backlog(msgspec.Struct, frozen=True):
    """What is owed: how many, since when (0: nothing), and how many were given up."""

    waiting: int
    oldest_at: int
    failed: int


async def enqueue(
    connection: AsyncConnection, receivers: Mapping[str, Receiver], notices: Iterable[Notice], now: int
) -> None:
    """Owe these notices from now on (ms), to every channel of their receivers; again with the same ones is nothing.

    Call it in the transaction of the change that they tell of. Where a fallback was told under the same key before, it
    hears of corrections and of the end as well.
    """
    wanted: dict[str, tuple[str, Notice]] = {}
    for notice in notices:
        receiver = receivers.get(notice.receiver)
        slots = [slot for slot, _ in receiver.slots()] if receiver else [UNKNOWN]
        for slot in slots:
            if is_for(slot, notice.kind):
                wanted[_id(notice.dedup_key, notice.receiver, slot)] = (slot, notice)
        if notice.kind in FOLLOWING and not notice.instead_of:
            wanted |= await _told_instead(connection, notice)
    ids = list(wanted)
    for first in range(0, len(ids), _BATCH):
        batch = ids[first : first + _BATCH]
        rows = await connection.execute(select(NOTIFICATIONS).where(_N.id.in_(batch)))
        known = {row.id: row for row in rows}
        new = [_row(key, *wanted[key], now) for key in batch if key not in known]
        if new:
            await connection.execute(insert(NOTIFICATIONS), new)
        for key, row in known.items():
            await _replace(connection, row, *wanted[key], now)


async def _told_instead(connection: AsyncConnection, notice: Notice) -> dict[str, tuple[str, Notice]]:
    rows = await connection.execute(
        select(_N.id, _N.receiver, _N.channel, _N.notice).where(
            _N.dedup_key == notice.dedup_key, _N.receiver != notice.receiver
        )
    )
    found = {}
    for row in rows:
        if is_for(row.channel, notice.kind):
            chain = _to_notice(row.notice).instead_of
            told = msgspec.structs.replace(notice, receiver=row.receiver, instead_of=chain)
            found[row.id] = (row.channel, told)
    return found


def _row(key: str, slot: str, notice: Notice, now: int) -> dict[str, object]:
    return _values(notice, now) | {
        "id": key, "dedup_key": notice.dedup_key, "receiver": notice.receiver, "channel": slot, "next_at": now
    }  # fmt: skip


def _values(notice: Notice, now: int) -> dict[str, object]:
    return {
        "notice": _to_bytes(notice),
        "revision": notice.revision,
        "state": Standing.PENDING,
        "created_at": now,
        "changed_at": now,
    }


async def _replace(connection: AsyncConnection, row: Row[Any], slot: str, notice: Notice, now: int) -> None:
    """Put a notice in the place of the one before, unless that is newer or the same."""
    values = _values(notice, now)
    if notice.revision < row.revision or row.notice == values["notice"]:
        return
    if row.state == Standing.PENDING:
        # How long the channel has been dead does not begin anew with every notice.
        if row.leased_until <= now:
            await record(connection, _to_notice(row.notice), slot, row.attempts, Result.SUPERSEDED, "", now)
    else:
        values |= {"attempts": 0, "failing_since": 0, "next_at": now}
    await connection.execute(update(NOTIFICATIONS).where(_N.id == row.id).values(**values, version=row.version + 1))


async def due(connection: AsyncConnection, now: int, *, busy: Collection[tuple[str, str]], limit: int) -> Sequence[Due]:
    """Return what can be sent now, the longest waiting first, but for channels (receiver, channel) that are busy."""
    idle = [or_(_N.receiver != receiver, _N.channel != channel) for receiver, channel in busy]
    statement = (
        select(_N.id, _N.receiver, _N.channel)
        .where(_N.next_at > 0, _N.next_at <= now, _N.leased_until <= now, *idle)
        .order_by(_N.next_at, _N.id)
        .limit(limit)
    )
    return [Due(*row) for row in await connection.execute(statement)]


async def claim(
    connection: AsyncConnection, owner: str, ids: Collection[str], now: int, lease_ms: int
) -> Sequence[Claimed]:
    """Take these for `owner`, but for those that another desk has taken since."""
    free = and_(_N.id.in_(sorted(ids)), _N.next_at > 0, _N.next_at <= now, _N.leased_until <= now)
    rows = (await connection.execute(select(NOTIFICATIONS).where(free).order_by(_N.next_at, _N.id))).all()
    taken = [row.id for row in rows]
    if taken:
        values = {"lease": owner, "leased_until": now + lease_ms}
        await connection.execute(update(NOTIFICATIONS).where(_N.id.in_(taken)).values(**values))
    return [_claimed(row) for row in rows]


def _claimed(row: Row[Any]) -> Claimed:
    return Claimed(
        id=row.id,
        version=row.version,
        channel=row.channel,
        notice=_to_notice(row.notice),
        receipt=_to_receipt(row.receipt) if row.receipt else None,
        attempts=row.attempts,
        failing_since=row.failing_since,
        is_repeat=row.state == Standing.SENT,
    )


async def note_sent(
    connection: AsyncConnection, owner: str, claimed: Claimed, receipt: Receipt, now: int, again_at: int
) -> None:
    """Write down that it was taken. A notice that has come since is due at once; `again_at` 0 is never."""
    if not claimed.is_repeat:
        await record(connection, claimed.notice, claimed.channel, claimed.attempts + 1, Result.SENT, "", now)
    common = {"receipt": _to_bytes(receipt), "attempts": 0, "failing_since": 0, "changed_at": now, "sent_at": now}
    if not await _settle(connection, owner, claimed, common | {"state": Standing.SENT, "next_at": again_at}):
        await _settle(connection, owner, claimed, common | {"next_at": now}, any_version=True)


async def note_retry(
    connection: AsyncConnection, owner: str, claimed: Claimed, reason: str, now: int, *, at: int, since: int
) -> None:
    """Write down that it failed and when it is tried again; this holds for a notice that has come since as well."""
    await record(connection, claimed.notice, claimed.channel, claimed.attempts + 1, Result.RETRY, reason, now)
    values = {"attempts": claimed.attempts + 1, "failing_since": since, "next_at": at, "changed_at": now}
    await _settle(connection, owner, claimed, values, any_version=True)


async def note_end(
    connection: AsyncConnection, owner: str, claimed: Claimed, result: Result, reason: str, now: int
) -> bool:
    """Write down that it is not tried again (FELL_BACK or GAVE_UP); False where a newer notice is due now instead."""
    state = Standing.FELL_BACK if result is Result.FELL_BACK else Standing.FAILED
    values: dict[str, object] = {"attempts": 0, "failing_since": 0, "changed_at": now}
    ended = await _settle(connection, owner, claimed, values | {"state": state, "next_at": 0})
    if not ended:
        since = claimed.failing_since or now
        later = {"attempts": claimed.attempts + 1, "failing_since": since, "next_at": now, "changed_at": now}
        await _settle(connection, owner, claimed, later, any_version=True)
    told = result if ended else Result.SUPERSEDED
    await record(connection, claimed.notice, claimed.channel, claimed.attempts + 1, told, reason, now)
    return ended


async def _settle(
    connection: AsyncConnection,
    owner: str,
    claimed: Claimed,
    values: Mapping[str, object],
    *,
    any_version: bool = False,
) -> bool:
    """Write the result and give the lease back, unless it has ended or the notice was replaced."""
    condition = [_N.id == claimed.id, _N.lease == owner]
    if not any_version:
        condition.append(_N.version == claimed.version)
    freed = {"lease": "", "leased_until": 0, **values}
    return bool((await connection.execute(update(NOTIFICATIONS).where(*condition).values(freed))).rowcount)


async def record(
    connection: AsyncConnection, notice: Notice, slot: str, attempt: int, result: Result, reason: str, now: int
) -> None:
    """Add a line to the log."""
    line = {
        "at": now, "case_id": notice.case_id, "dedup_key": notice.dedup_key, "number": notice.number,
        "receiver": notice.receiver, "channel": slot, "kind": notice.kind.value, "attempt": attempt,
        "result": result.value, "reason": reason,
    }  # fmt: skip
    await connection.execute(insert(DELIVERIES).values(line))


async def take_up(connection: AsyncConnection, owner: str, now: int) -> None:
    """Make due what this desk was sending when it stopped, and what was given up: something may have been mended."""
    await connection.execute(update(NOTIFICATIONS).where(_N.lease == owner).values(lease="", leased_until=0))
    again = {"state": Standing.PENDING, "attempts": 0, "failing_since": 0, "next_at": now, "changed_at": now}
    recent = and_(_N.state == Standing.FAILED, _N.changed_at > now - RETRIED_MS)
    await connection.execute(update(NOTIFICATIONS).where(recent).values(again))


async def said(
    connection: AsyncConnection, case_id: str, limit: int = 100, *, keys: Collection[str] = (), since: int = 0
) -> Sequence[Said]:
    """Return what was said of a case, and since then (ms) under any of these dedup keys, the newest first."""
    log = DELIVERIES.c
    columns = (log.at, log.receiver, log.channel, log.kind, log.attempt, log.result, log.reason)
    of = log.case_id == case_id
    if keys:
        of = or_(of, and_(log.dedup_key.in_(sorted(keys)), log.at >= since))
    statement = select(*columns).where(of).order_by(log.id.desc()).limit(limit)
    return [Said(**row) for row in (await connection.execute(statement)).mappings()]


async def backlog(connection: AsyncConnection) -> Backlog:
    """Return what is owed to people."""
    owed = select(func.count(), func.coalesce(func.min(_N.created_at), 0)).where(
        _N.state == Standing.PENDING, _N.receiver != CANARY
    )
    waiting, oldest = (await connection.execute(owed)).one()
    given_up = select(func.count()).where(_N.state == Standing.FAILED, _N.receiver != CANARY)
    return Backlog(waiting, oldest, (await connection.execute(given_up)).scalar_one())


async def prune(connection: AsyncConnection, now: int, kept_ms: int = KEPT_MS) -> int:
    """Remove what ended before, and lines of the log as old; never what is owed. Returns how many rows, bounded."""
    before = now - kept_ms
    ended = select(_N.id).where(_N.changed_at < before, _N.state != Standing.PENDING, _N.next_at == 0).limit(_BATCH)
    lines = select(DELIVERIES.c.id).where(DELIVERIES.c.at < before).limit(_BATCH)
    removed = await connection.execute(delete(NOTIFICATIONS).where(_N.id.in_(ended)))
    cut = await connection.execute(delete(DELIVERIES).where(DELIVERIES.c.id.in_(lines)))
    return removed.rowcount + cut.rowcount


def _id(dedup_key: str, receiver: str, slot: str) -> str:
    return hashlib.blake2b(f"{dedup_key}\x1f{receiver}\x1f{slot}".encode(), digest_size=16).hexdigest()
