"""What a deployment must come to: the touchpoints on its topics, folded in this process without any fault."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.partition import Partition
from streams.codec import catalogue, registry
from streams.codec.rules import read
from streams.codec.touchpoint import TouchpointDecoder
from streams.rules.compile import compile_rules
from streams.testing.deployment import Deployment
from streams.touchpoints.rejection import Rejection
from streams.touchpoints.vocabulary import Vocabulary

_CHANGING = {"revision": 0, "detected_at": 0}  # the only fields that depend on how touchpoints arrived


class Oracle:
    """Folds everything that was ever sent, in record-time order, and lets time pass to a given moment."""

    def __init__(self, rules: Path, vocabulary: Vocabulary) -> None:
        self._plan = compile_rules(read([rules], vocabulary), vocabulary)
        self._decoder = TouchpointDecoder(vocabulary, registry.SchemaStore())

    async def expect(self, deployment: Deployment, until_ms: int) -> tuple[dict[str, Alert], dict[bytes, int]]:
        """Return the alerts that must stand, by id, and the touchpoints that each customer's journey must count."""
        records = await deployment.read(deployment.sources)
        numbers = {deployment.namespace + topic.name: topic.number for topic in catalogue.sources()}
        partitions = [Partition(number, self._plan) for number in range(deployment.partitions)]
        said: list[Alert] = []
        for record in sorted(records, key=lambda record: record.timestamp):
            touchpoint = self._decoder.decode(record.value, record.key, record.headers, record.timestamp)
            if not isinstance(touchpoint, Rejection):
                inputs = [(record.offset, record.key, touchpoint)]
                partitions[record.partition].fold(numbers[record.topic], inputs, record.timestamp)
        for partition in partitions:
            while partition.advance(until_ms, until_ms):
                pass
            for key in partition.take_alerting():
                said += partition.outbox(key)
        counts = {key: _count(partition, key) for partition in partitions for key in partition.customers()}
        return standing(said), counts

    async def restored(self, deployment: Deployment) -> dict[bytes, int]:
        """Return how many touchpoints each journey on the changelog counts, as a worker would restore it."""
        counts: dict[bytes, int] = {}
        records = await deployment.read([deployment.namespace + catalogue.CHANGELOG])
        for number in range(deployment.partitions):
            partition = Partition(number, self._plan)
            pairs = [(record.key, record.value) for record in records if record.partition == number]
            partition.restore(pair for pair in pairs if not pair[0].startswith(b"\x00"))
            partition.start()
            counts |= {key: _count(partition, key) for key in partition.customers()}
        return counts


def standing(alerts: Iterable[Alert]) -> dict[str, Alert]:
    """Return the last revision of each alert that stands, without what depends on how its touchpoints arrived."""
    last: dict[str, Alert] = {}
    for alert in alerts:
        if alert.alert_id not in last or last[alert.alert_id].revision <= alert.revision:
            last[alert.alert_id] = alert
    return {
        name: msgspec.structs.replace(alert, **_CHANGING)
        for name, alert in last.items()
        if alert.status is not Status.RETRACTED
    }


def doubled(alerts: Iterable[Alert]) -> list[tuple[str, int]]:
    """Return revisions that were said twice with different content: the same one twice is what consumers drop."""
    seen: dict[tuple[str, int], Any] = {}
    wrong = []
    for alert in alerts:
        name = (alert.alert_id, alert.revision)
        if seen.setdefault(name, alert) != alert:
            wrong.append(name)
    return wrong


def _count(partition: Partition, key: bytes) -> int:
    view = partition.journey(key)
    return view.state.count if view is not None else 0
