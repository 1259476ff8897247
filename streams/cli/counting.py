"""How far a verb is with what it writes: a bar on standard error, only where a person looks at it."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

T = TypeVar("T")
_EVERY: Final = 1000  # items between two updates; drawing costs more than making a touchpoint


def counted(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yield `items` unchanged while a bar counts them; without `total` it only counts."""
    from rich import progress as bars  # noqa: PLC0415 - only when a verb writes
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (bars.TextColumn("{task.description}"), bars.BarColumn(), bars.MofNCompleteColumn())
    with bars.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        count = 0
        for count, item in enumerate(items, 1):
            if count % _EVERY == 0:
                progress.update(task, completed=count)
            yield item
        progress.update(task, completed=count, total=count)
