"""A small real SMTP server for tests: it keeps what it takes, and refuses what it is told to refuse."""

import asyncio
import ssl
from contextlib import AsyncExitStack
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from streams.testing.callers import answering


class SmtpServer:
    """`says` maps the beginning of a command to another reply: `{"RCPT TO:<a@b>": "550 no such user"}`.

    With `tls` it speaks TLS from the first byte, or from STARTTLS on.
    """

    def __init__(
        self, says: dict[str, str] | None = None, tls: ssl.SSLContext | None = None, *, is_late: bool = False
    ) -> None:
        self.says = says or {}
        self.commands: list[str] = []
        self._tls = tls
        self._is_late = is_late
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.port = 0
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Listen."""
        tls = None if self._is_late else self._tls
        self.port = await self._stack.enter_async_context(answering(self._talk, tls=tls))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Stop."""
        await self._stack.aclose()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def reply(text: str) -> None:
            writer.write(f"{text}\r\n".encode())
            await writer.drain()

        recipients: list[str] = []
        await reply(self.says.get("", "220 test"))
        while line := (await reader.readline()).decode().strip():
            upper = line.upper()
            told = next((text for start, text in self.says.items() if start and upper.startswith(start.upper())), None)
            self.commands.append(upper)
            if upper == "STARTTLS" and self._tls is not None:
                await reply("220 go on")
                await writer.start_tls(self._tls)
            elif told is not None:
                await reply(told)
            elif upper.startswith(("EHLO", "HELO")):
                await reply("250 test")
            elif upper.startswith("RCPT TO"):
                recipients.append(line[8:].strip("<>"))
                await reply("250 ok")
            elif upper == "DATA":
                await reply("354 go on")
                await self._take(reader, recipients)
                recipients = []
                await reply("250 taken")
            elif upper == "QUIT":
                await reply("221 bye")
                break
            else:
                await reply("250 ok")

    async def _take(self, reader: asyncio.StreamReader, recipients: list[str]) -> None:
        lines = []
        while (line := await reader.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b"."))
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients.append(recipients)
