"""A process with a sink under load that a test kills: it says each id that was answered with success, and only then."""

import asyncio
import os
import sys
from pathlib import Path

from streams.gateway.port import Stored
from streams.gateway.sink.policy import Policy
from streams.gateway.sink.sink import SafeSink, open_sink
from tests.kafka.gateway.conftest import touchpoint

CUSTOMERS = 20
A_LIFE = 1_000_000  # numbers of a customer


async def put(sink: SafeSink, customer: str, number: int) -> None:
    """Put two touchpoints after the other two, for ever."""
    while True:
        admitted = [touchpoint(customer, number + 1), touchpoint(customer, number + 2)]
        number += 2
        if isinstance(await sink.put(admitted), Stored):
            os.write(1, b"".join(one.touchpoint.id.encode() + b"\n" for one in admitted))
        await asyncio.sleep(0.02)


async def main(servers: str, folder: str, life: str) -> None:
    """Run until killed."""
    async with open_sink(servers, Path(folder), Policy(ack_sec=1)) as sink:
        await asyncio.gather(*[put(sink, f"c{number}", int(life) * A_LIFE) for number in range(CUSTOMERS)])


asyncio.run(main(*sys.argv[1:]))
