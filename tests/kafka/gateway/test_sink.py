"""The sink on a real broker that does what it should, or refuses."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner

from streams.broker import topics
from streams.broker.embedded import EmbeddedKafka
from streams.codec import files
from streams.codec.touchpoint import encode
from streams.errors import BrokerError
from streams.gateway.outcome import Admitted
from streams.gateway.port import Full, Stored
from streams.gateway.sink.aside import NAME
from streams.gateway.sink.policy import Policy
from streams.gateway.sink.sink import open_sink
from streams.gateway.sink.status import State
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.gateway.conftest import arrived, at, first_seen, touchpoint
from tests.kafka.limits import limit

pytestmark = pytest.mark.kafka

PATIENT = Policy(ack_sec=30)  # a broker that has just made its topics may take seconds for the first batch


async def test_a_put_is_on_its_topics_when_it_is_answered(catalogue_servers: str, tmp_path: Path) -> None:
    """Under the customer, in the partition of Kafka's default partitioner, recorded now; links go along."""
    source = "//test/sink/put"
    link = touchpoint("linked", 1, source)
    first = touchpoint("ana", 1, source)
    nobody = touchpoint("", 1, source)
    admitted = [Admitted(first.touchpoint, first.topic, (link,)), nobody]
    before_ms = time.time_ns() // 1_000_000
    async with open_sink(catalogue_servers, tmp_path / "spool", PATIENT) as sink:
        assert await sink.put(admitted) is Stored.BROKER
        records = await arrived(catalogue_servers, source)
        assert await sink.put([]) is Stored.BROKER
    after_ms = time.time_ns() // 1_000_000
    assert {one for _, one in records} == {first.touchpoint, link.touchpoint, nobody.touchpoint}
    partitioner = DefaultPartitioner()
    for record, one in records:
        assert record.key == (one.customer or source).encode()
        assert record.partition == partitioner(record.key, [0, 1, 2, 3], [])
        assert before_ms <= record.timestamp <= after_ms


async def test_a_large_put_arrives_in_its_order(catalogue_servers: str, tmp_path: Path) -> None:
    """Far more than one batch holds, for one partition and for all."""
    source = "//test/sink/large"
    customers = ("ana", *(f"c{number}" for number in range(50)))
    puts = [
        touchpoint("ana" if number % 2 else customers[number % 50], number, source, b'{"x":"%s"}' % (b"x" * 300))
        for number in range(6_000)
    ]
    async with open_sink(catalogue_servers, tmp_path / "spool", PATIENT) as sink:
        assert await sink.put(puts) is Stored.BROKER
    expected: dict[str, list[str]] = {}
    for one in puts:
        expected.setdefault(one.touchpoint.customer, []).append(one.touchpoint.id)
    assert await first_seen(catalogue_servers, source) == expected


async def test_a_broker_without_the_topics_is_refused_at_the_start(
    fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path
) -> None:
    """An operator reads which one is missing and the command that makes it; nothing makes it by itself."""
    kafka = fresh_broker(overrides={"auto.create.topics.enable": "true"})
    with pytest.raises(BrokerError, match=r"topic touchpoints\.web is missing") as caught:
        async with open_sink(kafka.bootstrap_servers, tmp_path / "spool"):
            pass
    assert caught.value.remedy == "touchpoint topics create"
    assert await topics.found(kafka.bootstrap_servers) == {}


async def test_topics_that_come_later_are_used_then(fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path) -> None:
    """A gateway that was started before its broker keeps what comes, and says what is missing."""
    kafka = fresh_broker()
    kafka.stop()
    policy = Policy()
    async with open_sink(kafka.bootstrap_servers, tmp_path / "spool", policy) as sink:
        assert await sink.put([touchpoint("ana", 1)]) is Stored.SPOOL
        kafka.start()
        while "is missing" not in sink.status().why:  # it is asked as long as it is not so
            assert await sink.put([touchpoint("ana", 2)]) is Stored.SPOOL
        await topics.create(kafka.bootstrap_servers, topics.Deployment(partitions=1))
        await at(sink, State.BROKER)
    assert await first_seen(kafka.bootstrap_servers) == {"ana": ["ana-1", "ana-2"]}


async def test_a_full_spool_turns_away_until_the_broker_is_back(
    fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path
) -> None:
    """Whoever is turned away is told when to come again; what was kept arrives."""
    kafka = fresh_broker()
    await topics.create(kafka.bootstrap_servers, topics.Deployment(partitions=2))
    kafka.kill()
    policy = Policy(spool_bytes=5_000)
    kept: list[str] = []
    async with open_sink(kafka.bootstrap_servers, tmp_path / "spool", policy) as sink:
        while (answer := await sink.put([one := touchpoint("ana", len(kept))])) is Stored.SPOOL:
            kept.append(one.touchpoint.id)
        assert answer == Full(policy.full_retry_after_sec)
        assert sink.status().state is State.FULL
        assert sink.status().spooled_bytes <= policy.spool_bytes
        kafka.start()
        await at(sink, State.BROKER)
        assert isinstance(await sink.put([touchpoint("ana", len(kept))]), Stored)
        await at(sink, State.BROKER)
    assert await first_seen(kafka.bootstrap_servers) == {"ana": [*kept, f"ana-{len(kept)}"]}


async def test_what_the_cluster_never_takes_does_not_stand_in_the_way(
    fresh_broker: Callable[..., EmbeddedKafka], tmp_path: Path
) -> None:
    """What is above a topic's limit, or for a topic that is none, is set aside; all others arrive in order."""
    kafka = fresh_broker()
    servers = kafka.bootstrap_servers
    await topics.create(servers, topics.Deployment(partitions=1))
    customer = next(name for name in map(str, range(9)) if touchpoint(name, 0).topic == "touchpoints.web")
    large = b'{"x":"%s"}' % (b"x" * 30_000)
    probe = encode(touchpoint("probe", 0, "//test/probe", large).touchpoint)
    await limit(servers, "touchpoints.web", 20_000, probe, b"probe")
    puts = [[touchpoint(customer, number, data=large if number % 10 == 5 else b"{}")] for number in range(30)]
    nowhere = Admitted(touchpoint(customer, 99).touchpoint, "touchpoints.nowhere")
    async with open_sink(servers, tmp_path / "spool") as sink:
        for put in [*puts, [nowhere]]:
            assert isinstance(await sink.put(put), Stored)
        await at(sink, State.BROKER)
        assert (sink.status().set_aside, sink.status().spooled) == (4, 0)
    refused = [one for _, one, _ in files.read(tmp_path / "spool" / NAME) if isinstance(one, Touchpoint)]
    assert {one.id for one in refused} == {f"{customer}-{number}" for number in (5, 15, 25, 99)}
    assert (await first_seen(servers))[customer] == [f"{customer}-{n}" for n in range(30) if n not in (5, 15, 25)]
