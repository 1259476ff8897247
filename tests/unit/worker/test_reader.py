"""Records become touchpoints, or dead letters, or wait for a schema."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka.partitioner import murmur2

from streams.alerts import holds
from streams.alerts.counting import Counting
from streams.alerts.partition import Partition
from streams.codec.dead_letter import DeadLetter
from streams.codec.vocabulary import shipped
from streams.journeys.watermark import Mode
from streams.settings.lane import LaneSettings
from streams.testing.journeys import at, partition, touchpoint
from streams.touchpoints.rejection import Reason, Rejection
from streams.touchpoints.touchpoint import Touchpoint
from streams.worker.breaker import Breaker, BreakerState
from streams.worker.reader import Reader
from streams.worker.signals import Signals

TOPICS = {"web": 0, "chat": 2}
PARTITIONS = 4


def customer_of(number: int) -> str:
    """Return a customer who belongs on this partition."""
    return next(
        name for one in range(1_000) if (murmur2((name := f"c{one}").encode()) & 0x7FFFFFFF) % PARTITIONS == number
    )


HERE, ELSEWHERE = customer_of(0), customer_of(1)


@dataclass
class Record:
    """A Kafka record; its value is what the decoder below makes of it."""

    offset: int
    value: Touchpoint | Rejection
    key: bytes | None = HERE.encode()
    timestamp: int = 1_000
    topic: str = "web"
    partition: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


class Body(bytes):
    """A record's value, and what decoding makes of it."""

    means: Any

    @classmethod
    def of(cls, means: Any) -> "Body":
        """Return bytes that mean this."""
        body = cls(b"body")
        body.means = means
        return body


@dataclass
class Kit:
    """What the reader needs of the kit."""

    touchpoints: dict[str, int] = field(default_factory=lambda: TOPICS)
    partitions: int = PARTITIONS
    mode: Mode = Mode.WALL
    signals: Signals = field(default_factory=Signals)
    questions: set[int] = field(default_factory=set)
    trips: list[BreakerState] = field(default_factory=list)
    ahead: dict[str, int] = field(default_factory=dict)
    settings: LaneSettings = field(default_factory=LaneSettings)

    def __post_init__(self) -> None:
        self.topics = self.decoder = self.schemas = self
        self.breaker = Breaker(window=200, ratio=0.5, hold_sec=10, trip=self.trips.append)

    def decode(self, value: Body, *_: object) -> Touchpoint | Rejection:
        """Return what the test wants."""
        means: Touchpoint | Rejection = value.means
        return means

    def take_questions(self) -> set[int]:
        """Return the schema ids that only a registry might know."""
        return self.questions

    def encode_dead_letter(self, letter: DeadLetter) -> bytes:
        """Return something to look at."""
        return letter.reason.value.encode()


class Clock:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int, int]] = []

    def read(self, topic: int, recorded: int, event: int) -> None:
        """Take note."""
        self.told.append((topic, recorded, event))


@pytest.fixture
def kit() -> Kit:
    """A kit without I/O."""
    return Kit()


@pytest.fixture
def core() -> Partition:
    """An empty partition without rules."""
    return partition([])


def read(reader: Reader, *records: Record) -> tuple[int, set[int], Clock]:
    """Fold these records as one slice."""
    clock = Clock()
    entries = [
        (one.timestamp, one.topic, one.offset, one.timestamp, one.key, Body.of(one.value), one.headers)
        for one in records
    ]
    consumed, questions = reader.fold(entries, clock, 0)  # type: ignore[arg-type] # doubles
    return consumed, questions, clock


def viewed(minute: float, customer: str = HERE) -> Touchpoint:
    """Return a touchpoint."""
    return touchpoint("page.viewed", minute, customer=customer)


def count(core: Partition, customer: str = HERE) -> int:
    """Return how many touchpoints a journey counts."""
    view = core.journey(customer.encode())
    return view.state.count if view is not None else 0


def test_folds_topics_in_the_order_given(kit: Kit, core: Partition) -> None:
    """Records of several topics are folded in one go, each under its topic's number."""
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    assert read(reader, Record(5, viewed(1)), Record(9, viewed(2), topic="chat"))[:2] == (2, set())
    view = core.journey(HERE.encode())
    assert view is not None
    assert view.positions == {0: 5, 2: 9}


