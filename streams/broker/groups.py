"""What the cluster lets us do with a consumer group (KIP-430).

aiokafka asks for it, but reads the answer as one of an older version, which has no rights in it; so the request is
declared here.
"""

import asyncio
from typing import Final

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, for_code
from aiokafka.protocol.admin import DescribeGroupsRequest_v3, DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct

from streams.broker.connect import explained
from streams.settings.kafka import client_options

PATIENCE_SEC: Final = 15.0
_RETRY_SEC: Final = 0.1


class _DescribeGroupsRequestV3(RequestStruct):  # type: ignore[misc] # aiokafka is untyped
    API_KEY = 15
    API_VERSION = 3
    RESPONSE_TYPE = DescribeGroupsResponse_v3
    SCHEMA = DescribeGroupsRequest_v3.SCHEMA


class _DescribeGroupsRequest(Request[_DescribeGroupsRequestV3]):  # type: ignore[misc] # as above
    API_KEY = 15

    def __init__(self, group: str) -> None:
        self._group = group

    def build(self, request_struct_class: type[_DescribeGroupsRequestV3]) -> _DescribeGroupsRequestV3:
        return request_struct_class([self._group], True)


async def permitted(servers: str, group: str) -> int:
    """Return what we may do, one bit for each of Kafka's operations; nothing where we may not even ask.

    A coordinator that is still coming up is waited for. Raises BrokerError as `admin` does.
    """
    async with explained(servers):
        client = AIOKafkaClient(bootstrap_servers=servers, **client_options())
        try:
            async with asyncio.timeout(PATIENCE_SEC):
                await client.bootstrap()
                return await _permitted(client, group)
        except GroupAuthorizationFailedError:
            return 0
        finally:
            await client.close()


async def _permitted(client: AIOKafkaClient, group: str) -> int:
    while True:
        try:
            node = await client.coordinator_lookup(CoordinationType.GROUP, group)
            answer = await client.send(node, _DescribeGroupsRequest(group))
            ((error, *_, operations),) = answer.groups
            if not error:
                return int(operations)
            raise for_code(error)
        except KafkaError as error:
            if not error.retriable:
                raise
        await asyncio.sleep(_RETRY_SEC)
