"""A journey at its bounds, with names at theirs, is written, read back, and hurts nobody else (law L9)."""

import asyncio
from typing import Final

import msgspec
import pytest

from streams.codec.checks import MAX_NAME_BYTES
from streams.codec.vocabulary import shipped
from streams.settings.places import DEPLOY
from streams.testing.deployment import Deployment
from streams.touchpoints.touchpoint import Touchpoint
from tests.kafka.lane.conftest import Made, Workers, now, wait_for_alerts

pytestmark = [pytest.mark.kafka, pytest.mark.fault]

TOUCHPOINTS: Final = 1_900  # just below the flood that would only be counted
SUBJECTS: Final = 97  # more than there may be open promises
LARGE_BYTES: Final = 2 << 20  # twice what a broker takes unless told otherwise


def hostile() -> list[Touchpoint]:
    """Return touchpoints of one customer, of all types, with all names as long as they may be."""
    kinds, since = list(shipped().kinds), now() - TOUCHPOINTS * 1_000
    return [
        Touchpoint(
            _long(f"id-{number}"),
            _long(f"//source-{number}"),
            kinds[number % len(kinds)],
            since + number * 1_000,
            _long("customer"),
            _long(f"order:{number % SUBJECTS}"),
            msgspec.json.encode(
                {
                    "promised_at": "2099-01-05T09:00:00Z",
                    "metric": "NPS",
                    "score": 1,
                    "results": 0,
                    "reason": "stock",
                    "waited_seconds": 999,
                    "campaign": _long(f"campaign-{number}"),
                    "provider": _long(f"provider-{number}"),
                }
            ),
        )
        for number in range(TOUCHPOINTS)
    ]


def _long(name: str) -> str:
    return name.ljust(MAX_NAME_BYTES, "x")


async def test_largest_journey_is_written_and_read_back(deployment: Deployment, workers: Workers, made: Made) -> None:
    """The worker goes on, for others too, before and after it has read that journey back."""
    worker = workers(deployment, TOUCHPOINT_RULES=str(DEPLOY / "rules")).start()
    await asyncio.to_thread(worker.wait_ready)
    await deployment.send(hostile(), max_request_size=4 << 20)
    await deployment.send([made("payment.failed", "c1", "cart:1", number=number) for number in range(3)])
    await _wait_for_customer(deployment, "c1")
    worker.terminate()
    assert await asyncio.to_thread(worker.wait) == 0
    records = await deployment.read([deployment.namespace + "journeys-changelog"])
    assert max(len(record.value or b"") for record in records) > LARGE_BYTES
    worker.start()
    await asyncio.to_thread(worker.wait_ready, times=2)
    await deployment.send([made("payment.failed", "c2", "cart:2", number=number) for number in range(3)])
    await _wait_for_customer(deployment, "c2")
    assert await deployment.read([deployment.namespace + "touchpoints.dead"]) == []


async def _wait_for_customer(deployment: Deployment, customer: str) -> None:
    for count in range(1, 100):
        if customer in {alert.customer for alert in await wait_for_alerts(deployment, count)}:
            return
    raise AssertionError("no alert of that customer")
