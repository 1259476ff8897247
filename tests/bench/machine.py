"""What a figure was measured on: without it a rate means nothing."""

import os
import platform
import re
from pathlib import Path


def summary() -> str:
    """Return processor, cores, memory, system and Python as one line, without names or paths of the machine."""
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    gigabytes = int(memory.group(1)) / 1_048_576 if memory else 0
    return (
        f"{cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} cores, {gigabytes:.0f} GB, "
        f"{platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}"
    )


def slug() -> str:
    """Return a short name for file names."""
    return re.sub(r"[^a-z0-9]+", "-", summary().partition(" GB")[0].lower()).strip("-")
