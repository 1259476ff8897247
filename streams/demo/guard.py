"""Ends the demo's processes when the demo itself is gone and could not: killed, or its terminal torn away.

Runs as a process of its own and imports nothing but the standard library. It reads the process groups to look after
from its standard input, one a line, which ends when the demo does, however it ends. Groups that have ended by then are
passed over: the demo never lets one go without having waited for it, and says so with a minus in front.
"""

import os
import signal
import sys
import time

GRACE_SEC = 8.0
POLL_SEC = 0.05


def main() -> None:
    """Read until the end, then end what is left: nicely first, by force after the grace."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line)
        if group > 0:
            groups.add(group)
        else:
            groups.discard(-group)
    _end(groups)


def _end(groups: set[int]) -> None:
    _signal(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SEC
    while any(map(_lives, groups)) and time.monotonic() < deadline:
        time.sleep(POLL_SEC)
    _signal(groups, signal.SIGKILL)


def _signal(groups: set[int], number: signal.Signals) -> None:
    for group in groups:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            continue


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
