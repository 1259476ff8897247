"""What a process needs from others: asked beside its work, again and again, and told as a metric."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Final

EVERY_SEC: Final = 5.0
PATIENCE_SEC: Final = 5.0

Check = Callable[[], Awaitable[bool]]
"""Returns whether somebody answers; what it raises, and an answer that takes too long, counts as none."""


class Dependency(StrEnum):
    """Everything that a process may need; the values are those of the metric's label."""

    KAFKA = "kafka"
    DATABASE = "database"
    REGISTRY = "registry"


async def follow(checks: Mapping[Dependency, Check], tell: Callable[[str, bool], None]) -> None:
    """Tell at once and then every five seconds of each dependency whether it answers, until cancelled.

    One that hangs holds up nobody: each is asked by itself, and an answer is waited for five seconds at most.
    """
    async with asyncio.TaskGroup() as group:
        for name, check in checks.items():
            group.create_task(_follow(name, check, tell), name=f"dependency {name}")


async def _follow(name: Dependency, check: Check, tell: Callable[[str, bool], None]) -> None:
    while True:
        tell(name.value, await answers(check))
        await asyncio.sleep(EVERY_SEC)


async def answers(check: Check, patience_sec: float = PATIENCE_SEC) -> bool:
    """Return whether a check says yes in time."""
    try:
        async with asyncio.timeout(patience_sec):
            return await check()
    except Exception:  # noqa: BLE001 - whatever it is, it is no answer; what needs the dependency says why
        return False
