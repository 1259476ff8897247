"""What the doctor finds, on a machine that may be slow: it is right about that, and that is not what is tried."""

import json
import time
from collections.abc import Callable
from typing import Any, Final

SLOW: Final = "see whether the network or the machine is overloaded"
PATIENCE_SEC: Final = 240.0


def findings(ask: Callable[[], str | bytes]) -> list[dict[str, Any]]:
    """Return the findings of `doctor --json`, asked for again as long as one of its looks did not end in time."""
    until = time.monotonic() + PATIENCE_SEC
    while True:
        found: list[dict[str, Any]] = json.loads(ask())["findings"]
        if time.monotonic() > until or not any(one["remedy"] == SLOW for one in found):
            return found
