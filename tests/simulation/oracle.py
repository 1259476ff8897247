"""What a run must come to: the same touchpoints, folded in this process without any fault (law L10)."""

from collections.abc import Iterable

import msgspec

from streams.alerts.alert import Alert
from streams.alerts.partition import Partition
from streams.journeys.journey import encode_state
from streams.journeys.state import Written
from streams.testing.oracle import standing
from streams.touchpoints.touchpoint import Touchpoint
from streams.worker.meta import RESERVED
from tests.simulation import job
from tests.simulation.log import Place, Record

Journeys = dict[str, tuple[Written, tuple[Touchpoint, ...]]]


class Expected:
    """The alerts that must stand, when each could be said at the earliest, and the journeys."""

    def __init__(self, arrived: Iterable[tuple[Place, Record, Touchpoint]], until_ms: int) -> None:
        """Fold what has arrived, in that order, and let time pass to the given moment."""
        self.said: list[Alert] = []
        self.since: dict[tuple[str, str], int] = {}  # alert id, status -> the deadline that decided it; 0 for none
        partitions = [Partition(number, job.book().plan, job.LIMITS) for number in range(job.PARTITIONS)]
        for (topic, number), record, touchpoint in arrived:
            one = partitions[number]
            one.fold(job.TOPICS.touchpoints[topic], [(record.offset, record.key, touchpoint)], record.timestamp)
        for partition in partitions:
            self._take(partition, 0)
            while (due := partition.next_due) is not None and due <= until_ms:
                partition.advance(due, due)
                self._take(partition, due)
            partition.advance(until_ms, until_ms)
            self._take(partition, until_ms)
        self.alerts = standing(self.said)
        self.journeys = journeys(partitions)

    @staticmethod
    def stands_of(said: Iterable[Alert]) -> dict[str, Alert]:
        """Return what stands of what was said."""
        return standing(said)

    def _take(self, partition: Partition, due: int) -> None:
        for key in partition.take_alerting():
            alerts = partition.outbox(key)
            partition.said(key, alerts)
            self.said += alerts
            for alert in alerts:
                self.since[alert.alert_id, alert.status] = due


def restored(records: Iterable[tuple[int, Record]], until_ms: int) -> Journeys:
    """Return the journeys of changelog records (partition, record), as a worker would read them back at a moment."""
    partitions = [Partition(number, job.book().plan, job.LIMITS) for number in range(job.PARTITIONS)]
    for number, record in records:
        if record.key is not None and not record.key.startswith(RESERVED):
            partitions[number].restore([(record.key, record.value)])
    for partition in partitions:
        partition.start(until_ms)
        while partition.advance(until_ms, until_ms):
            pass
    return journeys(partitions)


def journeys(partitions: Iterable[Partition]) -> Journeys:
    """Return what is known of each customer, without how it arrived."""
    found: Journeys = {}
    for partition in partitions:
        for key in partition.customers():
            view = partition.journey(key)
            if view is not None:
                state = msgspec.msgpack.decode(encode_state(view.state), type=Written)
                found[view.customer] = (state, view.touchpoints)
    return found


def difference(found: object, expected: object) -> str:
    """Say in what two alerts or journeys differ."""
    if found is None or expected is None:
        return f"{'missing' if found is None else 'too many'}: {found or expected}"
    first, second = (_fields(each) for each in (found, expected))
    return "; ".join(
        f"{name} is {first.get(name)}, not {second.get(name)}"
        for name in first | second
        if first.get(name) != second.get(name)
    )


def _fields(value: object) -> dict[str, object]:
    if isinstance(value, tuple):
        state, touchpoints = value
        return {**_fields(state), "touchpoints": touchpoints}
    return msgspec.structs.asdict(value)  # type: ignore[arg-type] # both kinds are structs
