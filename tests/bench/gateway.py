"""The gateway's way to Kafka, on a real broker: puts of one, a hundred and a thousand touchpoints, and the spool alone.

Then a whole gateway over HTTP against a bare echo (`tests.bench.http_load`).
"""

import asyncio
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import click
import msgspec

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.gateway.keys.file import place
from streams.gateway.keys.keeper import Keeper
from streams.gateway.keys.key import Key
from streams.gateway.outcome import Admitted
from streams.gateway.port import Stored
from streams.gateway.run import wall_clock
from streams.gateway.sink.frames import pack
from streams.gateway.sink.record import Record, records_of
from streams.gateway.sink.sink import SafeSink, open_sink
from streams.gateway.sink.spool import Spool
from streams.gateway.sink.status import State
from streams.touchpoints.touchpoint import Touchpoint
from tests.bench import http_load
from tests.bench.latency import quantile
from tests.bench.peers import COMPILED, ROOT

PARTITIONS: Final = 8
CUSTOMERS: Final = 100_000
SECONDS: Final = 6.0
PUTS: Final = ((1, 1), (1, 64), (100, 16), (1_000, 16))  # touchpoints of a put, puts at the same time
SPOOL_PUTS: Final = 300
MOST: Final = 1e6  # touchpoints a second that the key may send
_DATA: Final = b'{"amount":129.9,"currency":"EUR","reason":"card_declined","provider":"acme"}'


class Row(msgspec.Struct, frozen=True):
    """What came of one size of puts."""

    size: int
    at_once: int
    per_sec: float
    per_cpu_sec: float
    found: Sequence[float]  # seconds of each put

    def __str__(self) -> str:
        """Draw one line of the table."""
        shown = "".join(f"{quantile(list(self.found), share) * 1000:>9.1f}" for share in (0.5, 0.99, 1.0))
        return f"{self.size:>9,}{self.at_once:>9}{self.per_sec:>15,.0f}{self.per_cpu_sec:>15,.0f}{shown}"


async def measure() -> list[str]:
    """Run it all; return the lines of the report."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with EmbeddedKafka(folder / "broker", jvm_flags=("-Xmx1g",)) as kafka:
            await topics.create(kafka.bootstrap_servers, topics.Deployment(partitions=PARTITIONS))
            async with open_sink(kafka.bootstrap_servers, folder / "spool") as sink:
                await warm(sink)
                before = sink.status().kept
                rows = []
                for size, at_once in PUTS:
                    click.echo(f"puts of {size}, {at_once} at once ...", err=True)
                    rows.append(await put(sink, size, at_once, SECONDS))
                kept = sink.status().kept - before
            has_load = shutil.which("wrk") is not None
            over_http = await http(kafka.bootstrap_servers, folder) if has_load else ["no wrk: not loaded over HTTP"]
        lines = [
            f"the gateway's sink, one process, one broker, {PARTITIONS} partitions, {SECONDS:.0f} s each, ms of a put:",
            f"{'per put':>9}{'at once':>9}{'touchpoints/s':>15}{'per core/s':>15}{'p50':>9}{'p99':>9}{'max':>9}",
            *map(str, rows),
        ]
        if kept:
            lines.append(f"{kept:,} of them were in the spool meanwhile: the broker did not keep up")
        return [*lines, *spool(folder), *over_http]


async def http(servers: str, folder: Path) -> list[str]:
    """Compare a gateway with a bare echo; each is a process of its own, and both stay up throughout."""
    wanted = Key(id="", source="//bench", rate=MOST, burst=int(MOST))
    _, text = Keeper(place(folder), wall_clock).create(wanted)
    port, echo_port = free_port(), free_port()
    command = ("streams.cli", "gateway", "--bootstrap-servers", servers, "--data-dir", str(folder))
    async with (
        serving(folder, *command, "--port", str(port)) as gateway_pid,
        serving(folder, "tests.bench.echo", str(echo_port)) as echo_pid,
    ):
        gateway = http_load.Server(f"http://127.0.0.1:{port}", gateway_pid, text)
        return await http_load.compare(gateway, http_load.Server(f"http://127.0.0.1:{echo_port}", echo_pid))


@asynccontextmanager
async def serving(folder: Path, module: str, *arguments: str) -> AsyncIterator[int]:
    """Run a module that serves at the port that is its last argument; give its process id once it does.

    The hot path is compiled (`make compile`), as in the other contests.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(COMPILED), str(ROOT)))}
    with (folder / f"{module}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, stdout=log, stderr=log, cwd=folder, env=environment
        )
        try:
            await until_open(int(arguments[-1]))
            yield process.pid
        finally:
            process.terminate()
            await process.wait()


