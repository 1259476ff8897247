"""Everything that a soak hurts, started and put together: broker on a small disk, network, topics, workers, load."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from streams.broker.coordinators import wake
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import is_free
from streams.broker.properties import HOST
from streams.codec.catalogue import CHANGELOG
from streams.codec.vocabulary import shipped
from streams.errors import BrokerError
from streams.testing.deployment import Deployment
from tests.soak.disk import SmallDisk
from tests.soak.fleet import Fleet, Slot
from tests.soak.load import Load
from tests.soak.proxy import Proxy
from tests.soak.subject import Subject
from tests.soak.watch import Watch

PARTITIONS: Final = 4
WORKERS: Final = 2
NAMESPACE: Final = "soak-"
# So small and so eager that the cleaner runs all the time.
COMPACTING: Final = {"segment.bytes": "1048576", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "5000"}
EAGER: Final = {"log.cleaner.backoff.ms": "1000", "transaction.abort.timed.out.transaction.cleanup.interval.ms": "2000"}
PATIENCE_SEC: Final = 90.0  # a fault waits so long for its victim to work; hitting one that does not is a fault too
START_TRIES: Final = 5
PORTS: Final = range(20_000, 32_000)  # below those that the system gives to clients while the broker is away


class TooLateError(Exception):
    """Raise when a fault has waited for its victim until the attack was over."""


@dataclass
class Stage:
    """What a fault may touch, one at a time."""

    kafka: EmbeddedKafka
    disk: SmallDisk
    proxy: Proxy
    deployment: Deployment
    fleet: Fleet
    load: Load
    say: Callable[[str], None]
    watch: Watch
    broker_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    producer_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_over: bool = False
    _outage_ended: float = 0.0

    @asynccontextmanager
    async def turn(self, *locks: asyncio.Lock) -> AsyncIterator[None]:
        """Wait until nobody else touches what the locks stand for; raises TooLateError once the attack is over."""
        async with AsyncExitStack() as stack:
            for lock in locks:
                await stack.enter_async_context(lock)
            if self.is_over:
                raise TooLateError
            yield

    @asynccontextmanager
    async def worker(self, number: int) -> AsyncIterator[Slot]:
        """Give a worker to do something to, once it is ready and something was committed since, or after the patience.

        Faults that wait in line would else meet it as soon as it says that it is ready, and nothing would ever get on.
        """
        slot = self.fleet.slots[number]
        async with self.turn(slot.lock):
            await slot.wait_ready(PATIENCE_SEC)
            await self.watch.wait_progress(time.monotonic(), 1, PATIENCE_SEC)
            yield slot

    @asynccontextmanager
    async def outage(self, *locks: asyncio.Lock) -> AsyncIterator[None]:
        """Hurt what everybody needs: one at a time, and only once every partition has got on after the last one.

        Else a machine that takes long to start things would be hurt while nothing works, which shows nothing.
        """
        async with self.turn(self.broker_lock, *locks):
            await self.watch.wait_progress(self._outage_ended, self.deployment.partitions, PATIENCE_SEC)
            try:
                yield
            finally:
                self._outage_ended = time.monotonic()

    async def start_broker(self) -> None:
        """Start it again; what is in the way of a first try is often gone at the next."""
        for left in reversed(range(START_TRIES)):
            try:
                await asyncio.to_thread(self.kafka.start)
            except BrokerError as error:
                if not left:
                    raise
                self.say(f"the broker does not start: {error}")
                await asyncio.sleep(1)
            else:
                return


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    seed: int,
    per_sec: float,
    say: Callable[[str], None],
    subject: Subject,
) -> AsyncIterator[Stage]:
    """Start broker, network and topics; workers and load are there and not started."""
    port, inner, outer, controller = _ports(4)
    with ExitStack() as stack:
        disk = stack.enter_context(SmallDisk(folder / "disk"))
        kafka = EmbeddedKafka(disk.folder, port=port, overrides=_listeners(port, inner, outer, controller) | EAGER)
        stack.callback(kafka.stop)
        await asyncio.to_thread(kafka.start)
        proxy = stack.enter_context(Proxy(outer, inner))
        deployment = Deployment(kafka.bootstrap_servers, NAMESPACE, shipped(), PARTITIONS)
        await deployment.create(settings={CHANGELOG: COMPACTING})
        await wake(kafka.bootstrap_servers)
        fleet = stack.enter_context(Fleet(folder, subject.program(proxy.address, deployment), WORKERS))
        load = Load(deployment, seed=seed, per_sec=per_sec)
        watch = Watch(deployment.bootstrap_servers, subject.group)
        yield Stage(kafka, disk, proxy, deployment, fleet, load, say, watch)


def _listeners(port: int, inner: int, outer: int, controller: int) -> dict[str, str]:
    """Return the settings of a broker that workers see at `outer`, from where it is passed on to `inner`."""
    return {
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listeners": f"PLAINTEXT://{HOST}:{port},PROXIED://{HOST}:{inner},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port},PROXIED://{HOST}:{outer}",
    }


def _ports(count: int) -> Sequence[int]:
    found: list[int] = []
    while len(found) < count:
        port = random.SystemRandom().choice(PORTS)
        if is_free(port) and port not in found:
            found.append(port)
    return found
