"""Fixtures of the tests on a real broker."""

import asyncio

import pytest

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka


@pytest.fixture(scope="session")
def catalogue_servers(broker: EmbeddedKafka) -> str:
    """The session's broker with the topics of the catalogue under their own names.

    Tests keep apart by customers, sources, alert ids and reasons; nothing reads or deletes what is not its own.
    """
    wanted = topics.Deployment(partitions=4, retention="forever")
    asyncio.run(topics.create(broker.bootstrap_servers, wanted))
    return broker.bootstrap_servers
