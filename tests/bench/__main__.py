"""`make bench`: the full job against naive peers on the same records, in one run, on a real broker.

    python -m tests.bench [--records N] [--peers worker,quix,faust] [--output FILE]
                          [--only throughput|latency|rules|metrics|desk|gateway|store|memory|recovery]

The worker's hot path is compiled (`make compile`); the peer `pure` is the worker as it is without a C compiler.

Prints a table, and writes it with the machine beside it to tests/bench/results/.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import click
import uvloop

from streams.broker import topics as broker_topics
from streams.broker.embedded import EmbeddedKafka
from streams.broker.topics import Deployment
from streams.codec import shipped
from streams.settings.places import SCHEMAS
from tests.bench import desk, gateway, machine
from tests.bench.latency import expected_alerts, measure_latency, quantile
from tests.bench.load import create_outputs, load, topic_names
from tests.bench.peers import BENCH_PYTHON, COMPILED, HERE, ROOT, Contestant, Peer, Result, Worker
from tests.bench.sessions import Sessions

PARTITIONS: Final = 8
SPAN_SEC: Final = 120  # of event time in all records: twice the length of a session, so most are whole
SLOW_PEER_SEC: Final = 60.0  # a peer's rate is known after this; it need not take every record
WORKER_SEC: Final = 600.0  # it must take them all; this only ends a run that hangs
BENCHES: Final = ("throughput", "latency", "rules", "metrics", "desk", "gateway", "store", "memory", "recovery")
LATENCY_RATE: Final = 10_000
LATENCY_SEC: Final = 40.0
BROKER_FLAGS: Final = ("-Xmx1g",)


def contestants(servers: str, topics: list[str], scratch: Path) -> dict[str, Contestant]:
    """Return the contestants, ready to start."""
    shared = {
        "BENCH_SERVERS": servers,
        "BENCH_TOPICS": ",".join(topics),
        "BENCH_PARTITIONS": str(PARTITIONS),
        "BENCH_SCHEMA": str(SCHEMAS / "avro" / "touchpoint" / f"{shipped.latest('touchpoint').version}.avsc"),
        "PYTHONPATH": str(HERE.parent.parent),
    }
    faust = [sys.executable, "-m", "tests.bench.naive_faust", "worker", "-l", "warn", "--without-web"]
    return {
        "worker": Worker(servers, topics, worker_environment(servers, scratch)),
        "pure": Worker(servers, topics, worker_environment(servers, scratch), is_compiled=False),
        "quix": Peer(
            "Quix Streams",
            [str(BENCH_PYTHON), "-m", "tests.bench.quix"],
            {**shared, "BENCH_DATA": str(scratch / "quix")},
        ),
        "faust": Peer("naive Faust", faust, {**shared, "BENCH_DATA": str(scratch / "faust")}),
    }


def worker_environment(servers: str, scratch: Path) -> dict[str, str]:
    """Return what a worker needs to know; everything else stays at its default."""
    return {
        "TOUCHPOINT_BOOTSTRAP_SERVERS": servers,
        "TOUCHPOINT_PARTITIONS": str(PARTITIONS),
        "TOUCHPOINT_DATA_DIR": str(scratch / "worker"),
    }


async def throughput(records: int, chosen: list[str]) -> list[str]:
    """Let each peer take the same records, one peer after the other; return the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        scratch = Path(folder)
        with EmbeddedKafka(scratch / "broker", jvm_flags=BROKER_FLAGS) as kafka:
            servers = kafka.bootstrap_servers
            await broker_topics.create(servers, Deployment(partitions=PARTITIONS, retention="forever"))
            await create_outputs(servers, ("bench-faust-alerts", "bench-quix-alerts"), PARTITIONS)
            start_ms = int((time.time() - SPAN_SEC) * 1000)
            flow = Sessions(seed=1, start_ms=start_ms, per_sec=records // SPAN_SEC)
            total = await load(servers, islice(flow.records(), records), PARTITIONS)
            names = sorted(set(topic_names().values()))
            results = []
            for name, peer in contestants(servers, names, scratch).items():
                if name in chosen:
                    limit = WORKER_SEC if name in ("worker", "pure") else SLOW_PEER_SEC
                    click.echo(f"running {peer.name} ...", err=True)
                    results.append(await peer.measure(total, limit, log_file(name)))
    return [
        f"{total:,} touchpoints on {len(names)} topics of {PARTITIONS} partitions",
        f"{flow.customers:,} customers, {flow.at_a_time:,} of them in a session at a time",
        *table(results),
    ]


def table(results: list[Result]) -> list[str]:
    """Draw rates, and how many times as fast the first row is as each."""
    first = results[0]
    lines = [f"{'':20}{'records':>12}{'seconds':>10}{'records/s':>12}{'ratio':>8}{'per core/s':>12}{'ratio':>8}"]
    lines += [
        f"{one.name:20}{one.records:>12,}{one.seconds:>10.1f}{one.rate:>12,.0f}{first.rate / one.rate:>7.1f}x"
        f"{one.cpu_rate:>12,.0f}{first.cpu_rate / one.cpu_rate:>7.1f}x{'' if one.is_whole else '  (stopped early)'}"
        for one in results
    ]
    return lines


async def latency(per_sec: int, seconds: float) -> list[str]:
    """Measure sending to alert on a fresh broker with one worker; return the lines of the report."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        scratch = Path(folder)
        with EmbeddedKafka(scratch / "broker", jvm_flags=BROKER_FLAGS) as kafka:
            servers = kafka.bootstrap_servers
            await broker_topics.create(servers, Deployment(partitions=PARTITIONS))
            worker = Worker(servers, (), worker_environment(servers, scratch))
            await worker.start(log_file("latency"))
            try:
                await worker.ready()
                found = await measure_latency(servers, per_sec, seconds, scratch)
            finally:
                await worker.stop()
    if not found:
        raise click.ClickException(f"no alert arrived; the worker says why in {log_file('latency')}")
    shown = "  ".join(f"p{share * 100:g} {quantile(found, share) * 1000:.1f}" for share in (0.5, 0.9, 0.99, 1.0))
    return [
        (
            f"sending to alert at {per_sec:,} touchpoints/s, {seconds:.0f} s: {len(found)} alerts "
            f"(about {expected_alerts(per_sec, seconds):.0f} due)"
        ),
        f"ms: {shown}",
    ]


def compiled(module: str, *arguments: str) -> dict[str, Any]:
    """Run a bench on the compiled hot path in a process of its own; return the object that it prints."""
    found: dict[str, Any] = json.loads(said_by(module, *arguments))
    return found


def said_by(module: str, *arguments: str) -> str:
    """Run a bench on the compiled hot path in a process of its own; return what it prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(COMPILED), str(ROOT)))}
    command = [sys.executable, "-P", "-m", f"tests.bench.{module}", *arguments]
    return subprocess.run(command, env=environment, cwd=HERE, check=True, capture_output=True, text=True).stdout


