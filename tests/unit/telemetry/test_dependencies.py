"""Whether what a process needs answers it: asked again and again, and told."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from streams.telemetry import dependencies
from streams.telemetry.board import Board
from streams.telemetry.catalogue import DEPENDENCY, WORKER
from streams.telemetry.dependencies import Dependency, answers, follow

PATIENCE_SEC = 60.0


async def yes() -> bool:
    """Answer."""
    return True


async def no() -> bool:
    """Answer that nobody is there."""
    return False


async def fail() -> bool:
    """Break off."""
    raise OSError("with a password in it")


async def hang() -> bool:
    """Never answer."""
    await asyncio.Event().wait()
    return True


@pytest.mark.parametrize(("check", "is_up"), [(yes, True), (no, False), (fail, False), (hang, False)])
async def test_only_an_answer_in_time_counts(check: Callable[[], Awaitable[bool]], is_up: bool) -> None:
    """What breaks off or hangs is none."""
    assert await answers(check, patience_sec=0.01 if check is hang else PATIENCE_SEC) is is_up


async def test_each_is_told_at_once_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that hangs holds up nobody, and what comes back is told."""
    monkeypatch.setattr(dependencies, "EVERY_SEC", 0.0)
    told: list[tuple[str, bool]] = []
    turns = iter([False, True, True])

    async def come_back() -> bool:
        return next(turns, True)

    following = asyncio.create_task(
        follow({Dependency.DATABASE: hang, Dependency.KAFKA: come_back}, lambda *each: told.append(each))
    )
    async with asyncio.timeout(PATIENCE_SEC):
        while len(told) < 3:  # noqa: ASYNC110 - others do it
            await asyncio.sleep(0)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    assert told[:3] == [("kafka", False), ("kafka", True), ("kafka", True)]


def test_a_page_shows_each_dependency_once() -> None:
    """By its name, and as it is now; there are no more names than the label allows."""
    board = Board("worker", WORKER, registry=CollectorRegistry())
    for is_up in (True, False):
        for each in Dependency:
            board.depends(each, is_up)
    lines = [line for line in generate_latest(board.registry).decode().splitlines() if "dependency_up{" in line]
    assert lines == [f'touchpoint_dependency_up{{dependency="{each}"}} 0.0' for each in Dependency]
    assert len(Dependency) < DEPENDENCY.bound
