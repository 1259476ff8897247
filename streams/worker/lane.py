"""The lane: one owned partition, from fetched records to positions that may be committed.

Fetched records wait in the intake, are folded in slices of plain synchronous code, and become durable through the
effects. Nothing here waits for the network but `flush`.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any, Final

from streams.journeys.replay_clock import ReplayWatermark
from streams.journeys.store import RELEASED
from streams.journeys.watermark import Mode, Watermark
from streams.worker import meta
from streams.worker.cover import Cover, Flush
from streams.worker.effects import Effects
from streams.worker.fence import FenceLost
from streams.worker.intake import OFFSET, RECORDED, TOPIC, Entry, Intake
from streams.worker.kit import Kit
from streams.worker.lane_rules import RULES_KEY, LaneRules
from streams.worker.notary import Notary
from streams.worker.pace import Pace
from streams.worker.reader import Reader
from streams.worker.speakers import Speakers
from streams.worker.teller import Teller
from streams.worker.traces import Traces

REPLAY_LINGER_MS: Final = 500  # a producer may date a record this long before the broker has it
_log = logging.getLogger("touchpoint.worker")
TICK_BUDGET: Final = 200  # journeys per turn of the ticker


class Phase(StrEnum):
    """Where a lane stands between being claimed and being closed."""

    CLAIMED = "claimed"  # fenced; its journeys are being read back
    RESTORED = "restored"  # all journeys are here, nothing is folded
    READY = "ready"  # folds, ticks and speaks
    LOST = "lost"  # the broker refused us: of no more use


class Lane:
    """One owned partition. Made by a claim; see Phase for its life."""

    def __init__(self, number: int, kit: Kit, *, failed: Callable[[BaseException], None]) -> None:
        """Prepare; `failed` is told of whatever is no lost fence, and must end the process."""
        self.number = number
        self.core = kit.new_partition(number)
        self.core.blind(kit.outages())
        self.phase = Phase.CLAIMED
        self.term = 0  # rises whenever folding stops: what was fetched before is then of no use
        self.positions: dict[str, int] = {}  # topic -> offset of the next record to fold
        self.durable: dict[str, int] = {}  # positions whose effects are all acknowledged
        self.committed: dict[str, int] = {}
        self.goal = -1  # offset of our claim on the changelog: all that others wrote is before it
        self.alerts_goal = -1  # and on the alerts
        self.owed: list[bytes] = []  # journeys read back with something to say
        self.applied = -1  # offset of the last changelog record in `core`
        self.meta: meta.Meta | None = None
        self.lost_at = 0.0
        self.intake = self._new_intake(kit)
        self.teller = Teller(number, kit)
        self._speakers = Speakers(self.core, self.teller.crowds)
        self.reader = Reader(number, self.core, kit, self.teller.counting)
        self._kit = kit
        self._failed = failed
        self.fence = kit.new_fence(number)
        self._traces = Traces(number, kit) if kit.tracer.is_on else None
        self._effects = Effects(
            self._speakers,
            self.fence,
            number,
            changelog=kit.topics.changelog,
            alerts=kit.topics.alerts,
            recovery=kit.topics.recovery,
            encode_alert=kit.encode_alert,
            signals=kit.signals,
            traces=self._traces,
        )
        self._notary = Notary(kit, self.fence, self._effects)
        self.rules = LaneRules(
            self.core,
            self._effects,
            kit.rules,
            self.teller,
            now=self._now_ms,
            may=lambda: self.is_ready,
            failed=self._on_failure,
        )
        self.watermark = self._new_watermark(kit, 0)
        self._aged = Cover({}, 0, 0)  # what the flush of the aged journeys will cover
        self.proofs: dict[str, tuple[int, int, int]] = {}  # topic -> position, high watermark, time of the fetch
        self._speaker: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()
        self._flushed_at = time.monotonic()
        self._released_at = 0.0  # when dead letters were written last
        self._pace = Pace(kit.settings.slice_ms)
        self._room = kit.settings.held_bytes // (kit.partitions * len(kit.topics.touchpoints))
        self.asking: asyncio.Task[None] | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it folds."""
        return self.phase is Phase.READY

    @property
    def is_restored(self) -> bool:
        """Whether all its journeys are here."""
        return self.phase in (Phase.RESTORED, Phase.READY)

    # Claiming and restoring.

    async def claim(self) -> None:
        """Become the only one whom the broker lets write; what is read back after this is final."""
        await self.fence.claim()
        self.goal, self.alerts_goal = await self._notary.claim()
        self._effects.alerts_end = self.alerts_goal + 1

    async def prove(self) -> None:
        """Write under the old epoch: raises FenceLost when anybody owned the partition in between."""
        offset, _ = await self._notary.claim()
        if self.phase is Phase.CLAIMED:
            self.goal = offset

    def restore(self, records: list[Any]) -> None:
        """Take changelog records, in order; what was taken before is skipped. Raises BrokerError for a usurper."""
        last = records[-1].offset
        if records[0].offset <= self.applied:
            records = [record for record in records if record.offset > self.applied]
        journeys = [(key, record.value) for record in records if not (key := record.key) or key[0]]  # nearly all
        own = [each for each in records if each.key and not each.key[0]] if len(journeys) < len(records) else ()
        for record in own:
            if record.key == meta.META_KEY and record.value is not None:
                self.meta = meta.decode_meta(record.value)
            elif record.key == meta.CLAIM_KEY and record.value is not None:
                meta.refuse_usurped(meta.decode_claim(record.value), self._kit.process, self.number)
            elif record.key == RULES_KEY and record.value is not None:
                self.rules.restore(record.value)
            else:
                self.teller.restore(record.key, record.value)
        self.core.restore(journeys)
        self.applied = max(self.applied, last)
        if self.applied >= self.goal and self.phase is Phase.CLAIMED:
            self.phase = Phase.RESTORED
            self.core.start(self.meta.clock if self.meta is not None else 0)
            self.owed = [*self.core.take_alerting(), *self.teller.crowds.owed()]

    def reconcile(self, said: Collection[tuple[str, int]]) -> None:
        """Take note of alerts (id, revision) that are on their topic already: the crash came before we remembered."""
        for key in self.owed:
            if done := [alert for alert in self._speakers.outbox(key) if (alert.alert_id, alert.revision) in said]:
                self._speakers.said(key, done, [])
        self._effects.alert(self.owed)
        self.owed = []

    def admit(self, facts: meta.Facts, earliest: dict[str, int]) -> dict[str, int]:
        """Return where to seek to, per topic; raises BrokerError when the sources are not what was folded."""
        if not self.positions:  # else it is a lane kept over a rebalance, at or past everything committed
            before = meta.admit(self.number, self.meta, facts)
            self.positions = {topic: before.get(topic, facts.committed.get(topic, 0)) for topic in earliest}
            self.committed = dict(facts.committed)
            self.durable = dict(self.positions)
            since = self.meta.clock if self.meta is not None else 0
            self.watermark = self._new_watermark(self._kit, since)
            self._aged = self._cover()
        for topic, offset in earliest.items():
            if 0 < self.positions[topic] < offset:
                gone = offset - self.positions[topic]
                _log.warning("partition %d: %d records of %s were deleted unread", self.number, gone, topic)
            self.positions[topic] = max(self.positions[topic], offset)
        return dict(self.positions)

    def open(self, incarnations: dict[str, str]) -> None:
        """Begin to fold: the consumer stands at the positions that `admit` returned."""
        self._notary.incarnations = incarnations
        self.rules.adopt()
        self.phase = Phase.READY
        self.intake = self._new_intake(self._kit)
        self.proofs.clear()
        for topic in self._kit.topics.touchpoints.values():
            self.watermark.behind(topic)
        if self._speaker is None:
            self._speaker = asyncio.create_task(self._effects.speak())
            self._speaker.add_done_callback(self._on_silence)
        self._effects.alert()

    def stop(self) -> None:
        """Stop folding at once; what was folded can still be flushed."""
        self.term += 1
        if self.phase is Phase.READY:
            self.phase = Phase.RESTORED
        if self.asking is not None:
            self.asking.cancel()
            self.asking = None

    def lose(self, why: str) -> None:
        """Take note that the broker refused us; nothing of this lane can be saved any more."""
        self.stop()
        if self.phase is not Phase.LOST:
            self.phase, self.lost_at = Phase.LOST, time.monotonic()
            _log.warning("partition %d is lost: %s", self.number, why)
            self._kit.signals.lost(self.number, why)

    async def close(self) -> None:
        """Let go of everything."""
        self.stop()
        self._kit.replay.leave(self.number)
        if self._speaker is not None:
            self._speaker.cancel()
        await self.fence.close()
        self.core.release()

    def wants(self, topic: str) -> bool:
        """Return whether more of the topic may be fetched."""
        return self.intake.has_room(topic, self._kit.settings.held_records, self._room)

    def take(self, topic: str, entries: Sequence[Entry], now: float) -> None:
        """Take what was fetched; records that were folded already (a seek came late) are left out."""
        if entries[0][OFFSET] < (expected := self.positions[topic]):
            entries = [entry for entry in entries if entry[OFFSET] >= expected]
        if entries:
            self.intake.add(topic, entries, now)

    def prove_position(self, topic: str, position: int, end: int, at_ms: int) -> None:
        """Take note of what a fetch proved: where we stand on a topic, where it ends, and when that was so."""
        if self._kit.mode is Mode.EVENT:
            at_ms -= REPLAY_LINGER_MS
        self.proofs[topic] = (position, end, at_ms)
        self.intake.prove(topic, is_lagging=position < end, at_ms=at_ms)
        if not self.intake.waiting(topic):
            self._apply_proof(topic)

    def fold(self) -> bool:
        """Fold one slice; return whether more can be folded right now."""
        is_busy = self.asking is not None or self.rules.is_turning or self.reader.is_full
        if self.phase is not Phase.READY or is_busy or not self.intake.release(time.monotonic()):
            return False
        began = time.perf_counter()
        entries = self.intake.take(self._pace.records)
        folded, questions = self.reader.fold(entries, self.watermark, self._now_ms())
        if questions:
            self.intake.put_back(entries[folded:])
            self._ask(questions)
        for topic, offset in {entry[TOPIC]: entry[OFFSET] for entry in entries[:folded]}.items():
            self.positions[topic] = offset + 1
            if not self.intake.waiting(topic):
                self._apply_proof(topic)
        if self.core.raised:
            self._kit.signals.raised(self.core.raised, entries[0][RECORDED])
            self.teller.counting.take_alerts(self.core.raised)
        self._speak_up(entries[:folded], began)
        seconds = time.perf_counter() - began
        self._kit.signals.slice(self.number, folded, seconds)
        self._pace.learn(folded, seconds)
        return self.asking is None and self.intake.release(time.monotonic())

    def tick(self, wall_ms: int) -> bool:
        """Fire what is due by the partition's clock; return whether more is due."""
        if self.rules.step(self.flush):
            return False
        self._speak_up()
        clock = self.watermark.now(wall_ms)
        if self.teller.look(clock, self._now_ms()):
            self._effects.alert()
        due = self.core.next_due
        if due is None or due > clock:
            self.core.advance(clock, wall_ms, 0)
            return False
        more = self.core.advance(clock, self._now_ms(), TICK_BUDGET)
        self.teller.counting.take_alerts(self.core.raised)
        self._speak_up()
        return more

    def standing(self) -> dict[str, tuple[int, int]]:
        """Return by topic up to when it is known, ms, and how many records the broker is known to hold unfolded."""
        return {
            topic: (self.watermark.reached(self._kit.topics.touchpoints[topic]), max(0, end - self.positions[topic]))
            for topic, (_, end, _) in self.proofs.items()
        }

    def due(self, now: float) -> Flush | None:
        """Return which flush should begin, if any; `now` is monotonic."""
        if self.phase is not Phase.READY or self._flushing.locked():
            return None
        settings = self._kit.settings
        if (
            (self._turn(now) > self._turn(self._flushed_at) and (self.positions != self.durable or self.core.dirty > 0))
            or self.core.dirty >= settings.flush_keys
            or self._notary.is_due(now)
        ):
            return Flush.AGED
        if self.teller.is_due(now):
            return Flush.COUNTS
        is_old = now - self._released_at >= settings.refusal_sec
        return Flush.LETTERS if self.reader.refused and is_old and self._kit.breaker.may_release(now) else None

    def _turn(self, now: float) -> int:
        """Count flush periods; each partition has a moment of its own in them: together they would hold up alerts."""
        return int(now / self._kit.settings.flush_sec + self.number / self._kit.partitions)

    async def flush(self, extent: Flush = Flush.EVERYTHING) -> bool:
        """Make what was folded durable; return whether it is. Raises nothing: what goes wrong is noted, or ends all."""
        async with self._flushing:
            try:
                return await self._flush(extent)
            except FenceLost as error:
                self.lose(str(error))
            except Exception as error:  # noqa: BLE001 - whatever it is, what was folded is not durable
                self._on_failure(error)
        return False

    async def _flush(self, extent: Flush) -> bool:
        if self.phase is Phase.LOST or not self.positions:
            return False
        began = time.monotonic()
        if extent is Flush.COUNTS:
            await self.teller.tell(self._effects, self.positions, self.core.clock, everything=False)
            return True
        if self.reader.refused and not self._kit.breaker.may_release(began):
            return False
        self._released_at = began
        if extent is Flush.LETTERS:
            await self._write_letters()
            return True
        self._flushed_at = began
        await self._effects.spoken()  # so that what was said is remembered by this flush already
        # One synchronous section: a round of changes ends here, and with it what the next cover stands for.
        here, core = self._cover(), self.core
        cover, dirty = (self._aged, core.take_aged()) if extent is Flush.AGED else (here, core.take_dirty())
        self._aged = here
        self._effects.alert()
        await self._write_letters()
        await self._effects.journeys([*dirty, *self.teller.crowds.take_dirty()])
        await self._effects.spoken()
        await self.teller.tell(self._effects, self.positions, self.core.clock, everything=True)
        if cover.positions != self.durable or self._notary.is_due(began):
            await self._notary.note(cover)
        self.durable = cover.positions
        self._kit.signals.flushed(self.number, time.monotonic() - began)
        return True

    def _cover(self) -> Cover:
        return Cover(dict(self.positions), self.core.clock, self._effects.alerts_end)

    async def write(self, topic: str, records: Iterable[tuple[bytes, bytes | None]], partition: int) -> None:
        """Write plain records under this lane's epoch; one call at a time for a topic. Raises FenceLost."""
        await self._effects.records(topic, records, partition)

    async def _write_letters(self) -> None:
        if letters := self.reader.take_refused():
            await self._effects.records(self._kit.topics.dead, letters, self.number % self._kit.topics.dead_partitions)

    def _new_watermark(self, kit: Kit, since: int) -> Watermark | ReplayWatermark:
        topics = kit.topics.touchpoints.values()
        return Watermark(topics, since=since) if kit.mode is Mode.WALL else kit.replay.join(self.number, topics, since)

    def _new_intake(self, kit: Kit) -> Intake:
        is_replay = kit.mode is Mode.EVENT
        return Intake(kit.topics.touchpoints, kit.settings.align_sec, time.monotonic(), is_replay=is_replay)

    def _now_ms(self) -> int:
        return int(time.time() * 1000) if self._kit.mode is Mode.WALL else max(1, self.core.clock)

    def _apply_proof(self, topic: str) -> None:
        if topic not in self.proofs:
            return
        position, end, at_ms = self.proofs[topic]
        # Behind the last record may be markers of transactions, and records of aborted ones.
        self.positions[topic] = max(self.positions[topic], position)
        if position >= end:
            self.watermark.caught_up(self._kit.topics.touchpoints[topic], at_ms)
        else:
            self.watermark.behind(self._kit.topics.touchpoints[topic])

    def _speak_up(self, entries: Sequence[Entry] = (), began: float = 0.0) -> None:
        if self._traces is not None:
            self._traces.folded(self.core.raised, entries, began)
        if self.core.raised:
            self.core.raised.clear()
            self._effects.alert()

    def _ask(self, schema_ids: set[int]) -> None:
        async def ask() -> None:
            await self._kit.schemas.ask(schema_ids)
            self.asking = None

        self.asking = asyncio.create_task(ask())

    def _on_silence(self, speaker: "asyncio.Task[None]") -> None:
        if not speaker.cancelled() and (error := speaker.exception()) is not None:
            self._on_failure(error)

    def _on_failure(self, error: BaseException) -> None:
        if isinstance(error, FenceLost):
            self.lose(str(error))
        elif self.core.store is not RELEASED:  # else it was closed meanwhile: there is nothing left to fail
            self._failed(error)
