"""What the cluster lets us do with transactional ids, of which it tells nothing by itself.

Ending a transaction asks for the same right as beginning one. Of an id that nobody has ever used there is none to be
ended: the broker looks whether we might, and then answers that it does not know the id. So nothing is touched.
"""

import asyncio
from typing import Final

from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.errors import (
    InvalidProducerIdMapping,
    KafkaError,
    NoError,
    TransactionalIdAuthorizationFailed,
    for_code,
)
from aiokafka.protocol.transaction import EndTxnRequest

from streams.broker.connect import explained
from streams.settings.kafka import client_options

PATIENCE_SEC: Final = 15.0
_RETRY_SEC: Final = 0.1
_NOBODY: Final = "of-nobody"  # behind a prefix: partitions are numbers


async def may_write(servers: str, prefix: str) -> bool:
    """Return whether we may claim ids that begin so; a coordinator that is still coming up is waited for.

    Raises BrokerError as `admin` does.
    """
    async with explained(servers):
        client = AIOKafkaClient(bootstrap_servers=servers, **client_options())
        try:
            async with asyncio.timeout(PATIENCE_SEC):
                await client.bootstrap()
                return await _may_write(client, f"{prefix}{_NOBODY}")
        except TransactionalIdAuthorizationFailed:
            return False
        finally:
            await client.close()


async def _may_write(client: AIOKafkaClient, name: str) -> bool:
    while True:
        try:
            node = await client.coordinator_lookup(CoordinationType.TRANSACTION, name)
            if await client.ready(node, group=ConnectionGroup.COORDINATION):
                request = EndTxnRequest(name, -1, -1, transaction_result=False)
                answer = await client.send(node, request, group=ConnectionGroup.COORDINATION)
                error = for_code(answer.error_code)
                if error in {NoError, InvalidProducerIdMapping}:
                    return True
                raise error
        except KafkaError as error:
            if not error.retriable:
                raise
        await asyncio.sleep(_RETRY_SEC)
