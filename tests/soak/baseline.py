"""The stock path under the same faults: an ordinary Faust agent that counts each customer's touchpoints in a table.

Expected to lose and to double. Faust reads what was aborted, too, which counts as doubled.
"""

import asyncio
import json
import time
from collections import Counter
from typing import Final

from aiokafka.errors import KafkaError

from streams.broker.lag import lag
from streams.errors import BrokerError
from streams.testing.deployment import Deployment
from tests.soak.subject import Program, Subject
from tests.soak.verdict import Verdict, off

APP: Final = "soak-faust"
TABLE: Final = "journeys"
CHANGELOG: Final = f"{APP}-{TABLE}-changelog"
STILL_SEC: Final = 60.0  # nothing was counted for so long: it is done, or never will be
LOOK_SEC: Final = 2.0
SETTLE_SEC: Final = 300.0


def program(servers: str, deployment: Deployment) -> Program:
    """Return the baseline, which reaches its broker at `servers`."""
    environ = {
        "SOAK_SERVERS": servers,
        "SOAK_TOPICS": ",".join(deployment.sources),
        "SOAK_PARTITIONS": str(deployment.partitions),
    }
    return Program("tests.soak.naive", ("worker", "-l", "warn", "--without-web"), environ)


async def judge(deployment: Deployment, calm_ms: int, end_ms: int) -> Verdict:
    """Compare its table with what was sent; it has neither alerts nor statistics."""
    expected = Counter(record.key for record in await deployment.read(deployment.sources))
    lost, doubled = off(expected, await _table(deployment))
    total = expected.total()
    unread = await lag(deployment.bootstrap_servers, APP, deployment.sources)
    return Verdict(records=total, touchpoints=total, customers=len(expected), lost=lost, doubled=doubled, unread=unread)


async def settle(deployment: Deployment) -> None:
    """Return when its table no longer changes, or after the time."""
    until = time.monotonic() + SETTLE_SEC
    before, since = -1, time.monotonic()
    while time.monotonic() < min(until, since + STILL_SEC):
        try:
            counted = sum((await _table(deployment)).values())
        except (KafkaError, BrokerError):
            counted = before
        if counted != before:
            before, since = counted, time.monotonic()
        await asyncio.sleep(LOOK_SEC)


async def _table(deployment: Deployment) -> dict[bytes, int]:
    records = await deployment.read([CHANGELOG])
    return {json.loads(record.key).encode(): json.loads(record.value) for record in records if record.value}


BASELINE: Final = Subject("baseline, a stock Faust agent", APP, program, settle, judge)
