"""A verb of the command line beside a secure broker, run to its end."""

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

PATIENCE_SEC: Final = 180.0  # of a machine that has much else to do


def verb(told: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it as who the environment says; raises subprocess.TimeoutExpired for one that does not end."""
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", *arguments],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SEC,
    )
