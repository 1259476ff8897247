"""How the demo is asked to end: Ctrl-C, SIGTERM, or a terminal that closes."""

import asyncio
import signal
from types import FrameType, TracebackType
from typing import Final, NoReturn, Self

ASKING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """Raise to unwind to where the processes are stopped; no handler of errors is meant to catch it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"asked to end by signal {number}")
        self.number = number


class Ending:
    """Within the block, the first signal raises Ended, or ends `wait` where a loop runs; any further is ignored."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asked = asyncio.Event()

    async def wait(self) -> NoReturn:
        """Raise Ended once a signal has come; until then signals only wake this up."""
        self._loop = asyncio.get_running_loop()
        await self._asked.wait()
        raise Ended(self._number or signal.SIGTERM)

    def ignore(self) -> None:
        """Let no signal disturb the stop, which has begun."""
        for number in ASKING:
            signal.signal(number, signal.SIG_IGN)

    def __enter__(self) -> Self:
        """Take the signals."""
        self._before = {number: signal.signal(number, self._on_signal) for number in ASKING}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Give them back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._number is not None:
            return
        self._number = number
        if self._loop is None:
            raise Ended(number)
        self._loop.call_soon_threadsafe(self._asked.set)
