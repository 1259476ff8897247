"""A small desk for tests: receivers, channels that are told what to say, and a clock moved by hand."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from streams.desk.notify import queue
from streams.desk.notify.channel import Failed, Reason, Receipt, Sent
from streams.desk.notify.channels import Address, Channels
from streams.desk.notify.delivery import Policy
from streams.desk.notify.notice import Kind, Notice
from streams.desk.notify.receiver import ChannelSpec, Receiver
from streams.desk.notify.sender import Sender
from streams.desk.notify.web import Web
from streams.desk.store.database import Database
from streams.telemetry.trace_context import TraceContext, current
from streams.telemetry.tracing import Span
from streams.testing.patience import PATIENCE_SEC
from tests.unit.desk.notify.notices import NOON

RECEIVERS: Final = {
    "store-team": Receiver("store-team", (ChannelSpec("slack"),), "night"),
    "night": Receiver("night", (ChannelSpec("pagerduty"),), "boss"),
    "boss": Receiver("boss", (ChannelSpec("mail"),)),
}
BUSY: Final = Failed(Reason.SERVER, retry=True)
REFUSED: Final = Failed(Reason.REFUSED, retry=False)
TAKEN: Final = Sent(Receipt({"ts": "1.1"}))


async def until(is_so: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait until something that runs beside the test has happened."""
    async with asyncio.timeout(PATIENCE_SEC):
        while True:
            answer = is_so()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.01)


class Mouth:
    """A channel that keeps what it hears; `says` goes first, then it takes everything."""

    def __init__(self, *says: Sent | Failed | Exception) -> None:
        self.says = deque(says)
        self.always: Sent | Failed = TAKEN
        self.heard: list[tuple[Notice, Receipt | None]] = []
        self.traces: list[TraceContext | None] = []

    @property
    def kinds(self) -> list[Kind]:
        """Return the kinds of what it heard."""
        return [notice.kind for notice, _ in self.heard]

    async def send(self, notice: Notice, earlier: Receipt | None) -> Sent | Failed:
        """Keep it, and say what comes next."""
        self.heard.append((notice, earlier))
        self.traces.append(current.get())
        outcome = self.says.popleft() if self.says else self.always
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Own nothing."""


class Heard:
    """What the metrics heard."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str]] = []
        self.firsts: list[int] = []

    def first_told(self, after_ms: int) -> None:
        """Keep it."""
        self.firsts.append(after_ms)

    def notification_sent(self, channel: str, kind: Kind) -> None:
        """Keep it."""
        self.lines.append(("sent", channel, kind))

    def notification_failed(self, channel: str, reason: Reason) -> None:
        """Keep it."""
        self.lines.append(("failed", channel, reason))

    def notification_fell_back(self, channel: str, reason: Reason) -> None:
        """Keep it."""
        self.lines.append(("fell back", channel, reason))

    def notification_lost(self, channel: str, reason: Reason) -> None:
        """Keep it."""
        self.lines.append(("lost", channel, reason))


class Desk:
    """One desk on a database."""

    def __init__(
        self, database: Database, mouths: Mapping[Address, Mouth], receivers: Mapping[str, Receiver] = RECEIVERS
    ) -> None:
        self.database = database
        self.receivers = receivers
        self.now = NOON
        self.events = Heard()
        self.spans: list[tuple[str, int]] = []
        self.sender = Sender(
            database,
            receivers,
            Channels(mouths, Web()),
            self.events,
            now=lambda: self.now,
            policy=Policy(),
            draw=lambda: 1.0,
            trace=self._trace,
        )

    def _trace(self, notice: Notice, channel: str, attempt: int) -> Span:
        self.spans.append((channel, attempt))
        return Span(TraceContext("1" * 32, f"{len(self.spans):016x}"))

    async def owe(self, *notices: Notice) -> None:
        """Owe these notices."""
        async with self.database.write() as connection:
            await queue.enqueue(connection, self.receivers, notices, self.now)

    async def send(self, forward_sec: float = 0.0) -> int:
        """Let time pass, send what is due until nothing is, and return how many attempts that took."""
        self.now += round(forward_sec * 1000)
        attempts = 0
        while started := await self.sender.step():
            await self.sender.drain()
            attempts += started
        return attempts

    async def log(self) -> list[str]:
        """Return the log of the case, oldest first, as `channel kind attempt result reason`."""
        async with self.database.read() as connection:
            lines = await queue.said(connection, "0a")
        return [f"{x.channel} {x.kind} {x.attempt} {x.result} {x.reason}".strip() for x in reversed(lines)]
