"""What the sink leans on inside aiokafka, as it was when it was read.

An upgrade that changes one of these fails here. To take the upgrade: read the new source of what failed with its reason
in mind, run tests/kafka/gateway, and then write the new digest down.
"""

import gc
import hashlib
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.producer.message_accumulator import BatchBuilder, MessageAccumulator
from aiokafka.producer.sender import Sender

from streams.broker.probe import free_port
from streams.gateway.sink.policy import Policy
from streams.gateway.sink.wire import BATCH_BYTES, Away, Wire

SEAMS = (
    (AIOKafkaProducer.stop, "8ee7f0d1b6a5", "waits for every batch: `end` goes around it"),
    (AIOKafkaProducer.__del__, "a5ad52f6f71c", "warns unless `_closed` is set"),
    (AIOKafkaProducer.send_batch, "ff8d65b59517", "waits for nothing while the partition has no batch in its queue"),
    (MessageAccumulator.add_batch, "35870bc8e9eb", "as above; shields what it returns"),
    (
        Sender._sender_routine,
        "c07b5ec56875",
        "when cancelled waits for its requests; cancelled again, it stops waiting",
    ),
    (AIOKafkaClient.fetch_all_metadata, "fae96f64b07c", "asks for all topics, which makes none"),
)


@pytest.mark.parametrize(("function", "digest", "reason"), SEAMS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_the_sink_leans_on_is_as_it_was(function: Callable[..., Any], digest: str, reason: str) -> None:
    """An upgrade of aiokafka is read before it is taken."""
    source = textwrap.dedent(inspect.getsource(function))
    assert hashlib.sha256(source.encode()).hexdigest()[:12] == digest, reason


def test_a_full_batch_says_so_and_a_large_record_fits_alone() -> None:
    """Filling a batch ends at its bound; one record above the bound is still one batch."""
    batch = BatchBuilder(BATCH_BYTES, 0)
    taken = 0
    while batch.append(timestamp=1, key=b"k", value=b"x" * 1_000) is not None:
        taken += 1
    assert BATCH_BYTES // 1_100 < taken < BATCH_BYTES // 1_000
    assert BatchBuilder(BATCH_BYTES, 0).append(timestamp=1, key=b"k", value=b"x" * (BATCH_BYTES + 1)) is not None


async def test_a_producer_that_never_connected_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    """No broker is an answer, not a warning about an unclosed client later."""
    gc.collect()
    caplog.clear()  # of what other tests have left behind
    with pytest.raises(Away, match="no Kafka broker answers"):
        await Wire.open(f"127.0.0.1:{free_port()}", Policy(connect_sec=2))
    gc.collect()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []
