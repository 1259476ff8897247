"""Whether Kafka answers, asked on one connection that is kept: on a real broker that freezes, ends and comes back."""

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from streams.broker.embedded import EmbeddedKafka
from streams.telemetry.dependencies import answers
from streams.telemetry.pulse import KafkaPulse, registry_answers

pytestmark = pytest.mark.kafka
PATIENCE_SEC = 120.0


async def until(pulse: KafkaPulse, is_up: bool) -> None:
    """Wait until a beat says so."""
    async with asyncio.timeout(PATIENCE_SEC):
        while await answers(pulse.beats) is not is_up:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.1)


async def test_a_broker_is_missed_and_found_again(fresh_broker: Callable[..., EmbeddedKafka]) -> None:
    """Frozen, thawed, killed and restarted; a server of several that is not there hides nothing."""
    kafka = await asyncio.to_thread(fresh_broker)
    pulse = KafkaPulse(f"127.0.0.1:1,{kafka.bootstrap_servers}")
    try:
        await until(pulse, is_up=True)
        async with asyncio.timeout(PATIENCE_SEC):
            first = None
            while first is None or pulse._connection is not first:  # a slow answer costs one; others keep it
                first = pulse._connection
                await until(pulse, is_up=True)
        kafka.jvm.pause()
        await until(pulse, is_up=False)
        kafka.jvm.resume()
        await until(pulse, is_up=True)
        await asyncio.to_thread(kafka.kill)
        await until(pulse, is_up=False)
        await asyncio.to_thread(kafka.start)
        await until(pulse, is_up=True)
    finally:
        pulse.close()


@pytest.mark.parametrize(("status", "is_up"), [(200, True), (401, True), (404, True), (500, False), (503, False)])
async def test_a_registry_answers_whatever_it_says(status: int, is_up: bool) -> None:
    """Even that it does not know us; but not with an error of its own."""

    async def answer(request: web.Request) -> web.Response:
        assert request.path == "/apis/ccompat/v7/schemas/types"
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server:
        assert await registry_answers(str(server.make_url("/apis/ccompat/v7/"))) is is_up
