r"""The regular expressions of matchers: whatever somebody writes, matching takes steps in proportion to the text.

They hold characters, `.`, `[...]`, `\d \w \s`, groups, `|`, `*`, `+` and `?`, and always mean the whole text, as in
Prometheus. Nothing else: no counted repetition, no anchors, no references. All places of the pattern that the text so
far can have led to are followed at once, so no pattern can be slow as with a matcher that goes back: at most
MOST_CHARACTERS squared steps.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

MOST_CHARACTERS: Final = 200  # of a pattern, and of what is looked at of a text
_TOKEN: Final = re.compile(r"\(\?:|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
_END: Final = -1  # the place behind the pattern
_REFUSED: Final = {"{": "counted repetition", "}": "counted repetition", "^": "an anchor", "$": "an anchor"}
_DEEPEST: Final = 20


class PatternError(ValueError):
    """Raise when a pattern is not of this language; the message says why."""


class Pattern:
    """A compiled pattern: places with the one character that leads out of each, or with where it splits."""

    def __init__(self, text: str) -> None:
        """Compile it; raises PatternError."""
        if len(text) > MOST_CHARACTERS:
            raise PatternError(f"longer than {MOST_CHARACTERS} characters")
        self._tokens = _TOKEN.findall(text)
        self._at = 0
        self._tests: list[re.Pattern[str] | None] = []
        self._next: list[tuple[int, ...]] = []
        first = self._choice(_END, 0)
        if self._at < len(self._tokens):
            raise PatternError("a `)` too many")
        self._start = self._closed((first,))

    def matches(self, text: str) -> bool:
        """Return whether it means this whole text; what is longer than MOST_CHARACTERS is cut."""
        places = self._start
        for character in text[:MOST_CHARACTERS]:
            places = self._closed(target for place in places for target in self._after(place, character))
            if not places:
                return False
        return _END in places

    def _after(self, place: int, character: str) -> tuple[int, ...]:
        test = self._tests[place] if place != _END else None
        return self._next[place] if test is not None and test.match(character) else ()

    def _closed(self, places: Iterable[int]) -> frozenset[int]:
        """Return the places from which a character leads on, and the end, that these come to without one."""
        found: set[int] = set()
        waiting = list(places)
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                if place != _END and self._tests[place] is None:
                    waiting += self._next[place]
        return frozenset(found)

    # Compiled from the end: each part is told what comes after it, and returns where it begins.

    def _choice(self, after: int, depth: int) -> int:
        if depth > _DEEPEST:
            raise PatternError(f"groups nested deeper than {_DEEPEST}")
        starts = [self._row(after, depth)]
        while self._peek() == "|":
            self._at += 1
            starts.append(self._row(after, depth))
        return starts[0] if len(starts) == 1 else self._place(None, tuple(starts))

    def _row(self, after: int, depth: int) -> int:
        first = last = self._place(None, ())
        while self._peek() not in {"", "|", ")"}:
            joint = self._place(None, ())
            self._next[last] = (self._repeated(joint, depth),)
            last = joint
        self._next[last] = (after,)
        return first

    def _repeated(self, after: int, depth: int) -> int:
        again = self._place(None, (after,))
        start = self._atom(again, depth)
        sign = self._peek()
        if sign in {"*", "+"}:
            self._next[again] = (start, after)
        if sign in {"*", "?"}:
            start = self._place(None, (start, after))
        if sign in {"*", "+", "?"}:
            self._at += 1
            if self._peek() in {"*", "+", "?"}:
                raise PatternError(f"`{sign}{self._peek()}` repeats a repetition")
        return start

    def _atom(self, after: int, depth: int) -> int:
        token = self._peek()
        self._at += 1
        if token in {"(", "(?:"}:
            if self._peek() == "?":
                raise PatternError("`(?` is not supported, but for `(?:`")
            start = self._choice(after, depth + 1)
            if self._peek() != ")":
                raise PatternError("a `(` is not closed")
            self._at += 1
            return start
        return self._place(_one(token), (after,))

    def _place(self, test: re.Pattern[str] | None, leads: tuple[int, ...]) -> int:
        self._tests.append(test)
        self._next.append(leads)
        return len(self._tests) - 1

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""


def _one(sign: str) -> re.Pattern[str]:
    """Return the test of one character."""
    if sign in _REFUSED:
        raise PatternError(f"`{sign}` is not supported: {_REFUSED[sign]}")
    if sign in {"*", "+", "?"}:
        raise PatternError(f"`{sign}` repeats nothing")
    if sign == "[":
        raise PatternError("a `[` is not closed")
    if sign == "\\" or (len(sign) == 2 and sign[1].isalnum() and sign[1] not in "dDwWsS"):
        raise PatternError(f"`{sign}` is not supported")
    try:
        return re.compile(sign, re.DOTALL)
    except re.error as error:
        raise PatternError(f"`{sign}` is no class of characters: {error.msg}") from error


@lru_cache(maxsize=1_000)
def compiled(text: str) -> Pattern:
    """Return the pattern; raises PatternError."""
    return Pattern(text)


@lru_cache(maxsize=20_000)
def is_match(pattern: str, text: str) -> bool:
    """Return whether the pattern means the whole text; both are few and come again, so it is remembered."""
    return compiled(pattern).matches(text)