def test_replays_change_nothing(kit: Kit, core: Partition) -> None:
    """A record at or below the journey's position counts once (L4)."""
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    read(reader, Record(5, viewed(1)))
    core.value(b"c9")
    core.start()  # as after a recovery: replays come from before it
    read(reader, Record(5, viewed(1)))
    assert count(core) == 1


def test_a_replay_that_cannot_be_read_is_a_dead_letter_again(kit: Kit, core: Partition) -> None:
    """That its customer's journey is durable beyond it does not say that its letter was (L1)."""
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    read(reader, Record(4, Rejection(Reason.UNDECODABLE, "spoilt")), Record(5, viewed(1)))
    core.value(b"c9")
    core.start()
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # the one before crashed with its letter
    read(reader, Record(4, Rejection(Reason.UNDECODABLE, "spoilt")), Record(5, viewed(1)))
    assert [letter.offset for letter in reader.refused] == [4]
    assert count(core) == 1


def test_a_bad_record_hurts_only_itself(kit: Kit, core: Partition) -> None:
    """Refused records become dead letters with everything they had; the others count (L8)."""
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    bad = Record(6, Rejection(Reason.BAD_TIME, "in 1970"), headers=(("trace", b"1"),))
    read(reader, Record(5, viewed(1)), bad, Record(7, viewed(2)))
    assert count(core) == 2
    assert [(one.place, one.reason, one.detail, one.headers) for one in reader.refused] == [
        ("web/0/6", Reason.BAD_TIME, "in 1970", (("trace", b"1"),))
    ]
    assert reader.take_refused() == [(b"web/0/6", b"bad_time")]
    assert reader.take_refused() == []


def test_a_new_customer_must_belong_here(kit: Kit, core: Partition) -> None:
    """A journey is created only where murmur2 puts its key; one that exists is taken as it is."""
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    read(reader, Record(5, viewed(1, ELSEWHERE), key=ELSEWHERE.encode()))
    assert [one.reason for one in reader.refused] == [Reason.WRONG_KEY]
    assert len(core) == 0


def test_nobody_can_write_our_own_keys(kit: Kit, core: Partition) -> None:
    """A customer with a zero byte in front could overwrite what the lane notes about itself."""
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    read(reader, Record(5, viewed(1, "\0meta"), key=b"\0meta"))
    assert [one.reason for one in reader.refused] == [Reason.WRONG_KEY]


def test_a_record_without_a_key_is_checked_by_its_customer(kit: Kit, core: Partition) -> None:
    """CloudEvents without a key are folded where they belong, and refused elsewhere."""
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    read(reader, Record(5, viewed(1), key=None), Record(6, viewed(1, ELSEWHERE), key=None))
    assert count(core) == 1
    assert len(reader.refused) == 1


def test_waits_for_a_schema_that_a_registry_may_know(kit: Kit, core: Partition) -> None:
    """A slice stops before the record whose schema is worth asking for; once nobody knows it, it is refused."""
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    unknown = Record(6, Rejection(Reason.UNKNOWN_SCHEMA, "77"))
    kit.questions = {77}
    assert read(reader, Record(5, viewed(1)), unknown, Record(7, viewed(2)))[:2] == (1, {77})
    assert count(core) == 1
    kit.questions = set()
    assert read(reader, unknown, Record(7, viewed(2)))[:2] == (2, set())
    assert [one.reason for one in reader.refused] == [Reason.UNKNOWN_SCHEMA]


def test_tells_the_clock_per_topic(kit: Kit, core: Partition) -> None:
    """The clock hears how far each topic was read, by record time and by event time."""
    late = viewed(1).time + 500
    first, second = Record(5, viewed(1), timestamp=late), Record(6, viewed(0), timestamp=late + 1)
    _, _, clock = read(Reader(0, core, kit), first, second)  # type: ignore[arg-type] # a double
    assert clock.told == [(0, late + 1, viewed(1).time)]


def test_what_is_dated_ahead_does_not_take_the_clock_along(kit: Kit, core: Partition) -> None:
    """A touchpoint from tomorrow says nothing about how far time has come."""
    today = viewed(0).time
    honest, ahead = Record(5, viewed(0), timestamp=today), Record(6, viewed(60 * 20), timestamp=today + 1)
    _, _, clock = read(Reader(0, core, kit), honest, ahead)  # type: ignore[arg-type] # a double
    assert clock.told == [(0, today + 1, today)]


