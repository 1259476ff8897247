"""Log lines on standard error, for people or as one JSON object a line; quiet unless something needs a person.

Our own code logs through the standard library under `touchpoint.*`. The libraries below speak up for errors only, since
they log whole records and retry by themselves.
"""

import logging
import sys
from functools import partial
from typing import Final, TextIO

import structlog

from streams.telemetry.suppression import Suppression

OURS: Final = "touchpoint"
LIBRARIES: Final = (
    "aiohttp",
    "aiokafka",
    "asyncio",
    "faust",
    "mode",
    "streams",
)  # Faust's services log under our modules

# Without the values of variables, which may be a customer's.
_TRACEBACKS: Final = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
_SHARED: Final[tuple[structlog.typing.Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def configure_logs(level: str = "info", *, as_json: bool = False, stream: TextIO | None = None) -> None:
    """Set up logging for the whole process; the last call wins.

    `level` is for our own lines. At debug the libraries tell everything too; else a burst of one line is a few lines
    and a count.
    """
    output = stream or sys.stderr
    renderers: tuple[structlog.typing.Processor, ...] = (
        (_TRACEBACKS, structlog.processors.JSONRenderer())
        if as_json
        else (structlog.processors.format_exc_info, _as_line)
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    if level != "debug":
        handler.addFilter(Suppression(partial(_emit, handler)))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(OURS).setLevel(level.upper())
    for library in LIBRARIES:
        logging.getLogger(library).setLevel(logging.DEBUG if level == "debug" else logging.ERROR)


def _emit(handler: logging.Handler, record: logging.LogRecord) -> None:
    """Write a line past the filters, in turn with those of other threads."""
    handler.acquire()
    try:
        handler.emit(record)
    finally:
        handler.release()


def _as_line(_: object, __: str, event: structlog.typing.EventDict) -> str:
    """Write `time LEVEL logger: message key=value`, a traceback below."""
    head = f"{event.pop('timestamp')} {event.pop('level').upper()} {event.pop('logger')}: {event.pop('event')}"
    traceback = event.pop("exception", "")
    fields = "".join(f" {name}={value!r}" for name, value in event.items())
    return f"{head}{fields}" + (f"\n{traceback}" if traceback else "")
