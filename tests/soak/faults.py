"""Each fault as one function: what it hurts, for how long, and that it is whole again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tests.soak.schedule import Fault, Kind
from tests.soak.stage import PATIENCE_SEC, Stage

SLOW_SEC: Final = 0.1
TRANSACTIONS: Final = 6
IN_TRANSACTION: Final = 40
REFILL_SEC: Final = 0.5
DYING_SEC: Final = 3.0  # a broker that has met a full disk may take this long to end itself
AGAIN_SEC: Final = 1.5  # into a start; with the rest of the fault, somewhere between loading code and folding


async def kill(stage: Stage, fault: Fault) -> None:
    """Kill a worker, and start it again after a while."""
    async with stage.worker(fault.worker) as slot:
        slot.kill()
        await asyncio.sleep(fault.rest_sec)
        slot.start()


async def kill_again(stage: Stage, fault: Fault) -> None:
    """Kill a worker, and again when it has hardly come up."""
    async with stage.worker(fault.worker) as slot:
        for wait_sec in (AGAIN_SEC + fault.rest_sec, 0.0):
            slot.kill()
            slot.start()
            await asyncio.sleep(wait_sec)


async def terminate(stage: Stage, fault: Fault) -> None:
    """Stop a worker, and start it again after a while."""
    async with stage.worker(fault.worker) as slot:
        if code := await slot.stop():
            stage.say(f"worker {slot.process.name} was stopped and ended with {code}")
        await asyncio.sleep(fault.rest_sec)
        slot.start()


async def freeze(stage: Stage, fault: Fault) -> None:
    """Freeze a worker for longer than its session: when it wakes, others own what it believes to own."""
    async with stage.worker(fault.worker) as slot:
        slot.process.freeze()
        await asyncio.sleep(fault.seconds)
        slot.process.thaw()


async def scale(stage: Stage, fault: Fault) -> None:
    """Add a worker, and remove it a while after it has begun to work."""
    async with stage.turn(stage.fleet.spare.lock):
        stage.fleet.spare.start()
        await stage.fleet.spare.wait_ready(PATIENCE_SEC)
        await asyncio.sleep(fault.seconds)
        await stage.fleet.spare.stop()


async def kill_all(stage: Stage, fault: Fault) -> None:
    """Kill every worker at once."""
    slots = stage.fleet.slots
    async with stage.outage(*(slot.lock for slot in slots)):
        for slot in slots:
            slot.kill()
        await asyncio.sleep(fault.rest_sec)
        for slot in slots:
            if slot.is_wanted:
                slot.start()


async def broker_restart(stage: Stage, fault: Fault) -> None:
    """Stop the broker cleanly, and start it."""
    async with stage.outage():
        await asyncio.to_thread(stage.kafka.stop)
        await asyncio.sleep(fault.rest_sec)
        await stage.start_broker()


async def broker_kill(stage: Stage, fault: Fault) -> None:
    """Kill the broker, and start it."""
    async with stage.outage():
        await asyncio.to_thread(stage.kafka.kill)
        await asyncio.sleep(fault.rest_sec)
        await stage.start_broker()


async def broker_pause(stage: Stage, fault: Fault) -> None:
    """Freeze the broker."""
    async with stage.outage():
        stage.kafka.jvm.pause()
        await asyncio.sleep(fault.seconds)
        stage.kafka.jvm.resume()


async def disk_full(stage: Stage, fault: Fault) -> None:
    """Leave the broker not a byte for its data; then make room, and start it if it has ended over that."""
    async with stage.outage():
        until = asyncio.get_running_loop().time() + fault.seconds
        while asyncio.get_running_loop().time() < until:
            await asyncio.to_thread(stage.disk.fill)
            await asyncio.sleep(REFILL_SEC)
        stage.disk.free()
        await asyncio.sleep(DYING_SEC)
        if (code := stage.kafka.jvm.returncode) is not None:
            stage.say(f"the broker had ended with {code} over its full disk")
            await asyncio.to_thread(stage.kafka.kill)
            await stage.start_broker()


async def slow(stage: Stage, fault: Fault) -> None:
    """Make every answer of the broker late, acknowledgements among them."""
    async with stage.outage():
        stage.proxy.delay_sec = SLOW_SEC
        await asyncio.sleep(fault.seconds)
        stage.proxy.mend()


async def cut(stage: Stage, fault: Fault) -> None:
    """Cut the workers off from the broker, which works on for everybody else."""
    async with stage.outage():
        stage.proxy.cut()
        await asyncio.sleep(fault.seconds)
        stage.proxy.mend()


async def aborted(stage: Stage, fault: Fault) -> None:
    """Send touchpoints in transactions most of which are aborted."""
    async with stage.turn(stage.producer_lock, stage.broker_lock):
        await stage.load.transact(TRANSACTIONS, IN_TRANSACTION)


async def abandoned(stage: Stage, fault: Fault) -> None:
    """Send touchpoints in a transaction that its producer does not end."""
    async with stage.turn(stage.producer_lock, stage.broker_lock):
        await stage.load.abandon(IN_TRANSACTION)


FAULTS: Final[Mapping[Kind, Callable[[Stage, Fault], Awaitable[None]]]] = {
    Kind.KILL: kill,
    Kind.KILL_AGAIN: kill_again,
    Kind.TERMINATE: terminate,
    Kind.FREEZE: freeze,
    Kind.SCALE: scale,
    Kind.KILL_ALL: kill_all,
    Kind.BROKER_RESTART: broker_restart,
    Kind.BROKER_KILL: broker_kill,
    Kind.BROKER_PAUSE: broker_pause,
    Kind.DISK_FULL: disk_full,
    Kind.SLOW: slow,
    Kind.CUT: cut,
    Kind.ABORTED: aborted,
    Kind.ABANDONED: abandoned,
}