async def until_open(port: int) -> None:
    """Wait until somebody listens; raise ClickException where nobody does."""
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise click.ClickException("a server does not come up")


async def warm(sink: SafeSink) -> None:
    """Put until the broker has answered on every partition."""
    await sink.put(made(1_000))
    while sink.status().state is not State.BROKER:  # noqa: ASYNC110 - the broker changes it
        await asyncio.sleep(0.1)
    await put(sink, 100, 4, 2.0)


async def put(sink: SafeSink, size: int, at_once: int, seconds: float) -> Row:
    """Put so many at once for so long, each caller the next when it has its answer."""
    found: list[float] = []
    answers: list[object] = []
    until = time.perf_counter() + seconds

    async def caller() -> None:
        while time.perf_counter() < until:
            touchpoints = made(size)
            began = time.perf_counter()
            answers.append(await sink.put(touchpoints))
            found.append(time.perf_counter() - began)

    began, began_cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*[caller() for _ in range(at_once)])
    took, took_cpu = time.perf_counter() - began, time.process_time() - began_cpu
    if not all(isinstance(answer, Stored) for answer in answers):
        raise click.ClickException("the sink turned puts away")
    count = len(found) * size
    return Row(size, at_once, count / took, count / took_cpu, found)


def made(count: int) -> list[Admitted]:
    """Return touchpoints as the door lets them in."""
    now = time.time_ns() // 1_000_000
    return [
        Admitted(
            Touchpoint(
                f"{random.getrandbits(128):032x}",
                "shop/eu",
                "payment.failed",
                now,
                f"customer-{random.randrange(CUSTOMERS)}",
                "order:123",
                _DATA,
            ),
            "touchpoints.web",
        )
        for _ in range(count)
    ]


def spool(folder: Path) -> list[str]:
    """Compare the spool with the same frames as rows of SQLite, each put synced by itself."""
    lines = [
        f"puts into the spool, each synced by itself, ms of {SPOOL_PUTS} puts:",
        f"{'per put':>9}{'files p50':>14}{'p99':>9}{'SQLite p50':>14}{'p99':>9}",
    ]
    for size in (1, 100, 1_000):
        records = records_of(made(size), 1)
        lines.append(
            f"{size:>9,}{as_files(folder / f'files-{size}', records)}{as_rows(folder / f'{size}.db', records)}"
        )
    return lines


def as_files(folder: Path, records: list[Record]) -> str:
    """Append to files, as the spool does."""
    folder.mkdir()
    files = Spool(folder, 1 << 40, 4 << 20)
    try:
        return timed(lambda: files.append([records]))
    finally:
        files.close()


def as_rows(path: Path, records: list[Record]) -> str:
    """Insert into a table that survives a power cut as well."""
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE puts (frame BLOB)")
    try:
        return timed(lambda: database.execute("INSERT INTO puts VALUES (?)", (pack(records),)))
    finally:
        database.close()


def timed(store: Callable[[], object]) -> str:
    """Return median and 99th percentile as two columns."""
    found = []
    for _ in range(SPOOL_PUTS):
        began = time.perf_counter()
        store()
        found.append(time.perf_counter() - began)
    return f"{quantile(found, 0.5) * 1000:>14.2f}{quantile(found, 0.99) * 1000:>9.2f}"
