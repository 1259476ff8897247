"""Durations as people write them: `90s`, `10m`, `72h`, `3d`, `1h30m`."""

import re
from typing import Final

UNITS_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
LONGEST_MS: Final = 3_660 * UNITS_MS["d"]  # ten years: whatever is longer is a slip of the pen
_SHAPE: Final = re.compile(r"(?:[0-9]{1,12}(?:ms|[smhdw]))+")
_PART: Final = re.compile(r"([0-9]+)(ms|[smhdw])")


def parse(text: str) -> int | None:
    """Return the milliseconds that `text` says, None when it is not a duration or longer than LONGEST_MS."""
    if not _SHAPE.fullmatch(text):
        return None
    total = sum(int(amount) * UNITS_MS[unit] for amount, unit in _PART.findall(text))
    return total if total <= LONGEST_MS else None


def show(duration_ms: int) -> str:
    """Return the shortest way to write a duration, the inverse of `parse`: `1h30m`."""
    if not duration_ms:
        return "0m"
    parts = []
    for unit, size in reversed(UNITS_MS.items()):
        if unit == "w":
            continue  # `14d` reads better than `2w`
        amount, duration_ms = divmod(duration_ms, size)
        parts.append(f"{amount}{unit}" if amount else "")
    return "".join(parts)
