"""A Dockerfile as stages of instructions: as much of its syntax as ours uses."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

_ARGUMENT: Final = re.compile(r"\$\{(\w+)\}")


class Instruction(msgspec.Struct, frozen=True):
    """One instruction: its word, and the rest with continued lines put together."""

    word: str
    rest: str

    @property
    def words(self) -> list[str]:
        """The rest as a list: JSON form, or split at blanks."""
        if self.rest.startswith("["):
            found: list[str] = json.loads(self.rest)
            return found
        return self.rest.split()


class Stage(msgspec.Struct, frozen=True):
    """What follows one FROM."""

    base: str
    name: str
    instructions: tuple[Instruction, ...]

    def all(self, word: str) -> list[Instruction]:
        """Return the instructions of one kind."""
        return [each for each in self.instructions if each.word == word]

    def last(self, word: str) -> Instruction | None:
        """Return the one that counts."""
        return next(iter(reversed(self.all(word))), None)


def read(path: Path) -> list[Stage]:
    """Return the stages of a file, arguments that stand before the first one filled in."""
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    every = [Instruction(*line.strip().split(None, 1)) for line in text.splitlines()]
    start = next(number for number, each in enumerate(every) if each.word == "FROM")
    arguments = dict(each.rest.split("=", 1) for each in every[:start] if each.word == "ARG")
    starts = [number for number, each in enumerate(every) if each.word == "FROM"]
    ends = [*starts[1:], len(every)]
    return [_stage(every[begin:end], arguments) for begin, end in zip(starts, ends, strict=True)]


def _stage(instructions: Sequence[Instruction], arguments: dict[str, str]) -> Stage:
    base, _, name = instructions[0].rest.partition(" AS ")
    return Stage(_ARGUMENT.sub(lambda found: arguments[found[1]], base), name, tuple(instructions[1:]))
