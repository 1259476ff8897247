"""THE module that reaches into Faust and aiokafka: written for faust-streaming 0.15.3 and aiokafka 0.14.0.

Whole partition batches leave Faust inside `Consumer._wait_next_records` and go to the lanes; Faust never sees a
touchpoint. Ordinary topics go Faust's way untouched. `tests/contract/test_faust_seams.py` pins every method that is
overridden or used here, so that an upgrade fails loudly and names what to read again.
"""

# ruff: noqa: SLF001 - reaching into private names is this module's whole purpose
# mypy: disable-error-code="no-any-return, has-type"
# Faust and aiokafka publish no types.

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import uvloop
from aiokafka.consumer import fetcher
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from mode import Service

from streams.worker.kit import Kit
from streams.worker.lane import Lane, Phase
from streams.worker.store import Lanes, Standing

POLL_SEC: Final = 0.1  # an empty poll comes back after this, with fresh proofs
OPENING_SEC: Final = 0.01  # and after this while lanes are being opened
FOLD_SEC: Final = 0.1
SILENCE_SEC: Final = 5.0
PROOF_SEC: Final = 0.1  # how often positions and ends of all partitions are read
_log = logging.getLogger("touchpoint.worker")


@dataclass(frozen=True)
class Poll:
    """What one poll brought: records, and for some partitions (position, end, time of the fetch in ms)."""

    records: dict[TP, list[Any]]
    proofs: dict[TP, tuple[int, int, int]]


class RawRecords(fetcher.PartitionRecords):
    """Makes the lanes' records what the intake wants at once; a ConsumerRecord costs as much as decoding a touchpoint.

    Done in the client's thread, where the record has just been made: the other core would have to fetch it first.
    Records of the changelog stay what the client's extension made: that has offset, key and value as well.
    """

    touchpoint_topics: frozenset[str] = frozenset()
    changelog = ""

    def _consumer_record(self, tp: Any, record: Any) -> Any:
        if tp.topic not in self.touchpoint_topics:
            return record if tp.topic == self.changelog else super()._consumer_record(tp, record)
        timestamp = record.timestamp
        return (timestamp, tp.topic, record.offset, timestamp, record.key, record.value, record.headers)


