"""Whether a broker is new enough: it says itself which versions of which requests it takes."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from aiokafka.conn import create_conn
from aiokafka.protocol.admin import ApiVersionRequest

from streams.broker.connect import TIMEOUT_MS, explained
from streams.settings.kafka import client_options

OLDEST: Final = "3.1"  # the first whose Metadata has topic ids for us


class Needed(NamedTuple):
    """A request that we make, in a version that each broker of a cluster must take."""

    name: str
    key: int
    version: int


NEEDED: Final = (
    Needed("Metadata", 3, 12),  # topic ids: that a topic was made anew is seen by nothing else
    Needed("DescribeGroups", 15, 3),  # what we may do with a group
    Needed("InitProducerId", 22, 0),  # the epoch that refuses a stale owner
)


async def too_old(server: str) -> list[str]:
    """Return the requests that we make and this broker does not take, none when it is new enough.

    Raises BrokerError as `admin` does.
    """
    host, _, port = server.strip().rpartition(":")
    async with explained(server):
        connection = await create_conn(host, int(port), request_timeout_ms=TIMEOUT_MS, **client_options())
        try:
            answer = await connection.send(ApiVersionRequest())
        finally:
            connection.close()
    return missing({key: most for key, _, most in answer.api_versions})


def missing(taken: Mapping[int, int]) -> list[str]:
    """Return what of NEEDED is beyond the newest version that is taken, by the key of the request."""
    return [each.name for each in NEEDED if taken.get(each.key, -1) < each.version]
