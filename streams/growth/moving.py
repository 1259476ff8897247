"""What moves, and where to: journeys, crowds and their counts, touchpoints that nobody has folded yet."""

import time
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiokafka import TopicPartition

from streams.alerts.crowds.crowds import KEY as CROWD_STATE
from streams.codec.partitioner import home_of
from streams.codec.stats import CROWD, decode_count
from streams.errors import BrokerError
from streams.growth.partition import Left
from streams.growth.reading import Reading
from streams.growth.regimes import NUMBER, merged
from streams.growth.writing import Writing
from streams.journeys.journey import moved
from streams.journeys.state import SEPARATOR
from streams.worker import meta
from streams.worker.kit import Topics
from streams.worker.lane_rules import RULES_KEY

if TYPE_CHECKING:
    from streams.rules.regime import Regime

_LOST: Final = "nobody has noted where to go on: the changelog was lost"


class Standing(msgspec.Struct, frozen=True):
    """Where the topics stand while nobody folds: first offsets, ends, and what the group has committed."""

    begins: dict[TopicPartition, int]
    ends: dict[TopicPartition, int]
    committed: dict[TopicPartition, int]

    def whole(self, place: TopicPartition) -> tuple[int, int]:
        """Return where a partition begins and ends."""
        return self.begins[place], self.ends[place]


class Moved(msgspec.Struct):
    """What a growth came to; `journeys` counts all, `away` those in another partition than before."""

    journeys: int = 0
    away: int = 0
    crowds: int = 0
    touchpoints: int = 0


class Move:
    """One move, within one transaction: `take` each partition, then `end`."""

    def __init__(self, topics: Topics, partitions: int, standing: Standing, reading: Reading, writing: Writing) -> None:
        self.moved = Moved()
        self._topics = topics
        self._partitions = partitions
        self._standing = standing
        self._reading = reading
        self._writing = writing
        self._regimes: list[tuple[Regime, ...]] = []
        self._clocks: list[int] = []
        self._incarnations: dict[str, str] = {}

    async def take(self, left: Left) -> None:
        """Move what one partition holds and where it goes on to. Raises BrokerError where it is not at rest."""
        left.refuse_unrest({number: topic for topic, number in self._topics.touchpoints.items()})
        if (noted := left.meta) is not None:
            self._clocks.append(noted.clock)
            self._incarnations |= noted.incarnations
        self._regimes.append(left.regimes)
        await self._journeys(left)
        await self._crowds(left)
        for topic in self._topics.touchpoints:
            await self._touchpoints(TopicPartition(topic, left.number), noted)

    async def end(self) -> None:
        """Note for each partition what it is from now on, and wait for all acknowledgements."""
        regime, now = merged(self._regimes), int(time.time() * 1000)
        # The least clock: deadlines between it and a partition's own have fired there already, and are in the journeys.
        clock = min(self._clocks, default=0)
        for number in range(self._partitions):
            place, ends = (self._topics.changelog, number), self._standing.ends
            positions = {topic: ends[TopicPartition(topic, number)] for topic in self._topics.touchpoints}
            said = ends[TopicPartition(self._topics.alerts, number)]
            noted = meta.Meta(self._partitions, meta.PARTITIONER, positions, self._incarnations, clock, said, now)
            if regime is not None:
                await self._writing.add(place, RULES_KEY, msgspec.json.encode((regime,)))
            await self._writing.add(place, meta.META_KEY, meta.encode(noted))
        await self._writing.settle()

    async def _journeys(self, left: Left) -> None:
        here = (self._topics.changelog, left.number)
        for key, record in left.journeys.items():
            home = home_of(key, self._partitions)
            await self._writing.add((self._topics.changelog, home), key, moved(record, NUMBER))
            if home != left.number:
                await self._writing.add(here, key, None)
                self.moved.away += 1
        self.moved.journeys += len(left.journeys)

    async def _crowds(self, left: Left) -> None:
        """Move what was said of crowds, and what all partitions have counted of them, to their new homes."""
        for key, record in left.own.items():
            if key.startswith(CROWD_STATE):
                over = key[len(CROWD_STATE) :].decode().partition(SEPARATOR)[2]
                home = home_of(over.encode(), self._partitions)
                if home != left.number:
                    await self._writing.add((self._topics.changelog, home), key, record)
                    await self._writing.add((self._topics.changelog, left.number), key, None)
                    self.moved.crowds += 1
        place = TopicPartition(self._topics.stats, left.number)
        async for records in self._reading.stretch(place, *self._standing.whole(place)):
            for record in records:
                if record.key is not None and record.key.startswith(CROWD):
                    over = decode_count(record.value).contribution.over
                    home = home_of(over.encode(), self._partitions)
                    if home != left.number:
                        await self._copy(record, home)

    async def _touchpoints(self, place: TopicPartition, noted: meta.Meta | None) -> None:
        """Send what was not folded again: its customers may be at home elsewhere now."""
        committed = self._standing.committed.get(place, 0)
        if noted is None and committed:
            raise BrokerError(_LOST, place=f"partition {place.partition}", remedy=meta.REBUILD)
        start, end = self._standing.whole(place)
        if noted is not None:
            start = max(start, committed, noted.positions.get(place.topic, 0))
        async for records in self._reading.stretch(place, start, end):
            for record in records:
                home = place.partition if record.key is None else home_of(record.key, self._partitions)
                await self._copy(record, home)
                self.moved.touchpoints += 1

    async def _copy(self, record: Any, home: int) -> None:
        place = (record.topic, home)
        await self._writing.add(place, record.key, record.value, record.timestamp, record.headers)