class Thread(driver.AIOKafkaConsumerThread):
    """Faust's consumer thread, with the calls that the lanes need."""

    _proved_at = 0.0
    _unpaused: AbstractSet[TP] = frozenset()

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust hard-codes read_uncommitted and a fetch wait of 1.5 s; the fetcher copies both in start().
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = self.consumer.kit.settings.fetch_wait_ms
        RawRecords.touchpoint_topics = frozenset(self.consumer.kit.topics.touchpoints)
        RawRecords.changelog = self.consumer.kit.topics.changelog
        fetcher.PartitionRecords = RawRecords
        return consumer

    async def poll(self, active: AbstractSet[TP], wait_sec: float) -> Poll:
        """Fetch, and say where we stand: both in one turn of the thread, so that they belong together."""
        return await self.call_thread(self._poll, active, wait_sec)

    async def _poll(self, active: AbstractSet[TP], wait_sec: float) -> Poll:
        consumer = self._ensure_consumer()
        if active != self._unpaused:
            self._pause_others(consumer, active)
        # All that has arrived: what stays behind in aiokafka holds up the fetches of every other partition.
        records = await self._fetch_records(consumer, active, timeout=wait_sec, max_records=None)
        now = time.monotonic()
        if now - self._proved_at >= PROOF_SEC:
            self._proved_at = now
            return Poll(records, self._prove(consumer, active))
        return Poll(records, self._prove(consumer, records))

    def _pause_others(self, consumer: Any, active: AbstractSet[TP]) -> None:
        """Let aiokafka fetch what is wanted only: what Faust alone has paused is still fetched, and stalls others."""
        self._unpaused = active
        assignment = consumer.assignment()
        consumer.resume(*(tp for tp in assignment if tp in active))
        consumer.pause(*(tp for tp in assignment if tp not in active))

    def _prove(self, consumer: Any, tps: Iterable[TP]) -> dict[TP, tuple[int, int, int]]:
        subscription = consumer._subscription.subscription
        assignment = subscription.assignment if subscription is not None else None
        if assignment is None or not assignment.active:
            return {}
        # The response may be older than its arrival by as much as the broker held the request.
        wait_ms = consumer._fetch_max_wait_ms
        proofs = {}
        for tp in tps:
            state = assignment._tp_state.get(tp)
            if state is not None and state.has_valid_position and state.highwater is not None:
                proofs[tp] = (state.position, state.highwater, state.timestamp - wait_ms)
        return proofs

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek ordinary topics only: the lanes know better where they stand (Faust calls this at every recovery)."""
        return await self.call_thread(self._seek_ordinary)

    async def _seek_ordinary(self) -> Mapping[TP, int]:
        consumer = self._ensure_consumer()
        ours = self.consumer.lane_topics
        ordinary = [tp for tp in consumer.assignment() if tp.topic not in ours]
        return await consumer.seek_to_committed(*ordinary) if ordinary else {}

    async def pause_all(self) -> None:
        """Stop aiokafka from fetching anything of a new assignment before it is asked to."""

        async def pause() -> None:
            self._pause_others(self._ensure_consumer(), frozenset())

        await self.call_thread(pause)

    async def standing(self, tps: list[TP]) -> Standing:
        """Ask for commits, first and end offsets."""

        async def ask() -> Standing:
            consumer = self._ensure_consumer()
            committed = {tp: await consumer.committed(tp) for tp in tps}
            return Standing(committed, await consumer.beginning_offsets(tps), await consumer.end_offsets(tps))

        return await self.call_thread(ask)


class Consumer(driver.Consumer):
    """Faust's consumer; what concerns the lanes is here."""

    _active_key: tuple[int, int] = (-1, -1)
    _active_lanes: frozenset[TP] = frozenset()
    _newest_answer = 0
    heard_at = 0.0
    is_deaf = False
    _is_busy = False  # fetched records were left for the next turn

    @cached_property
    def _polling(self) -> asyncio.Lock:
        return asyncio.Lock()

    @property
    def lanes(self) -> Lanes:
        """The table's store."""
        return self.app.lanes

    @property
    def kit(self) -> Kit:
        """What all lanes share."""
        return self.app.lanes.kit

    @property
    def lane_topics(self) -> frozenset[str]:
        """Topics that go to the lanes, and the changelog."""
        return self.app.lane_topics

    def _new_consumer_thread(self) -> Thread:
        return Thread(self, loop=self.loop, beacon=self.beacon, thread_loop=uvloop.new_event_loop())

    async def standing(self, tps: list[TP]) -> Standing:
        """Ask for commits, first and end offsets."""
        return await self._thread.standing(tps)

    async def seek_lane(self, offsets: Mapping[TP, int]) -> None:
        """Put the consumer where a lane goes on; waits for a poll under way."""
        # What a poll that began before the seek brings after it belongs to no lane: it would be passed over for good.
        async with self._polling:
            # Consumer.seek() would call aiokafka from the wrong thread.
            await self._thread.seek_wait(offsets)

    async def commit_offsets(self, offsets: dict[TP, int]) -> bool:
        """Commit; False when the group has moved on."""
        # Faust's _commit_offsets notes them as committed even when the commit has failed.
        return await self._commit(offsets)

    # Overrides.

    async def _wait_next_records(
        self,
        timeout: float,  # noqa: ASYNC109 - Faust's signature
    ) -> tuple[dict[TP, list[Any]], set[TP]]:
        """Fetch for lanes and ordinary topics; fold the lanes' records here, return the rest.

        Faust's own sleeps a second when nothing is active, and lets sources be read before they are seeked (#596):
        here a source partition is active only while its lane folds.
        """
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        ours = self.lane_topics
        async with self._polling:
            ordinary = (
                set() if self.app.rebalancing else {tp for tp in self._get_active_partitions() if tp.topic not in ours}
            )
            active = ordinary | self._lane_partitions()
            terms = {lane.number: lane.term for lane in self.lanes.ready()}
            poll = await self._thread.poll(active, self._patience()) if active else None
        if poll is None:
            await self._go_on_without_fetching()
            return {}, ordinary
        now = time.monotonic()
        rest = {}
        for tp, records in poll.records.items():
            if tp.topic not in ours:
                rest[tp] = records
            elif lane := self._still(tp, terms):
                lane.take(tp.topic, records, now)
        for tp, proof in poll.proofs.items():
            if tp.topic in ours and (lane := self._still(tp, terms)):
                lane.prove_position(tp.topic, *proof)
        self._hear(poll, now)
        self._is_busy = await self._fold()
        return rest, ordinary

    def _patience(self) -> float:
        """Return how long a poll may wait for records: lanes that are being opened wait for it."""
        return 0.0 if self._is_busy else OPENING_SEC if self.lanes.is_opening else POLL_SEC

    async def _go_on_without_fetching(self) -> None:
        """Fold what is here when there is room for nothing more, or wait for lanes."""
        self.heard_at = time.monotonic()  # nobody was asked
        self._is_busy = await self._fold()
        if not self._is_busy:
            await self.sleep(0.02)

    def _hear(self, poll: Poll, now: float) -> None:
        """Take note that the broker answers: an old answer proves nothing new."""
        newest = max((at_ms for _, _, at_ms in poll.proofs.values()), default=0)
        if newest > self._newest_answer:
            self._newest_answer, self.heard_at = newest, now
            if self.is_deaf:
                self.is_deaf = False
                _log.info("the broker answers again")

    def _watch(self, now: float) -> None:
        """Say once that the broker has fallen silent: the client retries for ever, and we say nothing else of it."""
        if self.lanes.ready() and not self.is_deaf and now - self.heard_at > SILENCE_SEC and self._newest_answer:
            self.is_deaf = True
            _log.warning("no broker has answered for %.0f s: nothing is read, deadlines wait", now - self.heard_at)

    def _lane_partitions(self) -> frozenset[TP]:
        topics = self.kit.topics.touchpoints
        held = {(lane.number, topic) for lane in self.lanes.ready() for topic in topics if not lane.wants(topic)}
        key = (self.lanes.version, hash(frozenset(held)))
        if key != self._active_key:
            self._active_key = key
            self._active_lanes = frozenset(
                TP(topic, lane.number)
                for lane in self.lanes.ready()
                for topic in topics
                if (lane.number, topic) not in held
            )
        return self._active_lanes

    def _still(self, tp: TP, terms: Mapping[int, int]) -> Lane | None:
        """Return the lane if it has folded without interruption since the poll began."""
        lane = self.lanes.owner_of(tp.partition)
        return lane if lane is not None and terms.get(tp.partition) == lane.term else None

    async def _fold(self) -> bool:
        """Fold what is here, one slice of each lane after the other, giving way after each few milliseconds.

        Comes back before long even from a large backlog, and says that there is more: partitions without one want
        their records and proofs.
        """
        busy, slice_sec = self.lanes.ready(), self.kit.settings.slice_ms / 1000
        until = time.perf_counter() + slice_sec
        back_at = until + FOLD_SEC
        while busy and until < back_at:
            more = []
            for lane in busy:
                if lane.fold():
                    more.append(lane)
                if time.perf_counter() > until:
                    await asyncio.sleep(0)
                    until = time.perf_counter() + slice_sec
            busy = more
        return bool(busy)

    @Service.task
    async def _tick(self) -> None:
        """Fire deadlines, begin flushes, and take back lost lanes, while partitions are owned."""
        while not self.should_stop:
            await asyncio.sleep(self.kit.settings.tick_sec)
            now, wall_ms = time.monotonic(), int(time.time() * 1000)
            self.lanes.ticks += 1
            for lane in self.lanes.ready():
                while lane.is_ready and lane.tick(wall_ms):
                    self.lanes.ticks += 1
                    await asyncio.sleep(0)
                if extent := lane.due(now):
                    self.add_future(lane.flush(extent))
            self._watch(now)
            self.lanes.tell()
            if any(lane.phase is Phase.LOST for lane in self.lanes.lanes.values()):
                await self.lanes.reclaim_lost()

    async def verify_all_partitions_active(self) -> None:
        """Do nothing: Faust's livelock detector compares clocks of two kinds, and takes seconds over it."""

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit what the lanes made durable, then what Faust's own agents have acknowledged."""
        offsets = self.lanes.committable()
        if offsets and await self.commit_offsets(offsets):
            self.lanes.committed(offsets)
        elif offsets:
            self.lanes.kit.signals.commit_failed()
        return await super().commit(topics, start_new_transaction=start_new_transaction)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Keep the client from fetching before lanes fold, and from the changelog, which they read for themselves."""
        try:  # what is raised here, aiokafka logs and forgets
            await self._thread.pause_all()
        except Exception as error:  # noqa: BLE001
            await self.crash(error)
        await super().on_partitions_assigned(assigned, generation_id)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Stop folding at once, make all durable in good time, commit."""
        self.lanes.quiesce()
        await self.lanes.flush(self.kit.settings.session_sec / 3)
        await self.commit()
        await super().on_partitions_revoked(revoked)

    def _crash(self, reason: BaseException) -> None:
        # A crash that meets a rebalance hangs for ever. All that we owe is durable or fenced: leave hard.
        self.app.hard_exit.after(self.kit.settings.crash_sec, reason)
        self.lanes.quiesce()
        super()._crash(reason)

    async def on_stop(self) -> None:
        """Make all durable, commit, let go."""
        self.app.hard_exit.after(self.kit.settings.stop_sec, None)
        self.lanes.quiesce()
        await self.lanes.flush(self.kit.settings.stop_sec / 2)
        await super().on_stop()  # commits
        await self.lanes.close()


class NoRecovery(Recovery):
    """Faust's recovery without its work: the lanes restore themselves, so it goes straight on to resuming."""

    def need_recovery(self) -> bool:
        """Return False: no changelog partition is Faust's to read."""
        return False


class Tables(TableManager):
    """Faust's table manager with that recovery, and without the second that it sleeps at each start."""

    @property
    def recovery(self) -> NoRecovery:
        """The recovery service."""
        if self._recovery is None:
            self._recovery = NoRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    async def on_start(self) -> None:
        """Register the table and start."""
        await self._update_channels()
        await self.recovery.start()


class Transport(driver.Transport):
    """Faust's aiokafka transport with our consumer."""

    Consumer = Consumer
