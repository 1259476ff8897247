"""What the verbs that speak to Kafka share: their options, and a run without the client's own log."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from streams.cli.options import PathType, option
from streams.settings.settings import Settings

_Result = TypeVar("_Result")
_Command = TypeVar("_Command", bound=Callable[..., Any])

DEFAULTS: Final = Settings()


def bootstrap_servers(command: _Command) -> _Command:
    """Add `--bootstrap-servers`."""
    return option("bootstrap_servers")(command)


def registry_url(command: _Command) -> _Command:
    """Add `--schema-registry-url`."""
    return option("schema_registry_url")(command)


def vocabulary(command: _Command) -> _Command:
    """Add `--vocabulary`, which gives a tuple of paths."""
    return option("vocabulary", type=PathType(path_type=Path))(command)


def as_json(command: _Command) -> _Command:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print for a program.")(command)


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Run to the end. What the Kafka client logs, it also raises, and we say it once and in our own words."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
    return asyncio.run(main)
