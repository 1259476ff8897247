"""Lines of requests, made for little and written together: what is in one names no customer and no address."""

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TextIO

import msgspec

from streams.gateway.api.exchange import Note

MOST_LINES: Final = 512  # that wait; one more, and all are written
MOST_ERRORS: Final = 20  # lines a minute where errors alone have one
LOGGER: Final = "touchpoint.gateway.access"
_MINUTE_MS: Final = 60_000
_FAILED: Final = 500
_REFUSED_KEY: Final = frozenset({401, 403})
_encode: Final = msgspec.json.Encoder().encode


class Which(StrEnum):
    """Which requests have a line."""

    NONE = "none"
    ERRORS = "errors"  # that failed here or came with a wrong key, up to a bound
    ALL = "all"


class _Line(msgspec.Struct, omit_defaults=True):
    """The same names as in every other line of the log; `event` is the way in."""

    timestamp: str
    event: str
    method: str
    status: int
    ms: float
    reason: str
    logger: str
    level: str
    key: str = ""
    bytes: int = 0
    accepted: int = 0
    ignored: int = 0
    refused: int = 0
    left_out: int = 0  # lines above the bound, since the one before


class AccessLog:
    """Collects lines until `flush`, which somebody calls several times a second, and at the end.

    Of errors alone there are `MOST_ERRORS` lines a minute; the next one after that says how many were left out.
    `least` is the level below which nothing is said. What waits when the process is killed is lost; nothing waits
    longer than until the next flush.
    """

    def __init__(
        self,
        now: Callable[[], int],
        *,
        as_json: bool,
        which: Which = Which.ALL,
        least: int = logging.INFO,
        stream: TextIO | None = None,
    ) -> None:
        self._now = now
        self._as_json = as_json
        self._stream = stream
        self._which = which
        self._least = least
        self._waiting: list[bytes] = []
        self._minute, self._said, self._left_out = 0, 0, 0  # of errors

    def note(self, note: Note) -> None:
        """Remember one request, if it is one that has a line."""
        level, now = _level(note.status), self._now()
        if level < self._least or not self._has_line(level, now):
            return
        counts = note.counts
        line = _Line(
            _time(now),
            note.route,
            note.method,
            note.status,
            round(note.seconds * 1000, 3),
            note.reason,
            LOGGER,
            logging.getLevelName(level).lower(),
            note.key_id,
            note.size,
            counts.accepted,
            counts.ignored,
            counts.refused,
            self._left_out,
        )
        self._left_out = 0
        self._waiting.append(_encode(line) if self._as_json else _plain(line))
        if len(self._waiting) >= MOST_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what waits; a log that cannot be written stands in nobody's way."""
        if not self._waiting:
            return
        text = b"\n".join((*self._waiting, b"")).decode()
        self._waiting.clear()
        stream = self._stream or sys.stderr
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError):
            return

    def _has_line(self, level: int, now: int) -> bool:
        if self._which is Which.ALL:
            return True
        if self._which is Which.NONE or level == logging.INFO:
            return False
        if (minute := now // _MINUTE_MS) != self._minute:
            self._minute, self._said = minute, 0
        self._said += 1
        if self._said <= MOST_ERRORS:
            return True
        self._left_out += 1
        return False


def _level(status: int) -> int:
    if status >= _FAILED:
        return logging.ERROR
    return logging.WARNING if status in _REFUSED_KEY else logging.INFO


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def _plain(line: _Line) -> bytes:
    key = f" key={line.key}" if line.key else ""
    left_out = f" left_out={line.left_out}" if line.left_out else ""
    return (
        f"{line.timestamp} {line.level.upper()} {line.logger}: {line.event} method={line.method} status={line.status} "
        f"ms={line.ms} reason={line.reason}{key} bytes={line.bytes} "
        f"accepted={line.accepted} ignored={line.ignored} refused={line.refused}{left_out}"
    ).encode()
