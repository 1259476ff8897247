"""The line for a Kafka client, run as it stands against a real broker."""

import asyncio
import os
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from streams.broker.scan import scan
from streams.codec.registry import SchemaStore
from streams.codec.touchpoint import TouchpointDecoder
from streams.codec.vocabulary import shipped
from streams.gateway.connect.lines import Lines
from streams.gateway.connect.ways import named
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint

pytestmark = pytest.mark.kafka


async def test_the_line_for_a_kafka_client_sends_a_touchpoint_that_workers_read(catalogue_servers: str) -> None:
    """With the customer as the key of its record."""
    id_ = f"first-{os.getpid()}"
    line = Lines(catalogue_servers).draw(named("kafka"), url="http://127.0.0.1:9104", id_=id_)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = await asyncio.create_subprocess_exec("/bin/bash", "-c", line, env=os.environ | {"PATH": path})
    assert await asyncio.wait_for(done.wait(), PATIENCE_SEC) == 0
    decoder, found = TouchpointDecoder(shipped(), SchemaStore()), []
    async with aclosing(scan(catalogue_servers, "touchpoints.web")) as records:
        async for record in records:
            touchpoint = decoder.decode(record.value, record.key, record.headers, record.timestamp)
            if isinstance(touchpoint, Touchpoint) and touchpoint.id == id_:
                found.append(touchpoint)
    assert [(one.type, one.source, one.customer) for one in found] == [
        ("payment.failed", "//shop.example", "customer-1")
    ]
