"""What is done once per machine, drawn on the terminal: the standard output stays clean for programs."""

from collections.abc import Iterator
from contextlib import contextmanager

from streams.broker.packages import Progress


@contextmanager
def once_progress() -> Iterator[Progress]:
    """Give a callback for EmbeddedKafka that draws a bar per step; nothing is drawn when nothing needs to be done."""
    from rich import progress as bars  # noqa: PLC0415 - only when a broker starts
    from rich.console import Console  # noqa: PLC0415

    columns = (
        bars.TextColumn("{task.description} (once)"),
        bars.BarColumn(),
        bars.TaskProgressColumn(),
        bars.TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    bar = bars.Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    tasks: dict[str, bars.TaskID] = {}

    def draw(what: str, done: int, total: int) -> None:
        bar.start()
        if what not in tasks:
            for earlier in tasks.values():
                bar.update(earlier, visible=False)
            tasks[what] = bar.add_task(what, total=total or None)
        bar.update(tasks[what], completed=done)

    try:
        yield draw
    finally:
        if tasks:
            bar.stop()
