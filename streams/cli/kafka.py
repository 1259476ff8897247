"""What the verbs that speak to Kafka share: their options, and a run without the client's own log."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from streams.settings.settings import Settings

_Result = TypeVar("_Result")
_Command = TypeVar("_Command", bound=Callable[..., Any])

DEFAULTS: Final = Settings()


def bootstrap_servers(command: _Command) -> _Command:
    """Add `--bootstrap-servers`."""
    return click.option(
        "--bootstrap-servers",
        envvar="TOUCHPOINT_BOOTSTRAP_SERVERS",
        default=DEFAULTS.bootstrap_servers,
        show_default=True,
        metavar="HOST:PORT[,...]",
        help="Where Kafka is.",
    )(command)


def registry_url(command: _Command) -> _Command:
    """Add `--schema-registry-url`."""
    return click.option(
        "--schema-registry-url",
        envvar="TOUCHPOINT_SCHEMA_REGISTRY_URL",
        default=DEFAULTS.schema_registry_url,
        metavar="URL",
        help="Any Confluent-compatible API; without one, the shipped schemas are all there is.",
    )(command)


def vocabulary(command: _Command) -> _Command:
    """Add `--vocabulary`, which gives a tuple of paths."""
    return click.option(
        "--vocabulary",
        envvar="TOUCHPOINT_VOCABULARY",
        type=click.Path(path_type=Path),
        multiple=True,
        metavar="PATH",
        help="Your own touchpoint types, over the shipped ones.",
    )(command)


def as_json(command: _Command) -> _Command:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print for a program.")(command)


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Run to the end. What the Kafka client logs, it also raises, and we say it once and in our own words."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL + 1)
    return asyncio.run(main)
