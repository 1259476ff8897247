"""A progress bar on standard error, only where a person looks at it."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

T = TypeVar("T")
_EVERY = 1000  # items between two updates; drawing costs more than making a touchpoint


def shown(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yield `items` unchanged while a bar counts them; without `total` it only counts."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        count = 0
        for count, item in enumerate(items, 1):
            if count % _EVERY == 0:
                progress.update(task, completed=count)
            yield item
        progress.update(task, completed=count, total=count)
