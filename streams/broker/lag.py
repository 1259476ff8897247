"""How far a consumer group is behind what its topics hold."""

from collections.abc import Collection

from streams.broker.connect import admin, consumer
from streams.broker.coordinators import committed
from streams.broker.ends import partitions_of


async def lag(servers: str, group: str, topics: Collection[str]) -> int:
    """Return how many records of these topics the group has not committed; raises BrokerError as `admin` does."""
    async with admin(servers) as asking, consumer(servers) as client:
        partitions = await partitions_of(asking, topics)
        ends = await client.end_offsets(partitions)
        done = await committed(asking, group)
    return sum(end - done.get(place, 0) for place, end in ends.items())
