"""One soak from start to end: load and faults side by side, then calm, then the verdict."""

import asyncio
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from tests.soak.faults import FAULTS
from tests.soak.schedule import Fault, Kind
from tests.soak.stage import Stage, TooLateError, staged
from tests.soak.subject import Subject
from tests.soak.verdict import Verdict
from tests.soak.worker import WORKER

REPORT_SEC: Final = 30.0
READY_SEC: Final = 180.0
CALM_SEC: Final = 15.0  # with load and without faults, before the load ends: the last transactions end too
QUIET_SEC: Final = 5.0  # for deadlines that ticked late


class Outcome(msgspec.Struct, kw_only=True):
    """What was done, and what came of it."""

    verdict: Verdict
    faults: Counter[Kind]
    planned: int
    sent: int
    unsure: int
    undone: int
    longest_pause_sec: float
    median_pause_sec: float
    seconds: float
    settled_sec: float
    ended: Counter[str]
    troubles: list[str]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost or doubled, and everything that was planned was done."""
        return not self.verdict.wrong and not self.troubles


async def soak(
    folder: Path,
    faults: tuple[Fault, ...],
    *,
    seed: int,
    per_sec: float,
    say: Callable[[str], None],
    grace_sec: float,
    subject: Subject = WORKER,
) -> Outcome:
    """Run the faults of a schedule against the worker, or what stands in its place, and judge.

    Faults that find their victim busy come later, at the latest so long after the last one was due.
    """
    async with staged(folder, seed=seed, per_sec=per_sec, say=say, subject=subject) as stage:
        stage.fleet.start()
        for slot in stage.fleet.slots:
            if slot.is_wanted and not await slot.wait_ready(READY_SEC):
                raise TimeoutError(f"worker {slot.process.name} is not ready:\n{slot.process.said[-3000:]}")
        run = _Run(stage)
        await run.attack(faults, grace_sec)
        settled_sec, calm_ms = await run.settle(subject), _now_ms()
        await asyncio.sleep(QUIET_SEC)
        await run.end()
        say("comparing ...")
        return run.outcome(await subject.judge(stage.deployment, calm_ms, _now_ms()), len(faults), settled_sec)


class _Run:
    """The moving parts of one soak."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._watch = stage.watch
        self._done: Counter[Kind] = Counter()
        self._troubles: list[str] = []
        self._started = time.monotonic()
        self._helpers: list[asyncio.Task[None]] = []
        self._load: asyncio.Task[None] | None = None
        self._longest_pause_sec = 0.0

    async def attack(self, faults: tuple[Fault, ...], grace_sec: float) -> None:
        """Do everything of the schedule under load, and end the load after a calm while."""
        self._load = asyncio.create_task(self._stage.load.run())
        self._helpers = [
            asyncio.create_task(helper) for helper in (self._stage.fleet.supervise(), self._watch.run(), self._report())
        ]
        under_way = []
        for fault in faults:
            await asyncio.sleep(max(0.0, self._started + fault.at_sec - time.monotonic()))
            under_way.append(asyncio.create_task(self._do(fault)))
        await asyncio.wait(under_way, timeout=grace_sec)
        self._stage.is_over = True
        await asyncio.gather(*under_way)
        await asyncio.sleep(CALM_SEC)
        self._stage.load.stop()
        await self._load
        self._longest_pause_sec = self._watch.longest_sec(time.monotonic())

    async def settle(self, subject: Subject) -> float:
        """Wait until everything has been taken; return how long that was."""
        began = time.monotonic()
        try:
            await subject.settle(self._stage.deployment)
        except TimeoutError as error:
            self._trouble(f"not everything was taken: {error}")
        return time.monotonic() - began

    async def end(self) -> None:
        """Stop the workers and everything that looks at them."""
        for helper in self._helpers:
            helper.cancel()
        for result in await asyncio.gather(*self._helpers, return_exceptions=True):
            if isinstance(result, Exception):
                self._trouble(f"the driver itself: {result!r}")
        try:
            codes = await self._stage.fleet.stop()
        except subprocess.TimeoutExpired as error:
            self._trouble(f"a worker that was asked to stop in peace did not: {error}")
        else:
            if any(codes):
                self._trouble(f"workers that were asked to stop in peace ended with {codes}")

    def outcome(self, verdict: Verdict, planned: int, settled_sec: float) -> Outcome:
        """Put everything together."""
        load = self._stage.load
        return Outcome(
            verdict=verdict,
            faults=self._done,
            planned=planned,
            sent=load.sent,
            unsure=load.unsure,
            undone=load.undone,
            longest_pause_sec=self._longest_pause_sec,
            median_pause_sec=self._watch.median_sec(),
            seconds=time.monotonic() - self._started,
            settled_sec=settled_sec,
            ended=self._stage.fleet.ended,
            troubles=self._troubles,
        )

    async def _do(self, fault: Fault) -> None:
        try:
            await FAULTS[fault.kind](self._stage, fault)
        except TooLateError:
            self._say(f"{fault.kind}: its victim was never free")
        except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on and says so
            self._trouble(f"{fault.kind}: {error!r}")
        else:
            self._done[fault.kind] += 1
            self._say(f"{fault.kind}{f', {fault.seconds} s' if fault.seconds else ''}: done, due at {fault.at_sec} s")

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_SEC)
            self._say(
                f"-- {self._done.total()} faults, {self._stage.load.sent:,} touchpoints, {self._stage.fleet.alive} "
                f"workers, longest pause {self._watch.longest_sec(time.monotonic()):.1f} s"
            )

    def _trouble(self, text: str) -> None:
        self._troubles.append(text)
        self._say(f"TROUBLE {text}")

    def _say(self, text: str) -> None:
        self._stage.say(f"{time.monotonic() - self._started:7.1f} s  {text}")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
