"""What a deployment must come to: the touchpoints on its topics, folded in this process without any fault."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from streams.alerts.alert import Alert, Status
from streams.alerts.partition import Partition
from streams.codec import catalogue, registry
from streams.codec.partitioner import home_of
from streams.codec.rules import read
from streams.codec.touchpoint import TouchpointDecoder
from streams.rules.compile import compile_rules
from streams.testing.deployment import Deployment
from streams.touchpoints.rejection import Rejection
from streams.touchpoints.vocabulary import Vocabulary

_CHANGING = {"revision": 0, "detected_at": 0}  # the only fields that depend on how touchpoints arrived


class Truth:
    """What was folded, and what must have been said of it by a moment; moments may only rise."""

    def __init__(self, partitions: list[Partition]) -> None:
        """Take partitions that have folded everything."""
        self._partitions = partitions
        self._said: dict[bytes, list[Alert]] = {}

    @property
    def counts(self) -> dict[bytes, int]:
        """How many touchpoints each customer's journey counts."""
        return {key: _count(partition, key) for partition in self._partitions for key in partition.customers()}

    def alerts(self, until_ms: int) -> dict[str, Alert]:
        """Let time pass to a moment, and return the alerts that stand then, by id."""
        for partition in self._partitions:
            while partition.advance(until_ms, until_ms):
                pass
            self._said |= {key: partition.outbox(key) for key in partition.take_alerting()}
        return standing(alert for said in self._said.values() for alert in said)


class Oracle:
    """Folds everything that was ever sent, in record-time order, and lets time pass to a given moment."""

    def __init__(self, rules: Path | Sequence[Path], vocabulary: Vocabulary) -> None:
        paths = [rules] if isinstance(rules, Path) else rules
        self._plan = compile_rules(read(paths, vocabulary), vocabulary)
        self._decoder = TouchpointDecoder(vocabulary, registry.SchemaStore())

    async def expect(self, deployment: Deployment, until_ms: int) -> tuple[dict[str, Alert], dict[bytes, int]]:
        """Return the alerts that must stand, by id, and the touchpoints that each customer's journey must count."""
        truth = await self.fold(deployment)
        return truth.alerts(until_ms), truth.counts

    async def fold(self, deployment: Deployment) -> Truth:
        """Fold what is on the deployment's topics."""
        records = await deployment.read(deployment.sources)
        numbers = {deployment.namespace + topic.name: topic.number for topic in catalogue.sources()}
        partitions = [Partition(number, self._plan) for number in range(deployment.partitions)]
        for number, record in enumerate(sorted(records, key=lambda record: record.timestamp)):
            touchpoint = self._decoder.decode(record.value, record.key, record.headers, record.timestamp)
            if not isinstance(touchpoint, Rejection):
                # Where it lies now, and not where it lay before there were more partitions.
                home = partitions[home_of(record.key or b"", deployment.partitions)]
                home.fold(numbers[record.topic], [(number, record.key, touchpoint)], record.timestamp)
        return Truth(partitions)

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
