"""Numbers as people read them, in the units that panels use."""

from typing import Final

from deploy.grafana.code.unit import Unit

_TIMES: Final = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"))
_SIZES: Final = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_AFTER: Final = {Unit.PER_SECOND: " /s", Unit.REQUESTS: " req/s"}


def spoken(value: float, unit: str, decimals: int | None = None) -> str:
    """Return a number with its unit; without `decimals` it has about three figures."""
    if unit == Unit.SHARE:
        return f"{_figures(value * 100, decimals)}%"
    if unit == Unit.SECONDS:
        return _scaled(value, _TIMES, decimals) or "0 s"
    if unit == Unit.BYTES:
        return _scaled(value, _SIZES, decimals) or f"{_figures(value, decimals)} B"
    return _figures(value, decimals) + _AFTER.get(Unit(unit), "")


def _scaled(value: float, steps: tuple[tuple[float, str], ...], decimals: int | None) -> str:
    """Return the number in the largest step that it reaches, nothing where it reaches none."""
    for step, name in steps:
        if abs(value) >= step:
            return f"{_figures(value / step, decimals)} {name}"
    return ""


def _figures(value: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
