"""How long partitions wait while workers are restarted one after the other under load.

    python -m tests.soak.rolling

Exits with 1 where one waited longer than promised: five seconds, or on a machine where a worker takes as long to
start, so many of its starts (the old one flushes and ends, the new one starts, claims and reads back).
"""

import asyncio
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click

from streams.broker.embedded import EmbeddedKafka
from streams.codec.vocabulary import shipped
from streams.testing.deployment import Deployment
from streams.testing.pauses import pauses
from streams.testing.workers import WorkerProcess
from tests.soak.upgrade import PARTITIONS, PER_SEC, READY_SEC, RULES, WORKERS, Load

PROMISED_SEC: Final = 5.0
STARTS: Final = 2.5
CALM_SEC: Final = 10.0  # under load, before, between and after restarts


async def rolling() -> tuple[dict[int, float], float]:
    """Return the longest wait of each partition, and the longest start of a worker, in seconds."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        kafka = stack.enter_context(EmbeddedKafka(Path(name) / "broker"))
        deployment, load = Deployment(kafka.bootstrap_servers, "", shipped(), PARTITIONS), Load()
        await deployment.create()
        settings = {"TOUCHPOINT_RULES": str(RULES), "TOUCHPOINT_LANE_FLUSH_SEC": "2"}
        group = []
        for number in range(WORKERS):
            identity = {"TOUCHPOINT_INSTANCE_ID": f"worker-{number}", "TOUCHPOINT_LANE_SESSION_SEC": "60"}
            environ = deployment.environ | settings | identity
            group.append(stack.enter_context(WorkerProcess(f"worker-{number}", Path(name), environ)))
        started = max(await asyncio.gather(*[start(worker) for worker in group]))
        for worker in group:
            await asyncio.to_thread(worker.wait_owning, PARTITIONS // WORKERS, READY_SEC)
        sending = asyncio.create_task(deployment.send(load, PER_SEC))
        try:
            for worker in group:
                await asyncio.sleep(CALM_SEC)
                worker.terminate()
                if (code := await asyncio.to_thread(worker.wait, READY_SEC)) != 0:
                    raise RuntimeError(f"{worker.name} has ended with {code}:\n{worker.said[-3000:]}")
                started = max(started, await start(worker))
                await asyncio.to_thread(worker.wait_owning, PARTITIONS // WORKERS, READY_SEC)
            await asyncio.sleep(CALM_SEC)
        finally:
            load.is_over = True
            await sending
        await deployment.wait_committed(READY_SEC)
        return await pauses(deployment, "payment-failing", "payment.failed"), started


async def start(worker: WorkerProcess) -> float:
    """Start a worker; return how many seconds it took to be ready."""
    ready, began = worker.said.count(": ready: "), time.monotonic()
    await asyncio.to_thread(worker.start().wait_ready, READY_SEC, ready + 1)
    return time.monotonic() - began


@click.command()
def main() -> None:
    """Restart three workers one after the other under load, and say how long partitions waited."""
    waited, started = asyncio.run(rolling())
    limit = max(PROMISED_SEC, STARTS * started)
    click.echo(
        f"a worker starts within {started:.1f} s, the longest waits by partition: {dict(sorted(waited.items()))}"
    )
    click.echo(f"at most {max(waited.values()):.1f} s, promised {limit:.1f} s")
    sys.exit(os.EX_OK if max(waited.values()) <= limit else 1)


if __name__ == "__main__":
    main()
