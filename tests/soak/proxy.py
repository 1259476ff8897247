"""A network that can be slow or cut: it stands between workers and broker, on a thread of its own."""

import asyncio
import threading
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from streams.broker.properties import HOST
from streams.testing.callers import answering

CHUNK: Final = 1 << 16
CHUNKS: Final = 256  # on their way in one connection, so that a reader that stands still holds its writer up


class Proxy:
    """Passes every connection to its port on to another one; a context manager.

    `delay_sec` holds back each piece of what comes from the target by so much, without making the pieces fewer: all
    acknowledgements are late, and the throughput stays. `cut` ends all connections and refuses new ones until `mend`.
    """

    def __init__(self, port: int, target: int) -> None:
        """Prepare to listen on a loopback port and connect to another."""
        self.port = port
        self.delay_sec = 0.0
        self._target = target
        self._is_cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    @property
    def address(self) -> str:
        """What clients connect to."""
        return f"{HOST}:{self.port}"

    def cut(self) -> None:
        """Break every connection, and each new one."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._break_all)

    def mend(self) -> None:
        """Let connections through again, without delay."""
        self._is_cut, self.delay_sec = False, 0.0

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Break every connection and end."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        async with answering(self._serve, self.port):
            self._listening.set()
            await self._over.wait()

    def _break_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                if not self._is_cut:
                    far_in, far_out = await asyncio.open_connection(HOST, self._target)
                    await self._pass_on(near_in, near_out, far_in, far_out)
        finally:
            near_out.transport.abort()

    async def _pass_on(
        self,
        near_in: asyncio.StreamReader,
        near_out: asyncio.StreamWriter,
        far_in: asyncio.StreamReader,
        far_out: asyncio.StreamWriter,
    ) -> None:
        """Pass on in both directions until either side ends."""
        both = {near_out, far_out}
        self._open |= both
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS)
        ways = [
            asyncio.ensure_future(way)
            for way in (_pump(near_in, far_out), self._hold(far_in, late), _let(late, near_out))
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open -= both
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            far_out.transport.abort()

    async def _hold(self, reader: asyncio.StreamReader, late: "asyncio.Queue[tuple[float, bytes]]") -> None:
        while data := await reader.read(CHUNK):
            await late.put((self._loop.time() + self.delay_sec, data))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()


async def _let(late: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
    while True:
        due, data = await late.get()
        await asyncio.sleep(due - asyncio.get_running_loop().time())
        writer.write(data)
        await writer.drain()
