"""A backup is one moment of what the desk keeps, fits both databases, and is believed only whole."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from sqlalchemy import func, insert, select, update

from streams.desk.access.tables import SESSIONS
from streams.desk.store.audit import AUDIT
from streams.desk.store.backup import backup, reflected
from streams.desk.store.backup_file import FORMAT, VERSION, Header, writing
from streams.desk.store.database import Database, connect
from streams.desk.store.restore import check, restore
from streams.desk.store.tables import ALERTS, CHANGES, COUNTERS, JUDGEMENTS, OUTBOX, POSITIONS
from streams.errors import CorruptError, UsageError
from tests.contract.desk.conftest import aside, fresh

NOW = 1_777_636_800_000
Rows = dict[str, list[tuple[Any, ...]]]


async def fill(database: Database) -> None:
    """Keep something of every type: text in two scripts, bytes, numbers beyond 32 bits, truth, and nothing at all."""
    alert: dict[str, Any] = {
        column.name: 0 if str(column.type) in {"INTEGER", "BIGINT"} else "x" for column in ALERTS.columns
    }
    alert |= {"case_id": None, "started_at": NOW, "record": bytes(range(256)), "customer": "Zoë 王"}
    judged = {"alert_id": "a1", "rule": "r", "useful": True, "at": NOW, "who": "ana", "reason": "línea\nnueva"}
    async with database.write() as connection:
        await connection.execute(insert(ALERTS), [alert])
        await connection.execute(insert(JUDGEMENTS), [judged])
        await connection.execute(insert(OUTBOX), [{"topic": "t", "key": b"", "value": b"\x00"}])
        await connection.execute(
            insert(CHANGES), [{"kind": "case", "key": str(n), "announce": False} for n in range(9)]
        )
        await connection.execute(CHANGES.delete().where(CHANGES.c.seq > 4))  # pruned
        session = {"id_hash": b"i", "name": "ana", "viewer": b"", "token_id": ""}
        await connection.execute(insert(SESSIONS), [session | {"created_at": 0, "seen_at": 0, "expires_at": NOW}])


async def contents(database: Database) -> Rows:
    """Return everything but what a backup leaves out."""
    async with database.read() as connection:
        tables = await connection.run_sync(reflected)
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table).order_by(*table.primary_key))]
            for table in tables
        }


async def test_everything_comes_back(database: Database, second: Database, tmp_path: Path) -> None:
    """Row by row, but for browser sessions."""
    await fill(database)
    file = tmp_path / "desk.zst"
    count = await backup(database, file, NOW)
    header = await asyncio.to_thread(check, file)
    assert await restore(second, file, header) == count == 7
    assert await contents(second) == await contents(database)
    assert header.made_at == NOW
    async with second.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(SESSIONS))).scalar() == 0


@pytest.mark.parametrize("way", ["sqlite to postgresql", "postgresql to sqlite"])
async def test_a_desk_moves_from_one_database_to_the_other(way: str, postgres: str, tmp_path: Path) -> None:
    """Through the same file."""
    file = tmp_path / "desk.zst"
    urls = [f"sqlite:///{tmp_path / 'desk.db'}", await fresh(postgres)]
    for url in urls:
        await asyncio.to_thread(aside, url)
    before, after = map(connect, urls if way.startswith("sqlite") else reversed(urls))
    try:
        await fill(before)
        await backup(before, file, NOW)
        await restore(after, file, await asyncio.to_thread(check, file))
        assert await contents(after) == await contents(before)
    finally:
        await before.close()
        await after.close()


async def test_numbers_go_on_after_the_last_that_was_given(
    database: Database, second: Database, tmp_path: Path
) -> None:
    """Even one whose row is gone: open pages resume by them."""
    await fill(database)
    await backup(database, tmp_path / "desk.zst", NOW)
    await restore(second, tmp_path / "desk.zst", await asyncio.to_thread(check, tmp_path / "desk.zst"))
    async with second.write() as connection:
        await connection.execute(insert(CHANGES), [{"kind": "case", "key": "next", "announce": True}])
        await connection.execute(insert(OUTBOX), [{"topic": "t", "key": b"", "value": b""}])
        assert (await connection.execute(select(func.max(CHANGES.c.seq)))).scalar() == 10
        assert (await connection.execute(select(func.max(OUTBOX.c.seq)))).scalar() == 2


async def test_a_backup_is_one_moment_of_a_desk_that_writes(
    database: Database, second: Database, tmp_path: Path
) -> None:
    """What one transaction wrote is in it whole or not at all, however many come meanwhile."""
    async with database.write() as connection:
        rows = [{"at": n, "who": "ana", "action": "seen", "key": "k" * 200} for n in range(20_000)]
        await connection.execute(insert(AUDIT), rows)
        await connection.execute(insert(COUNTERS), [{"name": "turn", "value": 0}])
        await connection.execute(insert(POSITIONS), [{"topic": "t", "partition": 0, "next_offset": 0}])
    written = 0

    async def write() -> None:
        nonlocal written
        while True:
            async with database.write() as connection:
                await connection.execute(update(POSITIONS).values(next_offset=written + 1))
                await connection.execute(update(COUNTERS).values(value=written + 1))
            written += 1
            await asyncio.sleep(0)

    writer = asyncio.create_task(write())
    try:
        while not written:  # noqa: ASYNC110 - the other task counts
            await asyncio.sleep(0.001)
        began = written
        await backup(database, tmp_path / "desk.zst", NOW)
        assert written > began  # nobody had to wait
    finally:
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
    await restore(second, tmp_path / "desk.zst", await asyncio.to_thread(check, tmp_path / "desk.zst"))
    async with second.read() as connection:
        turn = (await connection.execute(select(COUNTERS.c.value))).scalar_one()
        assert turn == (await connection.execute(select(POSITIONS.c.next_offset))).scalar_one()
        assert began <= turn <= written


async def test_what_is_there_is_lost_only_when_told_so(database: Database, second: Database, tmp_path: Path) -> None:
    """And then all of it."""
    await fill(database)
    file = tmp_path / "desk.zst"
    await backup(database, file, NOW)
    header = await asyncio.to_thread(check, file)
    async with second.write() as connection:
        await connection.execute(insert(COUNTERS), [{"name": "case", "value": 7}])
    with pytest.raises(UsageError, match=r"not empty: there are counters \(.*--replace"):
        await restore(second, file, header)
    await restore(second, file, header, replace=True)
    assert await contents(second) == await contents(database)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda lines: lines[:-2], "cut off"),
        (lambda lines: [lines[0], *lines[2:]], "has been changed"),
        (lambda lines: [line.replace(b"ana", b"eva") for line in lines], "has been changed"),
        (lambda lines: [*lines, lines[1]], "something follows the end"),
        (lambda lines: [lines[0].replace(b'"version":1', b'"version":2'), *lines[1:]], "newer version"),
        (lambda lines: [b'{"some":"thing"}', *lines[1:]], "no backup of a desk"),
    ],
)
async def test_a_broken_file_is_refused_before_anything_is_touched(
    database: Database, tmp_path: Path, spoil: Callable[[list[bytes]], list[bytes]], message: str
) -> None:
    """Cut off, changed, newer, or something else."""
    await fill(database)
    file = tmp_path / "desk.zst"
    await backup(database, file, NOW)
    lines = zstandard.ZstdDecompressor().decompressobj().decompress(file.read_bytes()).splitlines()
    file.write_bytes(zstandard.compress(b"\n".join(spoil(lines)) + b"\n"))
    with pytest.raises(CorruptError, match=message):
        await asyncio.to_thread(check, file)


def test_a_backup_of_tables_that_nobody_knows_yet_is_refused(tmp_path: Path) -> None:
    """A newer desk made it."""
    with writing(tmp_path / "desk.zst") as writer:
        writer.head(Header(FORMAT, VERSION, "9999", NOW))
    with pytest.raises(CorruptError, match="a newer version made this backup"):
        check(tmp_path / "desk.zst")


async def test_half_a_file_and_no_file_are_refused(database: Database, tmp_path: Path) -> None:
    """A disk that was full, or a name that was mistyped."""
    await fill(database)
    file = tmp_path / "desk.zst"
    await backup(database, file, NOW)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(CorruptError):
        await asyncio.to_thread(check, file)
    file.write_bytes(b"no backup")
    with pytest.raises(CorruptError, match="broken"):
        await asyncio.to_thread(check, file)


async def test_only_its_owner_reads_it_and_half_of_it_is_never_there(database: Database, tmp_path: Path) -> None:
    """It is about people."""
    file = tmp_path / "desk.zst"
    await backup(database, file, NOW)
    assert file.stat().st_mode & 0o777 == 0o600
    assert await asyncio.to_thread(lambda: [path.name for path in tmp_path.glob("*.part")]) == []


def test_a_database_without_tables_has_nothing_to_keep(tmp_path: Path) -> None:
    """Which is said, instead of an empty backup that gives false hope."""

    async def run() -> None:
        database = connect(f"sqlite:///{tmp_path / 'empty.db'}")
        try:
            await backup(database, tmp_path / "desk.zst", NOW)
        finally:
            await database.close()

    with pytest.raises(CorruptError, match="no tables of a desk"):
        asyncio.run(run())
    assert not (tmp_path / "desk.zst").exists()
