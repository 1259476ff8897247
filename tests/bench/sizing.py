"""What one touchpoint and one journey cost: the figures that `streams/settings/sizing.py` reckons with.

    python -m tests.bench.sizing [--records N] [--output FILE]

One worker as it is without a C compiler folds a backlog on a real broker, stops, and reads its journeys back.
"""

import re
import tempfile
import time
import urllib.request
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from os import getloadavg
from pathlib import Path
from typing import Final

import click
import uvloop

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.broker.node import log_dir
from streams.broker.probe import free_port
from streams.codec.vocabulary import shipped
from streams.testing.deployment import Deployment
from streams.testing.workers import WorkerProcess
from tests.bench import machine
from tests.bench.load import load
from tests.bench.sessions import Sessions

PARTITIONS: Final = 8
SPAN_SEC: Final = 120
LONGEST_SEC: Final = 900.0
RESULTS: Final = Path(__file__).parent / "results"


def metric(page: str, name: str) -> float:
    """Return the sum over all labels of a metric."""
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", page, re.MULTILINE))


def size(folder: Path, topic: str) -> int:
    """Return the bytes of a topic's segments on the broker's disk."""
    return sum(file.stat().st_size for file in folder.glob(f"{topic}-*/*.log"))


def resident(pid: int) -> int:
    """Return the bytes of memory that a process has now."""
    found = re.search(r"^VmRSS:\s*(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def page(port: int) -> str:
    """Return the worker's metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


async def measure(records: int) -> Iterable[str]:
    """Return the lines of the report."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with EmbeddedKafka(folder / "broker") as kafka:
            deployment = Deployment(kafka.bootstrap_servers, "", shipped(), PARTITIONS)
            await topics.create(kafka.bootstrap_servers, topics.Deployment(partitions=PARTITIONS, retention="forever"))
            start_ms = int((time.time() - SPAN_SEC) * 1000)
            flow = Sessions(seed=1, start_ms=start_ms, per_sec=records // SPAN_SEC).records()
            total = await load(kafka.bootstrap_servers, islice(flow, records), PARTITIONS)
            environ = {
                "TOUCHPOINT_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
                "TOUCHPOINT_PARTITIONS": str(PARTITIONS),
                "TOUCHPOINT_METRICS_PORT": str(port := free_port()),
            }
            with WorkerProcess("worker", folder, environ) as worker:
                began = time.monotonic()
                worker.start().wait_ready(60)
                ready = time.monotonic()
                await deployment.wait_committed(LONGEST_SEC)
                folded = page(port)
                pid = worker._process.pid if worker._process is not None else 0
                memory = resident(pid)
                seconds = time.monotonic() - ready
                worker.terminate()
                worker.wait(30)
                logs = log_dir(kafka.data)
                touchpoints, changelog = size(logs, "touchpoints.*"), size(logs, "journeys-changelog")
                worker.start().wait_ready(120, times=2)
                again = page(port)
                restored = resident(worker._process.pid) if worker._process is not None else 0
            journeys, written = (
                metric(folded, "touchpoint_journeys"),
                metric(folded, "touchpoint_changelog_records_total"),
            )
            read, took = (
                metric(again, "touchpoint_recovered_records_total"),
                metric(again, "touchpoint_recovery_seconds_sum"),
            )
    held, took = metric(folded, "touchpoint_journey_bytes") / journeys, max(took, 1e-9)
    return [
        f"{total:,} touchpoints of {journeys:,.0f} journeys as a backlog, {PARTITIONS} partitions, one worker:",
        f"start to ready, nothing to read back     {ready - began:10.1f} s",
        f"folded and committed                     {total / seconds:10,.0f} touchpoints/s",
        f"touchpoint on the broker's disk (lz4)    {touchpoints / total:10,.0f} bytes",
        f"journey in memory                        {held:10,.0f} bytes",
        f"changelog records of a touchpoint        {written / total:10.2f}",
        f"changelog record on the disk (zstd)      {changelog / max(1.0, written):10,.0f} bytes",
        f"memory of the worker after folding       {memory / 2**20:10,.0f} MiB",
        f"memory of the worker after reading back  {restored / 2**20:10,.0f} MiB",
        f"read back                                {read / took:10,.0f} records/s ({read:,.0f} in {took:.2f} s)",
    ]


@click.command()
@click.option("--records", default=300_000, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), default=None)
def main(records: int, output: Path | None) -> None:
    """Measure, print, and write it with the machine beside it."""
    now = datetime.now(UTC)
    head = [f"{now:%Y-%m-%d %H:%M} UTC", machine.summary(), f"load average before: {getloadavg()[0]:.1f}", ""]
    lines = [*head, *uvloop.run(measure(records))]
    click.echo("\n".join(lines))
    (output or RESULTS / f"{now:%Y-%m-%d}-sizing.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
