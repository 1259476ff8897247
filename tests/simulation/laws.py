"""Looks at every record that the broker stores and every commit that it takes: laws L1 to L4, as they happen."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from streams.alerts import holds
from streams.alerts import ledger as ledgers
from streams.alerts.alert import Alert
from streams.codec import alert as alert_codec
from streams.codec import dead_letter as dead_letter_codec
from streams.codec.stats import decode_stat
from streams.journeys import journey
from streams.touchpoints.rejection import Rejection
from streams.worker import meta
from tests.simulation import job
from tests.simulation.log import Place, Record
from tests.simulation.process import Process
from tests.simulation.universe import Universe

if TYPE_CHECKING:
    from streams.touchpoints.touchpoint import Touchpoint

FENCED: Final = (job.TOPICS.changelog, job.TOPICS.alerts)
Revision = tuple[str, int]  # alert id, revision


class Laws:
    """Watches one universe."""

    def __init__(self, universe: Universe) -> None:
        self.arrived: list[tuple[Place, Record, Touchpoint]] = []  # what counts, in the order of its arrival
        self.said: dict[Revision, Alert] = {}
        self.said_at: dict[tuple[str, str], float] = {}  # alert id, status -> when it was said first
        self.dead: set[tuple[str, int, int]] = set()  # topic, partition, offset of dead letters
        self.unreadable: set[tuple[str, int, int]] = set()
        self.counted: dict[bytes, int] = {}  # by key of a statistic
        self._universe = universe
        self._owner: dict[Place, Process] = {}  # who claimed a partition last
        self._newest: dict[tuple[int, bytes], bytes] = {}  # partition, customer -> record on the changelog
        self._remembered: dict[Revision, Alert] = {}
        self._keys: dict[tuple[str, int, int], bytes] = {}  # of what counts, by topic, partition and offset
        self._checked: dict[Place, int] = {}
        universe.logs.watchers.append(self._on_record)
        universe.group.watchers.append(self._on_commit)

    def _on_record(self, place: Place, record: Record, by: Process | None) -> None:
        topic = place[0]
        if topic in job.TOPICS.touchpoints:
            self._on_touchpoint(place, record)
        elif topic in FENCED:
            if record.key == meta.CLAIM_KEY and by is not None:
                self._owner[place] = by
            elif by is not self._owner.get(place):
                self._universe.problem(f"L4: {by} wrote to {place}, which {self._owner.get(place)} has claimed")
            if topic == job.TOPICS.alerts and record.key != meta.CLAIM_KEY:
                self._on_alert(alert_codec.decode(record.value or b""))
            elif record.key is not None and not record.key.startswith(meta.RESERVED):
                self._on_journey(place, record.key, record.value)
        elif topic == job.TOPICS.stats:
            self._on_stat(record)
        elif topic == job.TOPICS.dead:
            letter = dead_letter_codec.decode(record.value or b"")
            self.dead.add((letter.topic, letter.partition, letter.offset))

    def _on_touchpoint(self, place: Place, record: Record) -> None:
        seen = job.decoder().decode(record.value, record.key, record.headers, record.timestamp)
        if isinstance(seen, Rejection):
            self.unreadable.add((*place, record.offset))
        elif seen.type != holds.TYPE:
            self.arrived.append((place, record, seen))
            self._keys[*place, record.offset] = record.key or b""

    def _on_stat(self, record: Record) -> None:
        stat, before = decode_stat(record.value or b""), self.counted.get(record.key or b"", 0)
        if stat.touchpoints < before:
            self._universe.problem(f"L4: {before} {stat.type} were counted, and now {stat.touchpoints}")
        self.counted[record.key or b""] = stat.touchpoints

    def _on_journey(self, place: Place, key: bytes, value: bytes | None) -> None:
        self._newest[place[1], key] = value or b""
        if value and journey.peek(value)[0]:
            ledger = ledgers.decode(journey.decode(key.decode(), value)[1])
            for alert in ledger.outbox if ledger is not None else ():
                self._remembered[alert.alert_id, alert.revision] = alert

    def _on_alert(self, alert: Alert) -> None:
        revision = (alert.alert_id, alert.revision)
        if self._remembered.get(revision) != alert:
            self._universe.problem(f"L2: {alert.rule} of {alert.customer} was said before it was remembered")
        if self.said.setdefault(revision, alert) != alert:
            self._universe.problem(f"L3: revision {alert.revision} of {alert.alert_id} was said with two contents")
        self.said_at.setdefault((alert.alert_id, alert.status), self._universe.loop.wall())

    def _on_commit(self, offsets: Mapping[Place, int]) -> None:
        for (topic, partition), offset in offsets.items():
            for before in range(self._checked.get((topic, partition), 0), offset):
                self._check(topic, partition, before)
            self._checked[topic, partition] = max(offset, self._checked.get((topic, partition), 0))

    def _check(self, topic: str, partition: int, offset: int) -> None:
        record = (topic, partition, offset)
        if record in self.unreadable and record not in self.dead:
            self._universe.problem(f"L1: {record} was committed before its dead letter")
        if (key := self._keys.get(record)) is not None:
            written = self._newest.get((partition, key), b"")
            if not written or journey.peek_position(written, job.TOPICS.touchpoints[topic]) < offset:
                self._universe.problem(f"L1: {record} was committed before the journey of {key.decode()}")
