"""How the loops of the desk sleep: until somebody wakes them, or it is time to look without being asked."""

import asyncio
import contextlib


async def wait(woken: asyncio.Event, at_most_sec: float) -> None:
    """Return when `woken` is set, or so much later at the most."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(at_most_sec):
            await woken.wait()
