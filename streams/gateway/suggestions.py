"""Which known type was meant by an unknown one, in bounded time: a search costs as much as hundreds of touchpoints."""

from typing import Final

from streams.touchpoints.vocabulary import Vocabulary

KEPT: Final = 1_024  # answers that are remembered
SEARCHES: Final = 20  # in one second; unknown types beyond are refused without a suggestion
_SECOND: Final = 1_000
_CHARS: Final = 64  # of a type that are looked at


class Suggestions:
    """Remembers what was found, for producers that are wrong all day."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known: dict[str, str] = {}
        self._second = 0
        self._left = SEARCHES

    def __call__(self, type_: str, now: int) -> str:
        """Return the nearest type at a time (ms); empty where none is near, or there is no time to look."""
        word = type_[:_CHARS]
        if (found := self._known.get(word)) is not None:
            return found
        if now // _SECOND != self._second:
            self._second, self._left = now // _SECOND, SEARCHES
        if not self._left:
            return ""
        self._left -= 1
        if len(self._known) >= KEPT:
            self._known.clear()
        found = self._known[word] = self._vocabulary.nearest(word) or ""
        return found
