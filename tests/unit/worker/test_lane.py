"""One owned partition, from fetched records to positions that may be committed, without a broker."""

import asyncio
import weakref
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from streams.alerts.alert import Alert
from streams.alerts.counting import Counting
from streams.alerts.crowds.crowds import Crowds
from streams.alerts.partition import Partition
from streams.codec.partitioner import home_of
from streams.codec.vocabulary import shipped
from streams.errors import BrokerError
from streams.journeys.limits import Limits
from streams.journeys.replay_clock import ReplayClock
from streams.journeys.watermark import Mode
from streams.rules.compile import compile_rules
from streams.rules.model import Count, Selector
from streams.settings.lane import LaneSettings
from streams.telemetry.tracing import OFF
from streams.testing.fences import ManualFence
from streams.testing.journeys import SHOP, rule, touchpoint
from streams.touchpoints.rejection import Reason, Rejection
from streams.worker import meta
from streams.worker.breaker import Breaker
from streams.worker.cover import Flush
from streams.worker.disk import DiskStore
from streams.worker.kit import Topics
from streams.worker.lane import Lane, Phase
from streams.worker.meta import Claim, Facts, Meta, Process
from streams.worker.rule_book import RuleBook
from streams.worker.signals import Signals

WEB, CHAT, CHANGELOG, ALERTS, DEAD = "web", "chat", "changelog", "alerts", "dead"
IDS = {WEB: "id-w", CHAT: "id-c"}
NOTHING = Facts(4, IDS, {}, {WEB: 0, CHAT: 0})
EARLIEST = {WEB: 0, CHAT: 0}
TWICE = rule("twice", Count(Selector(("payment.failed",)), at_least=2, within_ms=3_600_000))
PLAN = compile_rules([], SHOP)
CUSTOMER = next(f"c{one}" for one in range(100) if home_of(f"c{one}".encode(), 4) == 1)
KEY = CUSTOMER.encode()
BAD = Rejection(Reason.UNDECODABLE, "garbage")


@dataclass
class Record:
    """A fetched record; its value is what decoding makes of it."""

    offset: int
    value: Any
    key: bytes | None = KEY
    timestamp: int = 1_000


class Body(bytes):
    """A record's value, and what decoding makes of it."""

    means: Any

    @classmethod
    def of(cls, means: Any) -> "Body":
        """Return bytes that mean this."""
        body = cls(b"body")
        body.means = means
        return body


class Subject:
    """A lane over a fence that is moved by hand."""

    def __init__(self, *, acknowledges: bool = True) -> None:
        self.fence = ManualFence(acknowledges=acknowledges)
        self.failures: list[BaseException] = []
        self.said: list[Alert] = []
        self.questions: set[int] = set()
        self.learnt: dict[Any, Any] = {}  # what an unknown schema turns out to be
        self.answered = asyncio.Event()
        self.book = RuleBook((TWICE,), shipped(), Signals())
        kit = SimpleNamespace(
            tracer=OFF,
            bootstrap_servers="",
            partitions=4,
            mode=Mode.WALL,
            process=Process("a", 1_000, "me"),
            settings=LaneSettings(),
            topics=Topics({WEB: 0, CHAT: 2}, CHANGELOG, ALERTS, DEAD, 1, "sources", "rules", "stats", "recovery"),
            new_partition=lambda number: Partition(number, self.book.plan),
            new_fence=lambda _: self.fence,
            decoder=SimpleNamespace(decode=lambda value, *_: self.learnt.get(value.means, value.means)),
            schemas=SimpleNamespace(take_questions=lambda: self.questions, ask=self._ask),
            encode_alert=self._say,
            encode_dead_letter=lambda letter: letter.reason.value.encode(),
            breaker=Breaker(window=200, ratio=0.5, hold_sec=10, trip=lambda _: None),
            signals=Signals(),
            replay=ReplayClock(),
            rules=self.book,
            ahead={},
            outages=tuple,
            new_counting=lambda number: Counting(number, PLAN, SHOP, Limits(stats_groups=0)),
            new_crowds=lambda: Crowds(PLAN),
        )
        self.lane = Lane(1, kit, failed=self.failures.append)  # type: ignore[arg-type] # a double

    def _say(self, alert: Alert) -> bytes:
        self.said.append(alert)
        return alert.rule.encode()

    async def _ask(self, _: set[int]) -> None:
        await self.answered.wait()

    async def opened(self, facts: Facts = NOTHING) -> "Subject":
        """Claim an empty partition and begin to fold."""
        await self.lane.claim()
        self.lane.restore([Record(0, b"", meta.CLAIM_KEY + b"-mine")])
        self.lane.admit(facts, EARLIEST)
        self.lane.open(IDS)
        for topic in (WEB, CHAT):
            self.lane.prove_position(topic, self.lane.positions[topic], self.lane.positions[topic], 1)
        return self

    def fetch(self, topic: str, *records: Record) -> None:
        """Bring records to the end of the topic."""
        entries = [
            (one.timestamp, topic, one.offset, one.timestamp, one.key, Body.of(one.value), ()) for one in records
        ]
        self.lane.take(topic, entries, 0.0)
        end = records[-1].offset + 1
        self.lane.prove_position(topic, end, end, records[-1].timestamp)

    def written(self) -> int:
        """Return how often a journey was written."""
        return sum(not (key or b"").startswith(meta.RESERVED) for key, _ in self.fence.of(CHANGELOG))

    def fold(self) -> None:
        """Fold all that is here."""
        while self.lane.fold():
            pass


