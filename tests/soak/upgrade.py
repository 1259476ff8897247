"""A rolling upgrade from an earlier commit of this repository, and back: old, mixed, new, mixed, old, under load.

    python -m tests.soak.upgrade OLD_COMMIT [--forward]

The earlier commit is unpacked beside its own data and run by this very interpreter. In each mixed state one worker is
killed for longer than its session, so that what one version has written is read by the other. At the end every
customer has one alert, every revision came once, and every journey counts what its customer did. Exits with 1 where
that is not so, or a worker does not start; `--forward` leaves out the way back, where a new layout allows none.
"""

import asyncio
import io
import itertools
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click

from streams.broker.embedded import EmbeddedKafka
from streams.codec.vocabulary import shipped
from streams.testing.deployment import Deployment
from streams.testing.oracle import Oracle
from streams.testing.pauses import pauses
from streams.testing.workers import WorkerProcess
from streams.touchpoints.touchpoint import Touchpoint

ROOT: Final = Path(__file__).parents[2]
RULES: Final = ROOT / "tests" / "kafka" / "lane" / "rules.yaml"
PARTITIONS: Final = 6
WORKERS: Final = 3
SESSION_SEC: Final = 12.0
PER_SEC: Final = 60
FAILURES: Final = 3  # of each customer, which is one alert
READY_SEC: Final = 180.0


class Load:
    """Customers whose payments fail, one after the other until it is over."""

    def __init__(self) -> None:
        self.is_over = False
        self.customers: list[str] = []

    def __iter__(self) -> Iterator[Touchpoint]:
        """Yield touchpoints, made at the moment they are asked for."""
        for number in itertools.count():
            if self.is_over:
                return
            name = f"c{number}"
            self.customers.append(name)
            for attempt in range(FAILURES):
                now = time.time_ns() // 1_000_000
                yield Touchpoint(f"{name}-{attempt}", "//shop.example", "payment.failed", now, name, "", b"{}")


class Fleet:
    """Workers by number, each of one version or the other; `make` makes one that is not started."""

    def __init__(self, make: Callable[[int, str], WorkerProcess]) -> None:
        self._make = make
        self._running: dict[int, WorkerProcess] = {}

    async def put(self, number: int, version: str) -> None:
        """Stop a worker, if it runs, and start one of this version in its place."""
        if (before := self._running.get(number)) is not None:
            before.terminate()
            if (code := await asyncio.to_thread(before.wait, 60)) != 0:
                raise RuntimeError(f"worker {number} has ended with {code}:\n{before.said[-3000:]}")
        worker = self._running[number] = self._make(number, version)
        worker.start()
        await asyncio.to_thread(worker.wait_ready, READY_SEC)

    async def bereave(self, number: int, version: str) -> None:
        """Kill a worker, let the others go on with its partitions, and start it again."""
        self._running.pop(number).kill()
        await asyncio.sleep(1.5 * SESSION_SEC)
        await self.put(number, version)


def unpack(commit: str, folder: Path) -> Path:
    """Return a folder with the files of a commit."""
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S607 - git
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return folder


async def course(fleet: Fleet, deployment: Deployment, load: Load, *, is_forward: bool) -> None:
    """Go through all states while the load runs; each ends when all alerts so far are out."""

    async def caught_up(state: str) -> None:
        wanted, deadline = len(load.customers), time.monotonic() + READY_SEC
        while (said := len(await deployment.alerts())) < wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{state}: {said} of {wanted} alerts")
            await asyncio.sleep(2)
        click.echo(f"{state}: {said} alerts")

    await asyncio.gather(*(fleet.put(number, "old") for number in range(WORKERS)))
    sending = asyncio.create_task(deployment.send(load, PER_SEC))
    try:
        await caught_up("old")
        for before, after in [("old", "new")] if is_forward else [("old", "new"), ("new", "old")]:
            for number in range(WORKERS):
                await fleet.put(number, after)
                await caught_up(f"{number + 1} of {WORKERS} {after}")
                if number == 0:  # its partitions go to workers of the version before, and later come back
                    await fleet.bereave(0, after)
                if number == 1:  # and those of the last one of that version to workers of this one
                    await fleet.bereave(2, before)
                await caught_up(f"{number + 1} of {WORKERS} {after}, after a kill")
    finally:
        load.is_over = True
        await sending
    await caught_up("all")
    await deployment.wait_committed(READY_SEC)


async def verdict(deployment: Deployment, load: Load) -> list[str]:
    """Return what is wrong."""
    alerts = await deployment.alerts()
    said = Counter((alert.customer, alert.revision) for alert in alerts)
    wanted = Counter((name, 1) for name in load.customers)
    counts = await Oracle(RULES, shipped()).restored(deployment)
    waited = await pauses(deployment, "payment-failing", "payment.failed")
    wrong = [name for name in load.customers if counts.get(name.encode()) != FAILURES]
    click.echo(f"longest waits by partition, kills included: {dict(sorted(waited.items()))}")
    return [
        *(f"lost: {name}" for name, _ in (wanted - said)),
        *(f"said twice: {name} revision {revision}" for name, revision in (said - wanted)),
        *(f"counts {counts.get(name.encode())}: {name}" for name in wrong),
    ]


async def upgrade(commit: str, *, is_forward: bool) -> list[str]:
    """Run it; return what is wrong."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        code = {"old": unpack(commit, folder / "old"), "new": ROOT}
        kafka = stack.enter_context(EmbeddedKafka(folder / "broker"))
        deployment, load = Deployment(kafka.bootstrap_servers, "", shipped(), PARTITIONS), Load()
        await deployment.create()
        lives = itertools.count()

        def make(number: int, version: str) -> WorkerProcess:
            environ = deployment.environ | {
                "PYTHONPATH": str(code[version]),
                "PYTHONSAFEPATH": "1",  # or the folder that we are in would come first
                "TOUCHPOINT_RULES": str(RULES),
                "TOUCHPOINT_INSTANCE_ID": f"worker-{number}",
                "TOUCHPOINT_LANE_SESSION_SEC": str(SESSION_SEC),
                "TOUCHPOINT_LANE_FLUSH_SEC": "2",
            }
            return stack.enter_context(WorkerProcess(f"{version}-{number}-{next(lives)}", folder, environ))

        await course(Fleet(make), deployment, load, is_forward=is_forward)
        return await verdict(deployment, load)


@click.command()
@click.argument("commit")
@click.option("--forward", is_flag=True, help="Leave out the way back.")
def main(commit: str, *, forward: bool) -> None:
    """Upgrade from a commit of this repository under load, and back."""
    wrong = asyncio.run(upgrade(commit, is_forward=forward))
    for line in wrong[:20]:
        click.echo(line)
    click.echo(f"{len(wrong)} wrong")
    sys.exit(1 if wrong else os.EX_OK)


if __name__ == "__main__":
    main()
