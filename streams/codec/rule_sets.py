"""Published sets of rules as the topic `rules` carries them, and what workers report there.

A set is whole: the text of every file, so that each worker reads it with its own loader and says what it cannot read by
file, line and column. A version never changes. `rules` has one partition and is compacted: a key for each version that
is kept, a key for each worker.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from streams.codec.rules import assemble, packs, text
from streams.errors import CorruptError, UsageError
from streams.rules.model import Rule
from streams.touchpoints.vocabulary import Vocabulary

KEPT: Final = 20  # versions; older ones are deleted when a new one is written
MOST_BYTES: Final = 900_000  # of one set: a broker takes records of up to 1 MiB unless told otherwise
MOST_FILES: Final = 1_000
SET: Final = b"set/"
WORKER: Final = b"worker/"
_Value = TypeVar("_Value")


class RuleFile(msgspec.Struct, frozen=True):
    """One file of rules; `name` is for people and holds no folder of the machine it came from."""

    name: str
    text: str


class RuleSet(msgspec.Struct, frozen=True):
    """One version of all rules; `published_at` in ms since the epoch.

    `restores`: the version whose files these are, if it was brought back, else 0. `follows`: the version that was in
    force before (that which it restored, where it was brought back), 0 = the files that each worker was started with.
    """

    version: int
    published_at: int
    digest: str
    files: tuple[RuleFile, ...]
    restores: int = 0
    follows: int = 0

    @property
    def origin(self) -> int:
        """The version under which these files were published first."""
        return self.restores or self.version


class Refusal(msgspec.Struct, frozen=True):
    """A version that a worker cannot run, and why."""

    version: int
    reason: str


class Report(msgspec.Struct, frozen=True):
    """What one worker says of itself; times in ms since the epoch.

    `partitions`: owned ones by the version that they run (0: files). `waiting`: journeys that have yet to pass over.
    `warming`: by rule until when it has not seen all that it looks at, as event time.
    """

    worker: str
    instance: str
    version: int
    since: int
    partitions: dict[int, int]
    waiting: int
    warming: dict[str, int]
    refused: Refusal | None
    written_at: int


def gather(paths: Iterable[str | Path]) -> tuple[RuleFile, ...]:
    """Return the rule files of these paths, read; raises UsageError and LoadError as `codec.rules.read` does."""
    files: dict[str, RuleFile] = {}
    for root in map(Path, paths):
        for path in packs([root]):
            name = f"{root.resolve().name}/{path.relative_to(root).as_posix()}" if root.is_dir() else path.name
            while name in files:
                name = f"+{name}"
            files[name] = RuleFile(name, text(path))
    return tuple(files.values())


def rules_of(published: RuleSet, vocabulary: Vocabulary) -> tuple[Rule, ...]:
    """Return the rules of a set; raise LoadError with every mistake that this version of the program finds."""
    return assemble(((file.text, file.name) for file in published.files), vocabulary)


def digest(files: Iterable[RuleFile]) -> str:
    """Return a digest of the files of a set."""
    return hashlib.sha256(msgspec.json.encode(list(files))).hexdigest()[:12]


def key_of(version: int) -> bytes:
    """Return the key of a version."""
    return SET + f"{version:010}".encode()


def encode(published: RuleSet) -> bytes:
    """Return a set as JSON; raise UsageError for one that no broker would take."""
    value = msgspec.json.encode(published)
    if len(value) > MOST_BYTES or len(published.files) > MOST_FILES:
        raise UsageError(
            f"the set is too large: {len(value)} bytes in {len(published.files)} files",
            remedy=f"a set has at most {MOST_BYTES} bytes and {MOST_FILES} files: leave out rules that nobody needs",
        )
    return value


def encode_report(report: Report) -> bytes:
    """Return a report as JSON."""
    return msgspec.json.encode(report)


def decode(value: bytes) -> RuleSet:
    """Read a set; raise CorruptError for one that this version cannot read."""
    return _decode(value, RuleSet)


def decode_report(value: bytes) -> Report:
    """Read a report; raise CorruptError for one that this version cannot read."""
    return _decode(value, Report)


def _decode(value: bytes, kind: type[_Value]) -> _Value:
    try:
        return msgspec.json.decode(value, type=kind)
    except msgspec.DecodeError as error:
        raise CorruptError(
            f"a record cannot be read: {error}", place="rules", remedy="run the version that wrote it, or a newer one"
        ) from error
