"""What a person sees of the demo: a line of progress below, alerts above it, a table at the end."""

import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Final

from rich import progress as bars
from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams.alerts.alert import Alert, Status
from streams.broker.packages import Progress
from streams.demo.tally import STATUSES, Summary, Tally

_PLAIN_EVERY_SEC: Final = 5.0  # a line of progress where there is no terminal
_WORDS: Final = "{:,} sent · {:,} journeys · {:,} firing · {:,} recovered · {:,} dead letters"


class Screen:
    """Draws on one console. `lines` puts an alert into words; `once` draws what is done once a machine."""

    def __init__(
        self,
        lines: Callable[[Alert], Iterable[str]],
        once: Callable[[], AbstractContextManager[Progress]],
        *,
        to_error: bool = False,
    ) -> None:
        self.console = Console(stderr=to_error, highlight=False, soft_wrap=True)
        self.once = once
        self._lines = lines
        self._bar: bars.Progress | None = None
        self._is_live = False
        self._drawn_sec = 0.0

    def say(self, text: str) -> None:
        """Print a line as it is."""
        self.console.print(text, markup=False)

    def begin(self, touchpoints: int) -> None:
        """Show from now on how far it is: as a bar where there is a terminal, else as a line now and then."""
        self._is_live = True
        if self.console.is_terminal:
            columns = (
                bars.TextColumn("{task.description}"),
                bars.BarColumn(None),
                bars.TextColumn("{task.fields[words]}"),
            )
            self._bar = bars.Progress(*columns, console=self.console, transient=True, expand=True)
            self._bar.add_task("", total=touchpoints, words="")
            self._bar.start()

    def draw(self, tally: Tally) -> None:
        """Show how far it is, between `begin` and `end`."""
        statuses = tally.statuses()
        counts = (statuses.get(status, 0) for status in (Status.FIRING, Status.RECOVERED))
        words = _WORDS.format(tally.sent, tally.journeys, *counts, tally.dead_letters)
        date = f"{datetime.fromtimestamp(tally.event_ms / 1_000, UTC):%a %d %b %Y %H h}" if tally.event_ms else "..."
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=date, completed=tally.sent, words=words)
        elif self._is_live and tally.event_ms and time.monotonic() - self._drawn_sec > _PLAIN_EVERY_SEC:
            self._drawn_sec = time.monotonic()
            self.say(f"[{date}] {words}")

    def tell(self, alert: Alert) -> None:
        """Print an alert: all of it when it fires, one line when it ends; nothing while it only watches."""
        if alert.status is not Status.WATCHING:
            for number, line in enumerate(self._lines(alert)):
                if number == 0 or alert.status is Status.FIRING:
                    self.console.print(Text.from_ansi(line))

    def end(self) -> None:
        """Take the bar away, and draw no more."""
        self._is_live = False
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def summarise(self, summary: Summary) -> None:
        """Print what came of it all."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in ("moment", "rule"):
            table.add_column(name)
        shown = [status for status in STATUSES if status in summary.statuses]
        for name in ("alerts", *shown):
            table.add_column(str(name), justify="right")
        for rule, count in summary.rules.items():
            cells = (str(count.statuses.get(status, "")) for status in shown)
            table.add_row(count.moment, rule, str(count.alerts), *cells)
        total = (str(summary.statuses[status]) for status in shown)
        table.add_row("", "all", str(summary.alerts), *total, style="bold")
        self.console.print("", table, "", sep="\n")