def metrics() -> list[str]:
    """Compare the worker's hot path with its recorder and without it; return the lines of the report."""
    found = compiled("metrics")
    low, high = found["quartiles"]
    return [
        f"metrics on the hot path, {found['touchpoints']:,} touchpoints, {found['pairs']} pairs in turn, one core:",
        (
            f"{found['without_us']} us without and {found['with_us']} us with them a touchpoint: "
            f"{(found['ratio'] - 1) * 100:+.1f} % (quartiles {(low - 1) * 100:+.1f} % and {(high - 1) * 100:+.1f} %); "
            f"a scrape takes {found['scrape_ms']} ms"
        ),
    ]


def many_rules() -> list[str]:
    """Compare a thousand rules with ten; return the lines of the report."""
    found = compiled("many_rules")
    return [
        f"1,000 rules against 10, {found['touchpoints']:,} touchpoints of the Complete Journey, one core:",
        f"{found['few_us']} us and {found['many_us']} us a touchpoint, {found['ratio']} times as much",
    ]


def stores() -> list[str]:
    """Compare journeys on disk with those in memory, and many with few; return the lines of the report."""
    disk, many = compiled("store"), compiled("store", "--few", "10000", "--journeys", "2000000")
    return [
        f"journeys on disk against in memory, {disk['journeys'][1]:,} of them, whoever comes back is cold:",
        (
            f"{disk['first_us']} us and {disk['second_us']} us a touchpoint: {100 / disk['ratio']:.0f} % of the speed, "
            f"{100 / disk['wall_ratio']:.0f} % with waiting; the file has {disk['file_bytes'] / 2**20:,.0f} MiB"
        ),
        f"{many['journeys'][1]:,} journeys against {many['journeys'][0]:,}, both in memory:",
        f"{many['first_us']} us and {many['second_us']} us a touchpoint, {many['ratio']} times as much",
    ]