@pytest.fixture
async def subject() -> AsyncIterator[Subject]:
    """A lane that folds, and whose writes are acknowledged at once."""
    one = await Subject().opened()
    yield one
    await one.lane.close()


def failed(minute: float) -> Any:
    """Return a failed payment of the customer who belongs here."""
    return touchpoint("payment.failed", minute, customer=CUSTOMER)


def viewed(minute: float) -> Any:
    """Return a look at a page, which raises nothing."""
    return touchpoint("page.viewed", minute, customer=CUSTOMER)


async def turns(count: int = 30) -> None:
    """Let everything run that can."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_positions_are_durable_only_after_everything_else(subject: Subject) -> None:
    """Journeys, alerts, dead letters and the meta record are acknowledged before the vector may be committed (L1)."""
    subject.fence.acknowledges = False
    subject.fetch(WEB, Record(0, failed(1)), Record(1, BAD), Record(2, failed(2)))
    subject.fold()
    flush = asyncio.create_task(subject.lane.flush())
    for topic in (CHANGELOG, ALERTS, DEAD, CHANGELOG, CHANGELOG):
        await turns()
        assert subject.lane.durable[WEB] == 0
        assert subject.fence.acknowledge(topic) > 0, topic
    await flush
    assert subject.lane.durable == {WEB: 3, CHAT: 0}
    assert subject.fence.of(DEAD) == [(b"web/1/1", b"undecodable")]
    assert subject.fence.of(ALERTS)[-1][1] == b"twice"
    note = meta.decode_meta(dict(subject.fence.of(CHANGELOG))[meta.META_KEY] or b"")
    assert note.positions == {WEB: 3, CHAT: 0}
    assert note.incarnations == IDS


async def test_what_is_folded_during_a_flush_is_not_in_its_vector(subject: Subject) -> None:
    """The vector and its effects are taken in one moment; what comes later waits for the next flush."""
    subject.fence.acknowledges = False
    subject.fetch(WEB, Record(0, failed(1)))
    subject.fold()
    flush = asyncio.create_task(subject.lane.flush())
    await turns()
    subject.fetch(WEB, Record(1, failed(2)))
    subject.fold()
    subject.fence.acknowledges = True
    subject.fence.acknowledge(CHANGELOG)
    await flush
    assert subject.lane.durable[WEB] == 1
    await subject.lane.flush()
    assert subject.lane.durable[WEB] == 2


async def test_an_aged_flush_covers_what_the_flush_before_saw(subject: Subject) -> None:
    """A journey is written once it has been changed for a whole period; until then nothing behind it is committed."""
    subject.fetch(WEB, Record(0, viewed(1)))
    subject.fold()
    await subject.lane.flush(Flush.AGED)
    assert (subject.lane.durable[WEB], subject.written()) == (0, 0)
    subject.fetch(WEB, Record(1, viewed(2)))
    subject.fold()
    await subject.lane.flush(Flush.AGED)
    assert (subject.lane.durable[WEB], subject.written()) == (1, 1)
    await subject.lane.flush(Flush.AGED)
    assert (subject.lane.durable[WEB], subject.written()) == (2, 1)


async def test_dead_letters_do_not_wait_for_the_journeys_nor_hurry_them(subject: Subject) -> None:
    """They are written alone; a commit still stands for whole rounds only."""
    subject.fetch(WEB, Record(0, viewed(1)), Record(1, BAD))
    subject.fold()
    await subject.lane.flush(Flush.LETTERS)
    assert subject.fence.of(DEAD) == [(b"web/1/1", b"undecodable")]
    assert (subject.lane.durable[WEB], subject.written()) == (0, 0)


async def test_markers_behind_the_last_record_count(subject: Subject) -> None:
    """A transaction's marker moves the position although there is nothing to fold."""
    subject.fetch(WEB, Record(0, failed(1)))
    subject.fold()
    subject.lane.prove_position(WEB, 9, 9, 5)
    await subject.lane.flush()
    assert subject.lane.durable[WEB] == 9


