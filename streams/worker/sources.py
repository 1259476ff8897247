"""Facts about sources: what each partition sights goes to one topic, one worker decides, every worker holds what waits.

All of it travels on the `sources` topic. Each worker reports there what its lanes have sighted and how far their clocks
are; whoever owns partition 0 judges at the least of all clocks and writes facts behind the fence of that partition;
everybody, the judge included, acts on a fact once it has read it from the topic.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.alerts import blind
from streams.codec import sights
from streams.codec.sights import Report
from streams.journeys.holds import Outage
from streams.journeys.rhythm import Policy
from streams.journeys.sources import Source, Watch
from streams.settings.kafka import client_options
from streams.worker.fence import FenceLost
from streams.worker.kit import Kit
from streams.worker.lane import Lane

_POLL_MS: Final = 200
_RETRY_SEC: Final = 1.0
_SAVE_SEC: Final = 600.0  # rhythms are written at the latest after this
_AHEAD_MS: Final = 1_000  # clocks that are less ahead move nothing that anybody would notice
_log = logging.getLogger("touchpoint.worker")


class Sources:
    """One worker's part in it, from `start` to `stop`."""

    def __init__(self, kit: Kit, policy: Policy) -> None:
        """Know nothing yet. `lanes` and `failed` are set before the start."""
        self.facts: dict[str, Source] = {}
        self.lanes: Callable[[], Iterable[Lane]] = tuple
        self.failed: Callable[[BaseException], object] = lambda _: None
        self._kit = kit
        self._policy = policy
        self._groups = {each.pattern for each in policy.expectations if each.is_group}
        self._partition = TopicPartition(kit.topics.sources, 0)
        self._consumer: Any = None
        self._position = 0
        self._clocks: dict[int, int] = {}  # by partition
        self._reports: dict[int, Report] = {}  # the last ones, by their lowest partition
        self._told: tuple[Outage, ...] = ()
        self._tasks: list[asyncio.Task[None]] = []
        self._watch: Watch | None = None
        self._judge: Lane | None = None  # the lane of partition 0 that the watch belongs to
        self._saved_at = 0.0
        self._has_warned = False

    def outages(self) -> tuple[Outage, ...]:
        """Return the last outages of every source."""
        return self._told

    async def start(self) -> None:
        """Read the topic to its end, then follow it."""
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._kit.bootstrap_servers,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            isolation_level="read_committed",
            **client_options(),
        )
        self._consumer.assign([self._partition])
        await self._consumer.start()
        end = await self._end()
        while self._position < end:
            await self._read()
        for work in (self._follow(), self._take_part()):
            task = asyncio.create_task(work)
            task.add_done_callback(self._on_done)
            self._tasks.append(task)

    async def stop(self) -> None:
        """Stop following."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._consumer is not None:
            stopping = asyncio.ensure_future(self._consumer.stop())
            await asyncio.wait([stopping], timeout=1.0)

    # Reading.

    async def _follow(self) -> None:
        while True:
            try:
                await self._read()
            except KafkaError as error:  # the broker is away: what is known stays so
                _log.debug("sources: %r", error)
                await asyncio.sleep(_RETRY_SEC)

    async def _read(self) -> None:
        for batch in (await self._consumer.getmany(timeout_ms=_POLL_MS)).values():
            for record in batch:
                self._take(record.key, record.value)
        self._position = await self._consumer.position(self._partition)
        self._tell()

    async def _end(self) -> int:
        ends = await self._consumer.end_offsets([self._partition])
        return int(ends[self._partition])

    def _take(self, key: bytes | None, value: bytes | None) -> None:
        said = sights.read(key, value)
        if key and not value:
            self.facts.pop(key.decode(errors="replace"), None)
        elif isinstance(said, Source):
            self.facts[said.source] = said
        elif said is not None:
            self._reports[min(said.clocks)] = said
            for partition, clock in said.clocks.items():  # what was sighted once stays so, whoever owns it now
                self._clocks[partition] = max(clock, self._clocks.get(partition, 0))
            self._observe(said)

    def _tell(self) -> None:
        """Let every lane hold what waits, and no clock that is ahead move anything."""
        known = tuple(outage for fact in self.facts.values() for outage in fact.outages)
        if known != self._told:
            self._told = known
            for lane in self.lanes():
                lane.core.blind(known)
        ahead = self._kit.ahead
        ahead.clear()
        ahead.update(
            {
                fact.source: -fact.skew_ms
                for fact in self.facts.values()
                if fact.skew_ms <= -_AHEAD_MS and fact.source not in self._groups
            }
        )

    # Reporting and judging.

    async def _take_part(self) -> None:
        while True:
            await asyncio.sleep(self._kit.settings.sources_sec)
            try:
                await self._report_and_judge()
            except KafkaError as error:  # nobody knows what of it was written: judge anew from what the topic says
                _log.debug("sources: %r", error)
                self._watch = self._judge = None

    async def _report_and_judge(self) -> None:
        lanes = sorted((lane for lane in self.lanes() if lane.is_ready), key=lambda lane: lane.number)
        if lanes:
            sightings = [one for lane in lanes for one in lane.reader.sightings.take()]
            report = Report({lane.number: lane.core.clock for lane in lanes}, sightings)
            await self._write(lanes[0], [sights.report_record(report)])
            if lanes[0].number == 0 and lanes[0].is_ready:
                await self._decide(lanes[0])

    async def _decide(self, lane: Lane) -> None:
        """Judge all sources, once every partition has reported."""
        if self._judge is not lane and not await self._succeed(lane):
            return
        watch = self._watch
        if watch is None or any(number not in self._clocks for number in range(self._kit.partitions)):
            return
        changed = watch.judge(min(self._clocks[number] for number in range(self._kit.partitions)))
        if watch.overlooked and not self._has_warned:
            self._has_warned = True
            _log.warning("more than %d sources: declare groups of them, or some are not followed", self._policy.sources)
        for source in changed:
            _log.info("source %s is %s", source.source, source.state.value)
        is_time = time.monotonic() - self._saved_at > _SAVE_SEC
        if is_time:
            self._saved_at = time.monotonic()
        written = [one for one in watch.sources.values() if is_time or one in changed or one.source not in self.facts]
        gone, watch.forgotten = watch.forgotten, []
        if written or gone:
            await self._write(lane, [*map(sights.fact_record, written), *((name.encode(), None) for name in gone)])
        await self._say(lane, [source for source in watch.sources.values() if source.said < source.revision])

    async def _succeed(self, lane: Lane) -> bool:
        """Take over from whoever judged before: what is on the topic by now is all that they will ever have written.

        Our own report is there, so from now on the broker refuses theirs.
        """
        self._watch = self._judge = None
        end = await self._end()
        while self._position < end:
            await asyncio.sleep(_POLL_MS / 1000)
            if not lane.is_ready:
                return False
        known = msgspec.json.decode(msgspec.json.encode(list(self.facts.values())), type=list[Source])
        self._watch, self._judge = Watch(self._policy, known), lane
        for report in self._reports.values():
            self._observe(report)
        self._saved_at = time.monotonic()
        return True

    def _observe(self, report: Report) -> None:
        if self._watch is not None:
            for sighting in report.sightings:
                self._watch.observe(sighting)

    async def _say(self, lane: Lane, sources: list[Source]) -> None:
        """Say what was remembered (laws L2 and L3): after a crash it is said again, under the same id and revision."""
        if not sources:
            return
        now = int(time.time() * 1000) if self._kit.is_wall else max(1, lane.core.clock)
        said = [alert for source in sources for alert in blind.alerts(source, now)]
        records = [(alert.alert_id.encode(), self._kit.encode_alert(alert)) for alert in said]
        if await self._write(lane, records, self._kit.topics.alerts):
            for source in sources:
                source.said = source.revision
            self._kit.signals.said(said)
            await self._write(lane, map(sights.fact_record, sources))

    async def _write(self, lane: Lane, records: Iterable[tuple[bytes, bytes | None]], topic: str = "") -> bool:
        """Write to the one partition of the topic, or to partition 0 of another; return whether we still may."""
        try:
            await lane.write(topic or self._kit.topics.sources, records, 0)
        except FenceLost as error:
            lane.lose(str(error))
            return False
        return True

    def _on_done(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failed(error)
