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
    tasks: dict[str, bars.TaskID] = {}
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as bar:

        def draw(what: str, done: int, total: int) -> None:
            for other, task in tasks.items():
                if other != what:
                    bar.update(task, visible=False)
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total or None)
            bar.update(tasks[what], completed=done)

        yield draw