async def test_records_folded_before_a_seek_are_left_out(subject: Subject) -> None:
    """What comes again because a seek came late is not folded twice, not even with another key."""
    subject.fetch(WEB, Record(0, failed(1)), Record(1, failed(2)))
    subject.fold()
    subject.fetch(WEB, Record(1, failed(2)), Record(2, failed(3)))
    subject.fold()
    assert subject.lane.core.counters.touchpoints == 3
    assert subject.lane.core.counters.replayed == 0


async def test_nothing_is_folded_once_stopped(subject: Subject) -> None:
    """After a revocation the lane keeps what it has and takes nothing more."""
    subject.fetch(WEB, Record(0, failed(1)))
    before = subject.lane.term
    subject.lane.stop()
    subject.fold()
    assert subject.lane.positions[WEB] == 0
    assert subject.lane.term > before
    subject.lane.open(IDS)
    subject.fold()
    assert subject.lane.positions[WEB] == 0, "what was fetched before must come again"


async def test_a_lost_fence_loses_the_lane(subject: Subject) -> None:
    """Once the broker refuses, nothing is folded, flushed or committed, and the process goes on."""
    subject.fetch(WEB, Record(0, failed(1)))
    subject.fold()
    subject.fence.lose()
    await subject.lane.flush()
    assert subject.lane.phase is Phase.LOST
    assert subject.lane.durable[WEB] == 0
    assert subject.failures == []


