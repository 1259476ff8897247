"""A progress bar for the one download, on the terminal only: the standard output stays clean for programs."""

from collections.abc import Iterator
from contextlib import contextmanager

from streams.broker.packages import Progress


@contextmanager
def download_progress(what: str = "downloading Apache Kafka (once)") -> Iterator[Progress]:
    """Give a callback that draws the bar; nothing is drawn when there is nothing to download."""
    from rich.console import Console  # noqa: PLC0415 - only when a broker starts
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bar  # noqa: PLC0415

    bar = Bar(
        TextColumn(what),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = None

    def draw(there: int, total: int) -> None:
        nonlocal task
        if task is None:
            bar.start()
            task = bar.add_task(what, total=total)
        bar.update(task, completed=there)
        if there == total:
            bar.stop()

    try:
        yield draw
    finally:
        bar.stop()
