"""An upload: a file of touchpoints on its way in, and what became of its lines."""

from enum import StrEnum
from typing import Final

import msgspec

from streams.gateway.outcome import Refused
from streams.telemetry.trace_context import TraceContext

MOST_FLAWS: Final = 100  # that are listed; the others are only counted


class Form(StrEnum):
    """What the lines of a file are; the value is its media type."""

    CSV = "text/csv"
    LINES = "application/x-ndjson"


class State(StrEnum):
    """How far it is."""

    RECEIVING = "receiving"
    WORKING = "working"  # all of it is here
    DONE = "done"
    ENDED = "ended"  # its key was revoked before every line was worked through


OVER: Final = frozenset({State.DONE, State.ENDED})


class Flaw(msgspec.Struct, frozen=True):
    """A line that was refused. `line` counts from 1, the head of a CSV file included."""

    line: int
    refused: Refused


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """One file. Sizes are bytes, times ms; `worked` and `lines` say how far it has been worked through."""

    id: str
    key_id: str
    form: Form
    size: int
    created_at: int
    provider: str = ""  # whose form the lines have; empty: touchpoints in our own
    state: State = State.RECEIVING
    worked: int = 0
    lines: int = 0
    accepted: int = 0
    ignored: int = 0
    refused: int = 0
    flaws: tuple[Flaw, ...] = ()
    trace: TraceContext | None = None  # that it began in, under which its portions go on