def test_what_we_say_ourselves_is_not_counted_nor_sighted(kit: Kit, core: Partition) -> None:
    """A hold comes back on its topic: its offset is passed, and that is all."""
    counted: list[dict[str, int]] = []

    class Counter(Signals):
        def folded(self, passed: Any, times: Any, replayed: int, clock: int) -> None:
            counted.append({topic: len(found) for topic, found in passed.items()})

    kit.signals = Counter()
    own = Touchpoint("hold-1", holds.SOURCE, holds.TYPE, at(1), HERE)
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    consumed, _, _ = read(reader, Record(0, own), Record(1, viewed(2)), Record(5, own, topic="chat"))
    assert consumed == 3
    assert counted == [{"web": 1}]
    assert [one.source for one in reader.sightings.take()] == ["//test"]
    assert count(core) == 1


def test_what_we_said_ourselves_is_not_counted_when_it_is_read_again_either(kit: Kit, core: Partition) -> None:
    """After a crash it lies before what its journey has taken."""
    own = Touchpoint("hold-1", holds.SOURCE, holds.TYPE, at(1), HERE)
    before = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    read(before, Record(0, own), Record(1, viewed(2)))
    after = partition([])
    after.restore([(HERE.encode(), core.value(HERE.encode()))])
    after.start()
    counting = Counting(0, after.plan, shipped())
    read(Reader(0, after, kit, counting), Record(0, own), Record(1, viewed(2)))  # type: ignore[arg-type] # a double
    told = counting.take_written({0: 2}, 0, everything=True).stats
    assert [(stat.type, stat.touchpoints) for stat in told] == [("page.viewed", 1)]


def test_the_breaker_sees_records_in_their_order(kit: Kit, core: Partition) -> None:
    """A hundred bad records among two hundred good ones trip nothing, a hundred in a row after them do."""
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    bad = Rejection(Reason.UNDECODABLE, "")
    mixed = [Record(one, viewed(one) if one % 3 else bad) for one in range(300)]
    read(reader, *mixed)
    assert kit.trips == []
    read(reader, *(Record(300 + one, bad) for one in range(100)))
    assert len(kit.trips) == 1


def test_sights_each_source_once_for_each_type(kit: Kit, core: Partition) -> None:
    """Its newest time, and how late it came by our own clock: a record dated ahead by its producer is none."""
    reader = Reader(0, core, kit)  # type: ignore[arg-type] # a double
    core.advance(at(5), at(5))
    entries = [
        (at(minute), "web", number, at(minute), HERE.encode(), Body.of(viewed(minute)), ())
        for number, minute in enumerate((3, 4, 20))
    ]
    reader.fold(entries, Clock(), at(10))  # type: ignore[arg-type] # doubles
    (sighting,) = reader.sightings.take()
    assert (sighting.source, sighting.types, sighting.time) == ("//test", {"page.viewed"}, at(20))
    assert (sighting.recorded, sighting.least) == (at(10), at(10) - at(20))
    assert reader.sightings.take() == []


def test_a_source_that_is_known_to_be_ahead_moves_the_clock_by_the_right_time(kit: Kit, core: Partition) -> None:
    """Its producer dates the record ahead as well, so the record alone would not tell."""
    kit.ahead["//test"] = 600_000
    reader, clock = Reader(0, core, kit), Clock()  # type: ignore[arg-type] # a double
    entries = [(at(20), "web", 0, at(20), HERE.encode(), Body.of(viewed(20)), ())]
    reader.fold(entries, clock, at(30))  # type: ignore[arg-type] # doubles
    assert clock.told == [(TOPICS["web"], at(20), at(10))]


def test_held_dead_letters_are_bounded(core: Partition) -> None:
    """Once they take a partition's share nothing more should be read, until a flush takes them."""
    kit = Kit(settings=LaneSettings(held_bytes=PARTITIONS * 1_000))
    reader, bad = Reader(0, core, kit), Rejection(Reason.UNDECODABLE, "")  # type: ignore[arg-type] # a double
    read(reader, Record(0, bad), Record(1, bad))
    assert not reader.is_full
    read(reader, Record(2, bad))
    assert reader.is_full
    assert len(reader.take_refused()) == 3
    assert not reader.is_full
