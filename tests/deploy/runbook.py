"""Runs the steps of deploy/RUNBOOKS.md as they stand there, in one shell."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple, Self

DOCUMENT: Final = Path(__file__).parents[2] / "deploy" / "RUNBOOKS.md"
_MARK: Final = "step-is-over"
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING: Final = re.compile(r"^###? (.+)$", re.MULTILINE)


class Step(NamedTuple):
    """One command, and the lines that it must say; `…` stands for anything."""

    command: str
    says: tuple[str, ...]


def sections(text: str) -> dict[str, str]:
    """Return the text below each heading."""
    parts = _HEADING.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def steps(heading: str, block: int = -1) -> list[Step]:
    """Return the steps of a runbook's block, the last one if not said otherwise."""
    blocks = [body for kind, body in _BLOCK.findall(sections(DOCUMENT.read_text())[heading]) if kind == "console"]
    found: list[Step] = []
    for line in blocks[block].splitlines():
        if line.startswith("$ "):
            found.append(Step(line[2:], ()))
        else:
            found[-1] = Step(found[-1].command, (*found[-1].says, line))
    return found


def words() -> str:
    """Return the words that all runbooks use."""
    (found,) = [body for kind, body in _BLOCK.findall(DOCUMENT.read_text()) if kind == "bash"]
    return str(found)


class Shell:
    """A bash that knows the words; what it has started is gone at the end."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        tool = folder / "touchpoint"
        tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m streams.cli "$@"\n')
        tool.chmod(0o700)
        self._folder = folder
        known = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(DOCUMENT.parents[1])}
        self._bash = subprocess.Popen(
            ["/bin/bash"], cwd=folder, env={**known, **environ}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._write(words())

    def run(self, step: Step, code: int = 0) -> list[str]:
        """Run a step and return what it says; an AssertionError tells what differs from the runbook."""
        self._write(f"{step.command}\ncode=$?; echo; echo {_MARK} $code\n")
        said: list[str] = []
        assert self._bash.stdout is not None
        for line in self._bash.stdout:
            if line.startswith(_MARK):
                assert int(line.split()[1]) == code, f"{step.command} ended with {line.split()[1]}:\n{''.join(said)}"
                break
            said.append(line)
        lines = [line.rstrip("\n") for line in said if line.strip()]
        rest = iter(lines)
        for wanted in step.says:
            pattern = ".*".join(map(re.escape, wanted.split("…")))
            assert any(re.fullmatch(pattern, line) for line in rest), f"{step.command}: no `{wanted}` in {lines}"
        return lines

    def follow(self, heading: str, block: int = -1, codes: Mapping[str, int] | None = None) -> None:
        """Run all steps of a runbook; `codes` names those that end with another code than 0."""
        for step in steps(heading, block):
            self.run(step, (codes or {}).get(step.command, 0))

    def pid(self, name: str) -> int:
        """Return the process that was started under this name last."""
        return int((self._folder / f"{name}.pid").read_text())

    def _write(self, text: str) -> None:
        assert self._bash.stdin is not None
        self._bash.stdin.write(text)
        self._bash.stdin.flush()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End everything that was started here."""
        for file in self._folder.glob("*.pid"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(file.read_text()), signal.SIGKILL)
        self._bash.kill()
        self._bash.communicate()
