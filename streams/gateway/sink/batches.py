"""Records into batches for the broker, one for each partition."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from streams.codec.partitioner import home_of
from streams.codec.touchpoint import encode
from streams.gateway.sink.record import Record

if TYPE_CHECKING:
    import asyncio


class Batch:
    """What one partition gets at a time; `builder` is the client's."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self.records: list[Record] = []
        self.future: asyncio.Future[Any] | None = None


class Batches:
    """One batch for each topic and partition; what does not fit any more is in `rest`, in its order.

    `alone`: one record is a batch.
    """

    def __init__(self, create: Callable[[], Any], partitions: Mapping[str, int], *, alone: bool) -> None:
        self.by_place: dict[tuple[str, int], Batch] = {}
        self.rest: list[Record] = []
        self._create = create
        self._partitions = partitions
        self._alone = alone
        self._full: set[tuple[str, int]] = set()

    def add(self, records: Sequence[Record]) -> None:
        """Encode records, in their order, into the batches of their partitions."""
        for record in records:
            touchpoint, topic = record.touchpoint, record.topic
            key = (touchpoint.customer or touchpoint.source).encode()  # without a customer any key will do
            place = (topic, home_of(key, self._partitions[topic]))
            batch = self.by_place.get(place)
            if batch is None:
                batch = self.by_place[place] = Batch(self._create())
            elif self._alone or place in self._full:
                self.rest.append(record)
                continue
            headers = record.trace.headers() if record.trace is not None else []
            if batch.builder.append(timestamp=record.at, key=key, value=encode(touchpoint), headers=headers) is None:
                self._full.add(place)
                self.rest.append(record)
            else:
                batch.records.append(record)
