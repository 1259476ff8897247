"""Types and tests as `make test` runs them, in lanes beside each other: `python -m tests.lanes`.

What uses a broker or a browser mostly waits, so it costs little to do it at the same time; the rest is for as many
cores as a small machine has. A lane is a few folders, and a new one is a line in `PARTS`. The lane of the code prints
as it goes; what the others say comes whole after it, and what failed in which lane comes last, and short.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

ROOT: Final = Path(__file__).parents[1]
POLL_SEC: Final = 0.5
TELL_SEC: Final = 60.0
SHOWN: Final = "code"
PARTS: Final[Mapping[str, Sequence[str]]] = {
    "worker": ("tests/kafka/lane",),
    "system": ("tests/kafka",),
    "deployment": ("tests/deploy", "tests/browser"),
    "laws": ("tests/property", "tests/simulation", "tests/contract/test_compiled.py"),
    SHOWN: ("tests",),  # what no other lane has
}


def command(parts: Sequence[str]) -> Sequence[str]:
    """Return the pytest of a lane; what lies below its folders and is another lane's is left out."""
    others = {other for each in PARTS.values() for other in each if other.startswith(tuple(f"{one}/" for one in parts))}
    return "pytest", *parts, *(f"--ignore={other}" for other in sorted(others))


LANES: Final[Mapping[str, Sequence[str]]] = {name: command(parts) for name, parts in PARTS.items()} | {
    "types": ("mypy",)
}
YIELDING: Final = {"laws": 5, "types": 5, SHOWN: 5}  # how nice they are to those that are about what happens in time
_PROGRESS: Final = re.compile(r"\[ *(\d+%)\]")
_LAST: Final = re.compile(r"^=+ (?:\d+ \w+, )*\d+ \w+ in .*$", re.MULTILINE)
_WRONG: Final = re.compile(r"^(?:(?:FAILED|ERROR) |\S+: error: ).*$", re.MULTILINE)


class Lane:
    """One program, which runs from the beginning of this object, and what it has said."""

    def __init__(self, name: str, program: Sequence[str | Path], log: Path, yields: int = 0) -> None:
        self.name = name
        self._log = log
        self._began = self._ended = time.monotonic()
        self._read = 0
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                program,
                cwd=ROOT,
                env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""},  # or each of hundreds of processes would compile us
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        os.setpriority(os.PRIO_PROCESS, self._process.pid, yields)

    @property
    def said(self) -> str:
        """All of it."""
        return self._log.read_text(errors="replace")

    @property
    def more(self) -> str:
        """What was not asked for yet."""
        before, said = self._read, self.said
        self._read = len(said)
        return said[before:]

    @property
    def progress(self) -> str:
        """How far it is."""
        return f"{self.name} {(_PROGRESS.findall(self.said) or ['0%'])[-1]}"

    def is_over(self) -> bool:
        """Tell whether it has ended."""
        if self._process.poll() is None:
            self._ended = time.monotonic()
            return False
        return True

    def wait(self) -> int:
        """Return its exit code once it has ended."""
        return self._process.wait()

    def summary(self) -> str:
        """Return how it ended, and what failed, in a few lines."""
        last = (_LAST.findall(self.said) or self.said.strip().splitlines() or [""])[-1].strip("= ")
        head = f"{self.name:<12} {self._ended - self._began:>5.0f} s  code {self.wait()}  {last}"
        return "\n  ".join([head, *(_WRONG.findall(self.said) if self.wait() else ())])


def run(lanes: Sequence[Lane], shown: str) -> bool:
    """Follow lanes to their end and say what they say; tell whether all ended well."""
    told = time.monotonic()
    (loud,) = [lane for lane in lanes if lane.name == shown]
    quiet = [lane for lane in lanes if lane is not loud]
    while not all([lane.is_over() for lane in lanes]):  # noqa: C419 - each is asked
        click.echo(loud.more, nl=False)
        if time.monotonic() - told > TELL_SEC:
            told = time.monotonic()
            if running := [lane.progress for lane in quiet if not lane.is_over()]:
                click.echo(f"\n({', '.join(running)})")
        time.sleep(POLL_SEC)
    click.echo(loud.more)
    for lane in quiet:
        click.echo(f"\n{f' {lane.name} ':#^100}\n{lane.said}")
    click.echo("\n".join([f"\n{' in short ':#^100}", *(lane.summary() for lane in lanes)]))
    return not any(lane.wait() for lane in lanes)


def main() -> int:
    """Run all lanes; the exit code is 0 when all ended well."""
    with tempfile.TemporaryDirectory(prefix="lanes-") as folder:
        lanes = [
            Lane(name, [sys.executable, "-m", *program], Path(folder) / name, YIELDING.get(name, 0))
            for name, program in LANES.items()
        ]
        try:
            return not run(lanes, SHOWN)
        finally:
            for lane in lanes:  # Ctrl-C reaches them, too, and they have brokers to end
                lane.wait()


if __name__ == "__main__":
    sys.exit(main())
