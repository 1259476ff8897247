"""Clients of a broker that is not there."""

import pytest

from streams.broker.connect import admin, consumer, producer
from streams.broker.probe import free_port
from streams.errors import BrokerError, UsageError


@pytest.mark.parametrize("client", [admin, consumer, producer])
async def test_a_broker_that_is_not_there_is_one_error_with_a_remedy(client: object) -> None:
    """At once, naming where it was looked for."""
    assert callable(client)
    servers = f"127.0.0.1:{free_port()}"
    with pytest.raises(BrokerError, match="no Kafka broker answers") as caught:
        async with client(servers):
            pass
    assert (caught.value.place, "touchpoint broker start" in caught.value.remedy) == (servers, True)


@pytest.mark.parametrize("servers", ["", "localhost", "localhost:", "localhost:kafka", "a:1,b", "a:99999"])
async def test_an_address_without_a_port_is_wrong_use(servers: str) -> None:
    """Before anything is connected."""
    with pytest.raises(UsageError, match="is not host:port"):
        async with admin(servers):
            pass
