"""How fast a worker reads journeys back, from a real broker.

    python -m tests.bench.recovery [--journeys N] [--partitions N] [--rounds N] [--long] [--store memory|disk]

The changelog gets journeys of one session each (of about thirty touchpoints with `--long`), compressed as a worker
compresses them. A worker is started on it, folds a touchpoint that waited, and is stopped as planned; so often. The
first start finds no claims, the others are planned restarts. PYTHONPATH decides whether the hot path is compiled.
"""

import asyncio
import resource
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import click
import uvloop
from aiokafka import AIOKafkaProducer

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.codec.partitioner import home_of
from streams.codec.vocabulary import shipped
from streams.journeys import arrival
from streams.testing.deployment import Deployment
from streams.testing.workers import WorkerProcess
from streams.touchpoints.touchpoint import Touchpoint
from streams.worker.clients import BATCH_BYTES
from tests.bench.journeys import name, pool
from tests.bench.sizing import metric, page, resident

CHANGELOG: Final = "journeys-changelog"
SHORT, LONG = range(8, 15), range(28, 33)
LONGEST_SEC: Final = 120.0
POLL_SEC: Final = 0.02
BROKER_FLAGS: Final = ("-Xmx1g",)


async def fill(servers: str, journeys: int, partitions: int, records: list[bytes]) -> None:
    """Put so many journeys on the changelog."""
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, compression_type="zstd", max_batch_size=BATCH_BYTES, acks="all"
    )
    await producer.start()
    open_batches = {partition: producer.create_batch() for partition in range(partitions)}
    sent = []
    for customer in range(journeys):
        key, value = name(customer), records[customer % len(records)]
        partition = home_of(key, partitions)
        if open_batches[partition].append(key=key, value=value, timestamp=None) is None:
            sent.append(await producer.send_batch(open_batches[partition], CHANGELOG, partition=partition))
            open_batches[partition] = producer.create_batch()
            open_batches[partition].append(key=key, value=value, timestamp=None)
    for partition, batch in open_batches.items():
        sent.append(await producer.send_batch(batch, CHANGELOG, partition=partition))
    await asyncio.gather(*sent)
    await producer.stop()


async def restart(worker: WorkerProcess, deployment: Deployment, port: int, life: int) -> dict[str, float]:
    """Send a touchpoint, start the worker, wait for it to be folded, stop; return what that took."""
    waiting = Touchpoint(
        f"r{life}", "//shop.example/web", "page.viewed", int(time.time() * 1000), "customer-0000001", "", b"{}"
    )
    await deployment.send([waiting])
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    worker.start()
    await asyncio.to_thread(worker.wait_ready, LONGEST_SEC, life)
    ready = time.monotonic() - began
    while True:
        now = await asyncio.to_thread(page, port)
        if metric(now, "touchpoint_touchpoints_total") or time.monotonic() - began > LONGEST_SEC:
            break
        await asyncio.sleep(POLL_SEC)
    first = time.monotonic() - began
    memory = resident(worker._process.pid) if worker._process is not None else 0
    worker.terminate()
    await asyncio.to_thread(worker.wait, 30)
    worker._reap()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    read, seconds = metric(now, "touchpoint_recovered_records_total"), metric(now, "touchpoint_recovery_seconds_sum")
    return {
        "read": read,
        "seconds": seconds,
        "ready_sec": ready,
        "first_sec": first,
        "memory": memory,
        "processor_sec": spent.ru_utime + spent.ru_stime - used.ru_utime - used.ru_stime,
    }


async def measure(journeys: int, partitions: int, rounds: int, store: str, *, is_long: bool) -> list[str]:
    """Return the lines of the report."""
    records = pool(LONG if is_long else SHORT, int(time.time() * 1000))
    is_compiled = not arrival.__file__.endswith(".py")
    with TemporaryDirectory(dir=Path.cwd(), prefix="bench-") as scratch:
        folder = Path(scratch)
        with EmbeddedKafka(folder / "broker", jvm_flags=BROKER_FLAGS) as kafka:
            servers = kafka.bootstrap_servers
            await topics.create(servers, topics.Deployment(partitions=partitions, retention="forever"))
            await fill(servers, journeys, partitions, records)
            deployment = Deployment(servers, "", shipped(), partitions)
            environ = {
                "TOUCHPOINT_BOOTSTRAP_SERVERS": servers,
                "TOUCHPOINT_PARTITIONS": str(partitions),
                "TOUCHPOINT_METRICS_PORT": str(port := free_port()),
                "TOUCHPOINT_LANE_STORE": store,
                "TOUCHPOINT_INSTANCE_ID": "bench",
            }
            with WorkerProcess("worker", folder, environ) as worker:
                found = [await restart(worker, deployment, port, life + 1) for life in range(rounds)]
    middle = {what: median(each[what] for each in found) for what in found[0]}
    rate = middle["read"] / max(middle["seconds"], 1e-9)
    how = "compiled" if is_compiled else "not compiled"
    return [
        f"{journeys:,} journeys in {partitions} partitions, store: {store}, {how}; medians of {rounds} starts:",
        f"read back                {rate:12,.0f} records/s in {middle['seconds']:.2f} s",
        f"start to ready           {middle['ready_sec']:12.2f} s",
        f"start to first folded    {middle['first_sec']:12.2f} s",
        f"processor, start to stop {middle['processor_sec']:12.2f} s",
        f"memory                   {middle['memory'] / 2**20:12,.0f} MiB",
    ]


@click.command()
@click.option("--journeys", default=1_000_000, show_default=True)
@click.option("--partitions", default=8, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--store", type=click.Choice(["memory", "disk"]), default="memory", show_default=True)
@click.option("--long", "is_long", is_flag=True, help="Journeys of about thirty touchpoints.")
def main(journeys: int, partitions: int, rounds: int, store: str, is_long: bool) -> None:
    """Measure and print."""
    click.echo("\n".join(uvloop.run(measure(journeys, partitions, rounds, store, is_long=is_long))))


if __name__ == "__main__":
    main()
