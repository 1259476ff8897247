"""A picture of a dashboard: every panel in its place, drawn from what its queries gave."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from PIL import Image

from tests.deploy.dashboards.asked import Series
from tests.deploy.dashboards.shipped import Dashboard, Panel
from tests.deploy.dashboards.spoken import spoken

Answers = Mapping[int, Sequence[Series]]  # by the id of the panel

COLUMNS: Final = 24
WIDTH_IN: Final = 15.0
UNIT_IN: Final = 0.34  # of the grid's rows
TOP_IN: Final = 0.6
DPI: Final = 100
PAGE, CARD, INK, FAINT, GRID = "#111217", "#181b1f", "#d8d9da", "#8e9299", "#2c3037"
COLOURS: Final = {"green": "#73bf69", "yellow": "#f2cc0c", "red": "#f2495c", "blue": "#5794f2"}
LINES: Final = (
    "#73bf69",
    "#f2cc0c",
    "#5794f2",
    "#ff9830",
    "#f2495c",
    "#b877d9",
    "#8ab8ff",
    "#c0d8ff",
    "#fade2a",
    "#96d98d",
)
PALETTE: Final = 128  # colours of the file
LETTER_IN: Final = 0.075  # how wide a letter is, about
SHORT: Final = 36  # letters of a name in a legend
_GAP_IN: Final = 0.06
_HEAD_IN: Final = 0.3


def draw(board: Dashboard, answers: Answers, path: Path) -> None:
    """Write the picture as a small PNG."""
    rows = max(raw["gridPos"]["y"] + raw["gridPos"]["h"] for raw in board.raw["panels"])
    height = TOP_IN + rows * UNIT_IN
    with mpl.rc_context({"font.size": 8, "text.color": INK, "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(WIDTH_IN, height), dpi=DPI, facecolor=PAGE)
        figure.text(0.012, 1 - 0.3 / height, board.raw["title"], fontsize=15, weight="bold", va="center")
        figure.text(0.988, 1 - 0.3 / height, board.raw["description"], fontsize=9, color=FAINT, va="center", ha="right")
        for raw in board.raw["panels"]:
            place = raw["gridPos"]
            if raw["type"] == "row":
                y = 1 - (TOP_IN + (place["y"] + 0.55) * UNIT_IN) / height
                figure.text(0.012, y, raw["title"], fontsize=11, weight="bold", va="center")
                continue
            box = _box(place, height)
            _card(figure, box, raw["title"], height)
            panel = Panel(board.uid, raw["title"], raw)
            _DRAWN[raw["type"]](figure, _inside(box, height), panel, answers[raw["id"]])
        times = [when for shown in answers.values() for one in shown for when, _ in one.points]
        for axes in figure.axes:
            if axes.axison:
                axes.set_xlim(min(times), max(times))
                axes.set_xticks(np.linspace(min(times), max(times), 9)[1::2])
        figure.savefig(path, dpi=DPI, facecolor=PAGE)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(PALETTE).save(path, optimize=True)


Box = tuple[float, float, float, float]


def _box(place: Mapping[str, int], height: float) -> Box:
    """Return the place of a panel in shares of the picture: left, bottom, width, height."""
    across, down = WIDTH_IN / COLUMNS, UNIT_IN
    left, top = place["x"] * across + _GAP_IN, TOP_IN + place["y"] * down + _GAP_IN
    wide, high = place["w"] * across - 2 * _GAP_IN, place["h"] * down - 2 * _GAP_IN
    return left / WIDTH_IN, 1 - (top + high) / height, wide / WIDTH_IN, high / height


def _card(figure: Figure, box: Box, title: str, height: float) -> None:
    left, bottom, wide, high = box
    card = FancyBboxPatch(
        (left, bottom),
        wide,
        high,
        transform=figure.transFigure,
        facecolor=CARD,
        edgecolor=GRID,
        boxstyle="round,pad=0,rounding_size=0.002",
        mutation_aspect=WIDTH_IN / height,
        zorder=-1,  # behind the axes
    )
    figure.patches.append(card)
    figure.text(left + 0.006, bottom + high - 0.17 / height, title, fontsize=8.5, weight="bold", va="center")


def _inside(box: Box, height: float) -> Box:
    left, bottom, wide, high = box
    return left + 0.004, bottom + 0.08 / height, wide - 0.008, high - (_HEAD_IN + 0.1) / height


def _colour(panel: Panel, value: float) -> str:
    """Return the colour of the panel, or of the last threshold that a value reaches."""
    chosen = panel.defaults.get("color", {})
    if chosen.get("mode") == "fixed":
        return COLOURS[chosen["fixedColor"]]
    steps = panel.defaults["thresholds"]["steps"]
    reached = [step["color"] for step in steps if step["value"] is None or value >= step["value"]]
    return COLOURS[reached[-1]]


def _said(panel: Panel, value: float) -> str:
    return spoken(value, panel.defaults["unit"], panel.defaults.get("decimals"))


def _bare(figure: Figure, box: Box) -> Axes:
    axes = figure.add_axes(box)
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    return axes


def _number(figure: Figure, box: Box, panel: Panel, answers: Sequence[Series]) -> None:
    """One tile for each series."""
    axes, count = _bare(figure, box), max(1, len(answers))
    is_coloured = panel.raw["options"]["colorMode"] == "value"
    letters = max((len(series.name) for series in answers), default=0)
    across = count == 1 or box[2] * WIDTH_IN > count * max(1.0, letters * LETTER_IN)
    for place, series in enumerate(answers):
        middle, size = (place + 0.5) / count, 21 if count < 4 else 17
        x, y = (middle, 0.45) if across else (0.72, 1 - middle)
        colour = _colour(panel, series.last) if is_coloured else INK
        axes.text(x, y, _said(panel, series.last), fontsize=size, color=colour, ha="center", va="center", weight="bold")
        if series.name:
            x, y, align = (middle, 0.82, "center") if across else (0.02, 1 - middle, "left")
            axes.text(x, y, series.name, fontsize=8, color=FAINT, ha=align, va="center")


def _bars(figure: Figure, box: Box, panel: Panel, answers: Sequence[Series]) -> None:
    """One bar for each series: its name, its length, its number."""
    axes, count = _bare(figure, box), max(5, len(answers))
    most = max((abs(series.last) for series in answers), default=0) or 1.0
    wide = box[2] * WIDTH_IN
    begins = min(0.6, 0.03 + LETTER_IN * max((len(one.name) for one in answers), default=0) / wide)
    letters = int(begins * wide / LETTER_IN)
    room = 1 - begins - min(0.3, 0.75 / wide)
    for place, series in enumerate(answers):
        y, long = 1 - (place + 0.5) / count, max(0.004, room * abs(series.last) / most)
        axes.add_patch(Rectangle((begins, y - 0.32 / count), long, 0.64 / count, color=_colour(panel, series.last)))
        axes.text(begins - 0.01, y, _short(series.name, letters), ha="right", va="center", color=INK)
        axes.text(begins + long + 0.01, y, _said(panel, series.last), ha="left", va="center", color=INK, weight="bold")


def _states(figure: Figure, box: Box, panel: Panel, answers: Sequence[Series]) -> None:
    """One band for each series, green while it is 1."""
    axes, count = _bare(figure, box), max(1, len(answers))
    for place, series in enumerate(sorted(answers, key=lambda one: one.name)):
        y, points = 1 - (place + 0.5) / count, series.points
        axes.text(0, y, series.name.split()[0], ha="left", va="center", color=INK)
        for number, (_, value) in enumerate(points):
            x = 0.13 + 0.87 * number / len(points)
            axes.add_patch(
                Rectangle(
                    (x, y - 0.3 / count), 0.88 / len(points), 0.6 / count, color=COLOURS["green" if value else "red"]
                )
            )


def _trend(figure: Figure, box: Box, panel: Panel, answers: Sequence[Series]) -> None:
    """Lines over time, or areas that add up, with a legend of names and last values."""
    left, bottom, wide, high = box
    legend = min(0.45, 0.17 * -(-min(len(answers), 12) // _beside(box)) * 0.5 / UNIT_IN / 5)
    axes = figure.add_axes((left + 0.032, bottom + high * (legend + 0.1), wide - 0.036, high * (0.87 - legend)))
    axes.set_facecolor(CARD)
    axes.grid(color=GRID, linewidth=0.6)
    axes.tick_params(colors=FAINT, length=0, labelsize=7)
    axes.spines[:].set_visible(False)
    custom: Mapping[str, Any] = panel.defaults.get("custom", {})
    lines = [(series, colour) for series, colour in zip(answers, cycle(LINES), strict=False)]
    if custom.get("stacking", {}).get("mode") == "normal":
        _stack(axes, lines)
    else:
        for series, colour in lines:
            times, values = zip(*series.points, strict=True)
            axes.plot(times, values, color=colour, linewidth=1.2)
            axes.fill_between(times, values, color=colour, alpha=0.08)
    if "thresholdsStyle" in custom:
        for step in panel.defaults["thresholds"]["steps"][1:]:
            axes.axhline(step["value"], color=COLOURS[step["color"]], linestyle="--", linewidth=0.9)
    low, top = axes.get_ylim()
    if panel.defaults.get("min") == 0:
        low, top = 0, top if any(series.most for series in answers) else 1
    axes.set_ylim(low, panel.defaults.get("max") or top)
    axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4))
    axes.yaxis.set_major_formatter(lambda value, _: spoken(value, panel.defaults["unit"]))
    axes.xaxis.set_major_formatter(lambda value, _: datetime.fromtimestamp(value, UTC).strftime("%H:%M:%S"))
    _legend(figure, (left, bottom, wide, high * legend), panel, lines)


def _stack(axes: Axes, lines: Sequence[tuple[Series, str]]) -> None:
    times = sorted({when for series, _ in lines for when, _ in series.points})
    below = np.zeros(len(times))
    for series, colour in lines:
        values = dict(series.points)
        above = below + np.array([values.get(when, 0.0) for when in times])
        axes.fill_between(times, below, above, color=colour, alpha=0.4, linewidth=0)
        axes.plot(times, above, color=colour, linewidth=1)
        below = above


def _beside(box: Box) -> int:
    """Return how many entries of a legend have room beside each other."""
    return max(1, int(box[2] * WIDTH_IN / 2.4))


def _legend(figure: Figure, box: Box, panel: Panel, lines: Sequence[tuple[Series, str]]) -> None:
    axes, beside = _bare(figure, box), _beside(box)
    high = -(-min(len(lines), 12) // beside)
    for number, (series, colour) in enumerate(lines[:12]):
        x, y = number % beside / beside, 1 - (number // beside + 0.5) / high
        axes.text(x, y, "━ ", color=colour, va="center", fontsize=7)
        axes.text(
            x + 0.2 / (box[2] * WIDTH_IN),
            y,
            f"{_short(series.name)}  {_said(panel, series.last)}",
            va="center",
            fontsize=7,
        )


def _short(name: str, letters: int = SHORT) -> str:
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


_DRAWN: Final[Mapping[str, Callable[[Figure, Box, Panel, Sequence[Series]], None]]] = {
    "stat": _number,
    "bargauge": _bars,
    "state-timeline": _states,
    "timeseries": _trend,
}
