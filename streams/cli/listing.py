"""What `keys list` and `tokens list` print: one line each, or all as JSON."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import click
import msgspec

T = TypeVar("T")


def show(found: Sequence[T], line: Callable[[T], str], what: str, *, as_json: bool) -> None:
    """Print what was found; how many there are goes to standard error, beside lines only."""
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for each in found:
        click.echo(line(each))
    click.echo(f"{len(found)} {what}", err=True)
