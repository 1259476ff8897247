"""The catalogue of topics against a real broker."""

from collections.abc import Callable

import pytest

from streams.broker.connect import admin
from streams.broker.embedded import EmbeddedKafka
from streams.broker.topics import Deployment, Difference, TopicState, What, check, create, found, make
from streams.codec import catalogue

pytestmark = pytest.mark.kafka

WANTED = Deployment(partitions=8)


def short(differences: list[Difference]) -> list[tuple[str, str, str, str]]:
    """Return topic, name, expected and actual of each."""
    return [(each.topic, each.name, each.expected, each.actual) for each in differences]


async def test_topics_are_created_checked_and_mended(fresh_broker: Callable[..., EmbeddedKafka]) -> None:
    """From an empty broker to one as the catalogue says, over someone else's idea of two topics."""
    servers = fresh_broker().bootstrap_servers
    everything = [topic.name for topic in catalogue.shipped()]
    assert [(each.topic, each.what) for each in await check(servers, WANTED)] == [
        (name, What.MISSING) for name in everything
    ]
    own = {"flush.messages": "1000"}
    async with admin(servers) as client:
        theirs = [
            TopicState("alerts", 4, 1, {}),
            TopicState("journeys-changelog", 8, 1, {"cleanup.policy": "delete"} | own),
        ]
        await make(client, theirs, servers)

    created, differences = await create(servers, WANTED)
    assert created == [name for name in everything if name not in ("alerts", "journeys-changelog")]
    assert short(differences) == short(await check(servers, WANTED))
    assert short(differences) == [
        ("alerts", "partitions", "8", "4"),
        ("alerts", "retention.ms", "2592000000", "604800000"),
        ("alerts", "max.message.bytes", "2097152", "1048588"),
        ("journeys-changelog", "cleanup.policy", "compact", "delete"),
        ("journeys-changelog", "max.message.bytes", "33554432", "1048588"),
        ("journeys-changelog", "segment.bytes", "67108864", "1073741824"),
        ("journeys-changelog", "min.cleanable.dirty.ratio", "0.1", "0.5"),
        ("journeys-changelog", "max.compaction.lag.ms", "3600000", "9223372036854775807"),
    ]

    created, differences = await create(servers, WANTED, alter=True)
    assert (created, short(differences)) == ([], [("alerts", "partitions", "8", "4")])
    there = await found(servers)
    assert there["journeys-changelog"].config["flush.messages"] == "1000"
    assert {name: there[name].partitions for name in ("touchpoints.web", "touchpoints.dead", "alerts")} == {
        "touchpoints.web": 8,
        "touchpoints.dead": 1,
        "alerts": 4,
    }
