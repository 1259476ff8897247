"""One thread for the disk: what is done there is done one after the other, and keeps nobody else waiting."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Disk:
    """Runs functions in its thread, in their order. A function runs to its end even if the caller is cancelled."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spool")

    async def do(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """Return what the function returns."""
        done = self._thread.submit(function, *arguments, **named)
        return await asyncio.wrap_future(done)

    def close(self) -> None:
        """Return once everything is done."""
        self._thread.shutdown()
