"""The product's own worker, of which nothing may be lost and nothing doubled."""

from typing import Final

from streams.testing.deployment import GROUP, Deployment
from tests.soak.stage import NAMESPACE
from tests.soak.subject import Program, Subject
from tests.soak.verdict import RULES, judge

FLUSH_SEC: Final = "3"
SETTLE_SEC: Final = 300.0


def program(servers: str, deployment: Deployment) -> Program:
    """Return the worker as a process."""
    environ = deployment.environ | {
        "TOUCHPOINT_BOOTSTRAP_SERVERS": servers,
        "TOUCHPOINT_RULES": " ".join(map(str, RULES)),
        "TOUCHPOINT_LANE_FLUSH_SEC": FLUSH_SEC,
    }
    return Program("streams.cli", ("worker",), environ)


async def settle(deployment: Deployment) -> None:
    """Return when everything is committed; raises TimeoutError."""
    await deployment.wait_committed(SETTLE_SEC)


WORKER: Final = Subject("the worker", NAMESPACE + GROUP, program, settle, judge)