def memory() -> list[str]:
    """Weigh journeys and time the collector; return the lines of the report."""
    found = compiled("memory")
    weighed, pauses = found["bytes"], found["pauses"]
    return [
        (
            f"a journey of 30 touchpoints: {weighed['record']:,} bytes as a record, {weighed['changelog']:,} in the "
            f"changelog, {weighed['packed']:,} packed, {weighed['memory']:,} in memory with all that belongs to it"
        ),
        (
            f"the collector with {pauses['journeys']:,} journeys, {pauses['live']:,} decoded: longest pause of each "
            f"generation {pauses['longest_ms']} ms in {pauses['collections']} collections, "
            f"{pauses['share'] * 100:.1f} % of the time; a full one, which never is, would take {pauses['full_ms']} ms"
        ),
    ]


def recovery() -> list[str]:
    """Time starts with a million journeys, and with a tenth of that; return the lines of the report."""
    return [*said_by("recovery").splitlines(), *said_by("recovery", "--journeys", "100000").splitlines()]


def log_file(name: str) -> Path:
    """Where a contestant's complaints go; not committed."""
    folder = Path(tempfile.gettempdir()) / "touchpoint-bench"
    folder.mkdir(exist_ok=True)
    return folder / f"{name}.log"


@click.command()
@click.option("--records", default=3_000_000, show_default=True)
@click.option("--only", type=click.Choice([*BENCHES]))
@click.option("--peers", "chosen", default="worker,quix,faust", show_default=True)
@click.option("--rate", default=LATENCY_RATE, show_default=True, help="Touchpoints a second of the latency run.")
@click.option("--seconds", default=LATENCY_SEC, show_default=True, help="Of the latency run, after its warm-up.")
@click.option("--output", type=click.Path(path_type=Path), help="Instead of a dated file among the results.")
def main(records: int, only: str | None, chosen: str, rate: int, seconds: float, output: Path | None) -> None:
    """Run what is asked for, print it, keep it."""
    when = datetime.now(UTC)
    if {"worker", "pure"} <= set(chosen.split(",")):
        raise click.UsageError("worker and pure are one consumer group: give one of them (pure is not compiled)")
    load_before = os.getloadavg()[0]
    lines = [f"{when:%Y-%m-%d %H:%M} UTC", machine.summary(), f"load average before: {load_before:.1f}", ""]
    if only in (None, "rules"):
        lines += [*many_rules(), ""]
    if only in (None, "metrics"):
        lines += [*metrics(), ""]
    if only in (None, "throughput"):
        lines += [*asyncio.run(throughput(records, chosen.split(","))), ""]
    if only in (None, "latency"):
        lines += [*asyncio.run(latency(rate, seconds)), ""]
    if only in (None, "desk"):
        lines += [*asyncio.run(desk.measure()), ""]
    if only in (None, "gateway"):
        lines += [*uvloop.run(gateway.measure()), ""]
    for name, bench in (("store", stores), ("memory", memory), ("recovery", recovery)):
        if only in (None, name):
            lines += [*bench(), ""]
    text = "\n".join(lines)
    click.echo(text)
    place = output or HERE / "results" / f"{when:%Y-%m-%d}-{machine.slug()}.txt"
    place.parent.mkdir(exist_ok=True)
    place.write_text(text)


if __name__ == "__main__":
    main()
