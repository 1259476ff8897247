"""Which brokers are too old for us."""

import asyncio
import struct

import pytest

from streams.broker.versions import NEEDED, missing, too_old
from streams.testing.callers import answering
from streams.testing.patience import PATIENCE_SEC


def test_a_broker_that_takes_everything_is_new_enough() -> None:
    """In just these versions, or newer ones."""
    assert missing({each.key: each.version for each in NEEDED}) == []
    assert missing({each.key: each.version + 1 for each in NEEDED}) == []


@pytest.mark.parametrize("number", range(len(NEEDED)))
def test_each_request_that_is_too_new_is_named(number: int) -> None:
    """Whether the broker takes it in an older version only, or does not know it."""
    taken = {each.key: each.version for each in NEEDED}
    lacked = NEEDED[number]
    assert missing(taken | {lacked.key: lacked.version - 1}) == [lacked.name]
    assert missing({key: most for key, most in taken.items() if key != lacked.key}) == [lacked.name]


async def test_an_old_broker_is_asked_by_the_protocol_itself() -> None:
    """One that takes what Kafka 2.2 took: no topic ids, no rights on groups."""
    is_over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                (correlation,) = struct.unpack_from(">i", await reader.readexactly(size), 4)
                versions = [(3, 0, 7), (15, 0, 2), (18, 0, 0), (22, 0, 1)]
                body = struct.pack(">ihi", correlation, 0, len(versions))
                body += b"".join(struct.pack(">hhh", *each) for each in versions)
                writer.write(struct.pack(">i", len(body)) + body)
        except asyncio.IncompleteReadError:
            is_over.set()

    async with answering(answer) as port:
        assert await too_old(f"127.0.0.1:{port}") == ["Metadata", "DescribeGroups"]
        await asyncio.wait_for(is_over.wait(), PATIENCE_SEC)
