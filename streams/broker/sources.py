"""Facts about sources off their topic."""

from contextlib import aclosing

from streams.broker.scan import scan
from streams.codec import sights
from streams.codec.catalogue import SOURCES
from streams.journeys.sources import Source


async def facts(servers: str, topic: str = SOURCES) -> list[Source]:
    """Return what is known of each source, by name; raises BrokerError as `scan` does."""
    found: dict[str, Source] = {}
    async with aclosing(scan(servers, topic)) as records:
        async for record in records:
            fact = sights.read(record.key, record.value)
            if isinstance(fact, Source):
                found[fact.source] = fact
    return [found[name] for name in sorted(found)]
