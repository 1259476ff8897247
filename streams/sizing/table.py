"""Plans side by side as a table, for people and for the documentation."""

from collections.abc import Callable, Sequence
from typing import Final

from streams.sizing.figures import GIB
from streams.sizing.plan import Plan

_TIB: Final = 1 << 40
_LONG_SEC: Final = 120
ROWS: Final[tuple[tuple[str, Callable[[Plan], str]], ...]] = (
    ("touchpoints/s at the peak", lambda plan: f"{plan.load.touchpoints_per_sec:,.0f}"),
    ("journeys", lambda plan: f"{plan.load.journeys:,}"),
    ("deployments", lambda plan: f"{plan.deployments:,}"),
    ("workers, of each", lambda plan: f"{plan.workers:,}"),
    ("partitions, of each", lambda plan: f"{plan.partitions:,}"),
    ("gateways, of each", lambda plan: f"{plan.gateways:,}"),
    ("memory of a worker", lambda plan: f"{plan.worker_bytes / GIB:,.0f} GiB"),
    ("busiest worker with one gone", lambda plan: f"{plan.busiest_share:.0%}"),
    ("restart of a worker until ready", lambda plan: _seconds(plan.restart_sec)),
    ("a worker dies: its partitions fold again after", lambda plan: _seconds(plan.failover_sec)),
    ("and have caught up after another", lambda plan: _seconds(plan.drain_sec)),
    ("changelog on disk, with copies", lambda plan: _bytes(plan.changelog_bytes)),
    ("touchpoints on disk, with copies", lambda plan: _bytes(plan.touchpoint_bytes)),
    ("brokers", lambda plan: f"{plan.brokers:,}"),
)


def table(plans: Sequence[Plan]) -> list[str]:
    """Return the lines of a Markdown table, one column a plan."""
    cells = [[name, *(show(plan) for plan in plans)] for name, show in ROWS]
    widths = [max(len(row[column]) for row in cells) for column in range(len(plans) + 1)]
    rule = [f"{'-' * widths[0]}", *(f"{'-' * (width - 1)}:" for width in widths[1:])]
    return [_line(row, widths) for row in (cells[0], rule, *cells[1:])]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = row
    numbers = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
    return f"| {first.ljust(widths[0])} | {' | '.join(numbers)} |"


def _seconds(value: float) -> str:
    return f"{value:,.0f} s" if value < _LONG_SEC else f"{value / 60:,.0f} min"


def _bytes(value: float) -> str:
    return f"{value / GIB:,.0f} GiB" if value < _TIB else f"{value / _TIB:,.1f} TiB"
