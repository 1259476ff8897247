"""How long partitions were silent: from a customer's last touchpoint to the alert that it decided, by broker time."""

from streams.codec import alert as alert_codec
from streams.codec import catalogue
from streams.codec.registry import SchemaStore
from streams.testing.deployment import Deployment


async def pauses(deployment: Deployment, rule: str, kind: str) -> dict[int, float]:
    """Return by partition the longest time, in seconds, between a touchpoint and the first revision about it.

    For customers of whom the rule is satisfied by their last touchpoint of this type before the alert.
    """
    store, last = SchemaStore(), dict[str, list[int]]()
    for record in await deployment.read([deployment.topic(kind)]):
        if record.key is not None:
            last.setdefault(record.key.decode(), []).append(record.timestamp)
    longest: dict[int, float] = {}
    for record in await deployment.read([deployment.namespace + catalogue.ALERTS]):
        if not record.key.startswith(b"\x00"):
            alert = alert_codec.decode(record.value, store)
            if alert.rule == rule and alert.revision == 1:
                before = [at for at in last[alert.customer] if at <= record.timestamp]
                waited = (record.timestamp - max(before)) / 1000
                longest[record.partition] = max(longest.get(record.partition, 0.0), waited)
    return longest
