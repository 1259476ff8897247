"""Where tasks wait."""

import asyncio

from streams.worker.stacks import waiting


async def test_a_task_is_told_by_its_calls() -> None:
    """The outermost first, with places and without what they were called with."""

    async def inner(_: str) -> None:
        await asyncio.Event().wait()

    async def outer() -> None:
        await inner("Zoë's secret")

    task = asyncio.create_task(outer())
    await asyncio.sleep(0)
    told = waiting([task])
    task.cancel()
    assert [call.split(" ")[0] for call in told.split(" > ")] == ["outer", "inner", "wait"]
    assert "test_stacks.py" in told
    assert "secret" not in told


async def test_an_ended_task_is_told_too() -> None:
    """Nothing is asked of it."""
    task = asyncio.create_task(asyncio.sleep(0))
    await task
    assert waiting([task]) == "no coroutine"
