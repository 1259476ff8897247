from collections.abc import Callable

import pytest

from streams.broker.connect import admin
from streams.broker.coordinators import wake
from streams.broker.embedded import EmbeddedKafka
from streams.broker.probe import free_port
from streams.errors import BrokerError

pytestmark = pytest.mark.kafka


async def test_a_new_broker_has_its_internal_topics_at_once(fresh_broker: Callable[..., EmbeddedKafka]) -> None:
    """Whoever comes next need not wait for them."""
    servers = fresh_broker().bootstrap_servers
    await wake(servers)
    async with admin(servers) as client:
        names = {topic["topic"] for topic in await client.describe_topics()}
    assert names == {"__consumer_offsets", "__transaction_state"}


async def test_no_broker() -> None:
    """The error is the usual one."""
    with pytest.raises(BrokerError, match="no Kafka broker answers"):
        await wake(f"127.0.0.1:{free_port()}")
