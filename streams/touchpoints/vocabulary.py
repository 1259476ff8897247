"""The vocabulary: every touchpoint type with what it means, and the promises that types open, move, keep and cancel."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from streams.touchpoints.calendar import Calendar, Working

# The topics producers write to; `linked` is left out, since only journeys write there, whatever the type.
TOPICS: Final = ("web", "email", "chat", "store", "call", "order", "feedback", "social", "recovery")
MOMENTS: Final = ("ZMOT", "FMOT", "SMOT", "TMOT")
NEGATIVE: Final = -1
NEUTRAL: Final = 0
POSITIVE: Final = 1

_LIKENESS = 0.6  # below this difflib's suggestions help nobody


class Kind(msgspec.Struct, frozen=True):
    """One touchpoint type; `name` is `<group>.<verb>`.

    `topic` is where producers send it: `web` stands for the Kafka topic `touchpoints.web`. `moment` and `channel` are
    defaults that a rule or the journey's own state may override. `polarity` says what the type means by itself,
    whatever its data: NEGATIVE, NEUTRAL or POSITIVE. `may_be_anonymous`: without a customer it is counted, and belongs
    to no journey.
    """

    name: str
    topic: str
    moment: str
    channel: str
    polarity: int = NEUTRAL
    may_be_anonymous: bool = False

    @property
    def group(self) -> str:
        """The word before the dot."""
        return self.name.partition(".")[0]


class Due(msgspec.Struct, frozen=True):
    """When a promise falls due: at the RFC 3339 time in `field` of the data, else `after_ms` after the touchpoint.

    An empty `field` means there is none to read. With `after_ms` 0 a touchpoint without the field promises nothing.
    With `working` it is that long after the touchpoint in working time, and `after_ms` is about as long.
    """

    field: str = ""
    after_ms: int = 0
    working: Working | None = None


class PromiseKind(msgspec.Struct, frozen=True):
    """What opens, moves, keeps and cancels one kind of promise.

    A type that moves changes the due time only where its field is there. `by` is `subject` or `customer`: promises are
    keyed by (kind, subject) or by the kind alone. A type is in at most one of `opened_by`, `moved_by`, `kept_by` and
    `cancelled_by`, and each of them is in the vocabulary.
    """

    name: str
    opened_by: dict[str, Due]
    moved_by: dict[str, Due]
    kept_by: tuple[str, ...]
    cancelled_by: tuple[str, ...]
    by: str = "subject"


class Stages(msgspec.Struct, frozen=True):
    """Which types move a journey on to which moment of truth; `begins` is where it stands before (empty: unsaid)."""

    begins: str = ""
    moves: dict[str, str] = {}


class Vocabulary(msgspec.Struct, frozen=True):
    """All types, promise kinds and calendars by name, in the order of the file; treat the dictionaries as frozen.

    A calendar may take time when it is first asked for.
    """

    kinds: dict[str, Kind]
    promises: dict[str, PromiseKind]
    calendars: Mapping[str, Calendar] = {}
    stages: Stages = Stages()

    def nearest(self, name: str) -> str | None:
        """Return the type that the writer of an unknown `name` most likely meant, if any is near."""
        return nearest(name, self.kinds)

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Return the types that `pattern` names: itself, or with `group.*` its whole group; empty when unknown."""
        if not pattern.endswith(".*"):
            return (pattern,) if pattern in self.kinds else ()
        prefix = pattern[:-1]
        return tuple(name for name in self.kinds if name.startswith(prefix))


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of `words` that is most like `word`, whatever its case; None when none is near."""
    found = difflib.get_close_matches(word.lower(), [w for w in words if w != word], 1, _LIKENESS)
    return found[0] if found else None