async def test_any_other_failure_ends_the_process(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected must not go on with journeys that are not durable."""
    monkeypatch.setattr(subject.lane.reader, "take_refused", lambda: 1 / 0)
    await subject.lane.flush()
    assert [type(failure) for failure in subject.failures] == [ZeroDivisionError]


async def test_suspect_dead_letters_hold_the_flush(subject: Subject) -> None:
    """While the breaker may still trip, nothing of the window is sent, and its positions are not durable (L8)."""
    subject.fetch(WEB, *(Record(one, BAD) for one in range(60)))
    subject.fold()
    await subject.lane.flush()
    assert subject.fence.of(DEAD) == []
    assert subject.lane.durable[WEB] == 0


async def test_waits_for_a_schema(subject: Subject) -> None:
    """Records behind an unknown schema wait while it is asked for, and come in their order."""
    subject.questions = {77}
    unknown = Record(1, Rejection(Reason.UNKNOWN_SCHEMA, "77"))
    subject.fetch(WEB, Record(0, failed(1)), unknown, Record(2, failed(2)))
    subject.fold()
    assert subject.lane.positions[WEB] == 1
    subject.learnt[unknown.value], subject.questions = failed(1.5), set()
    subject.fold()
    assert subject.lane.positions[WEB] == 1
    subject.answered.set()
    await turns()
    subject.fold()
    assert subject.lane.positions[WEB] == 3
    assert subject.lane.core.counters.touchpoints == 3


async def test_deadlines_wait_for_what_was_not_read(subject: Subject) -> None:
    """The clock stands at what a lagging topic has been read to, and goes on once all is read (L7)."""
    subject.fetch(WEB, Record(0, failed(0), timestamp=failed(0).time))
    subject.fold()
    subject.lane.prove_position(CHAT, 0, 5, failed(60).time)
    subject.lane.tick(failed(90).time)
    assert subject.lane.core.clock < failed(1).time
    subject.lane.prove_position(WEB, 1, 1, failed(60).time)
    subject.lane.prove_position(CHAT, 5, 5, failed(60).time)
    subject.lane.tick(failed(90).time)
    assert subject.lane.core.clock == failed(60).time


async def test_restores_up_to_its_own_claim() -> None:
    """Journeys, tombstones and notes come back in order; the claim that we wrote is the end."""
    source = await Subject().opened()
    source.fetch(WEB, Record(0, failed(1)))
    source.fold()
    await source.lane.flush()
    log = [Record(offset, value, key) for offset, (key, value) in enumerate(source.fence.of(CHANGELOG))]
    await source.lane.close()
    one = Subject()
    one.fence.log = list(source.fence.log)
    await one.lane.claim()
    one.lane.goal = len(log) + 1
    one.lane.restore([*log, Record(len(log), None, b"gone")])
    assert not one.lane.is_restored
    one.lane.restore([Record(len(log) + 1, b"", b"\0claim-of-ours")])
    assert one.lane.is_restored
    assert one.lane.meta is not None
    assert KEY in one.lane.core
    positions = one.lane.admit(Facts(4, IDS, {WEB: 1}, {WEB: 1, CHAT: 0}), EARLIEST)
    assert positions == {WEB: 1, CHAT: 0}


async def test_leaves_when_usurped() -> None:
    """A younger process under our instance id has the partition: reading its claim ends ours."""
    one = Subject()
    await one.lane.claim()
    younger = Claim(Process("a", 2_000, "other"), 1, 1, 1)
    with pytest.raises(BrokerError, match="other"):
        one.lane.restore([Record(0, meta.encode(younger), meta.CLAIM_KEY)])


async def test_goes_on_where_retention_has_come_to() -> None:
    """Records that were deleted before we read them cannot be waited for."""
    one = Subject()
    await one.lane.claim()
    note = Meta(4, "murmur2", {WEB: 10, CHAT: 0}, IDS, 0, 0, 0)
    one.lane.restore([Record(0, meta.encode(note), meta.META_KEY)])
    facts = Facts(4, IDS, {WEB: 10}, {WEB: 90, CHAT: 0})
    assert one.lane.admit(facts, {WEB: 50, CHAT: 0}) == {WEB: 50, CHAT: 0}


async def test_a_closed_lane_lets_its_journeys_go(tmp_path: Path) -> None:
    """At once, since the collector comes too late; and nobody takes them for deleted ones."""
    one = Subject()
    one.lane.core.store = DiskStore(tmp_path)
    await one.opened()
    one.fetch(WEB, Record(0, failed(1)))
    one.fold()
    await one.lane.flush()
    kept = weakref.ref(one.lane.core.store)
    await one.lane.close()
    assert kept() is None
    with pytest.raises(LookupError, match="let go"):
        one.lane.core.value(KEY)


async def test_says_only_what_is_not_on_the_alerts_topic() -> None:
    """An alert found there is remembered as said; one that is missing is said."""
    first = Subject()
    await first.opened()
    first.fence.acknowledges = False
    first.fetch(WEB, Record(0, failed(1)), Record(1, failed(2)))
    first.fold()
    await turns()
    written = [Record(1, value, key) for key, value in first.fence.of(CHANGELOG) if key == KEY]
    await first.lane.close()
    for is_there in (True, False):
        one = Subject()
        await one.lane.claim()
        one.lane.goal = 1
        one.lane.restore(written)
        (alert,) = one.lane.core.outbox(KEY)
        one.lane.reconcile({(alert.alert_id, alert.revision)} if is_there else set())
        one.lane.admit(NOTHING, EARLIEST)
        one.lane.open(IDS)
        await turns()
        assert [value for key, value in one.fence.of(ALERTS) if key != meta.CLAIM_KEY] == [b"twice"] * (not is_there)
        await one.lane.close()
