"""Reads the keys of one mapping, each by its type, and notes everything that is wrong with them.

A reader always returns a value, so that one pass finds every mistake: where there is a finding the value is a stand-in,
and whoever holds the findings must raise before anything built from it is used.
"""

import difflib
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple, TypeVar

from streams.documents import Items, Mapping, Node, Scalar
from streams.errors import Finding, LoadError
from streams.rules import durations

Choice = TypeVar("Choice", bound=StrEnum)


class Asked(NamedTuple):
    """One look at a key: in which mapping, what it must be, what to write, and whether it may be left out."""

    what: str
    key: str
    kind: str
    remedy: str
    is_optional: bool


class Findings:
    """What is wrong with one file, in the order of the file when raised; and what its readers asked for."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Finding] = []
        self.allowed: dict[str, tuple[str, ...]] = {}  # mapping -> keys it may have
        self.asked: list[Asked] = []

    def add(self, node: Node, message: str, remedy: str = "") -> None:
        """Note one mistake at the place of `node`."""
        self.found.append(Finding(self.path, node.line, node.column, message, remedy))

    def raise_any(self) -> None:
        """Raise LoadError when something was noted."""
        if self.found:
            raise LoadError(sorted(self.found, key=lambda finding: (finding.line, finding.column)))


class Fields:
    """The keys of one mapping. `what` names the mapping in messages; keys that nobody may write become findings."""

    def __init__(self, node: Mapping, what: str, known: Iterable[str], findings: Findings) -> None:
        self.node = node
        self.what = what
        self.findings = findings
        self._values = {key.text: value for key, value in node.entries.items()}
        allowed = findings.allowed[what] = tuple(known)
        self._misspelt: set[str] = set()
        for key in node.entries:
            if key.text not in allowed:
                free = [each for each in allowed if each not in self._values] or allowed
                near = nearest(key.text, free)
                self._misspelt.update([near] if near else [])
                findings.add(key, f"unknown key `{key.text}` in {what}", did_you_mean(key.text, free))

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def node_of(self, key: str) -> Node:
        """Return the value of `key`, or the mapping itself where it is missing: the place to complain at."""
        return self._values.get(key, self.node)

    def need(self, key: str, remedy: str) -> Node | None:
        """Return the value of a key that must be there; note it when it is not, and not also misspelt."""
        return self._given(key, "", remedy, None)

    def _needed(self, key: str, remedy: str) -> Node | None:
        if key not in self._values and key not in self._misspelt:
            self.findings.add(self.node, f"{self.what} lacks `{key}`", remedy)
        return self._values.get(key)

    def text(self, key: str, remedy: str, default: str | None = None) -> str:
        """Return a non-blank text; without a default the key must be there."""
        node = self._given(key, "text", remedy, default)
        if node is None:
            return default or ""
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
            return node.value
        quoted = f': write {key}: "{node.text}"' if isinstance(node, Scalar) and node.text else ""
        self.findings.add(node, f"`{key}` must be text", f"put it in quotes{quoted}" if quoted else remedy)
        return default or ""

    def whole(self, key: str, remedy: str, *, least: int, default: int | None = None) -> int:
        """Return a whole number of at least `least`."""
        node = self._given(key, "whole number", remedy, default)
        if node is None:
            return default or least
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.findings.add(node, f"`{key}` must be a whole number, {least} or more{_shown(node)}", remedy)
            return least
        return value

    def number(self, key: str, remedy: str) -> float:
        """Return a number; the key must be there."""
        node = self._given(key, "number", remedy, None)
        if node is None:
            return 0.0
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.findings.add(node, f"`{key}` must be a number{_shown(node)}", remedy)
            return 0.0
        return float(value)

    def duration(self, key: str, remedy: str, *, default: int | None = None, zero: bool = False) -> int:
        """Return milliseconds; more than nothing unless `zero` is allowed."""
        node = self._given(key, "duration", remedy, default)
        if node is None:
            return default or 0
        duration_ms = durations.parse(node.text) if isinstance(node, Scalar) else None
        if duration_ms is None:
            write = "write a number with its unit: 90s, 10m, 72h, 3d"
            self.findings.add(node, f"`{key}` is not a duration{_shown(node)}", write)
        elif not duration_ms and not zero:
            self.findings.add(node, f"`{key}` must be longer than nothing", remedy)
        return duration_ms or 0

    def choice(self, key: str, of: type[Choice], default: Choice | None = None) -> Choice:
        """Return a member of a closed set of words."""
        words = [member.value for member in of]
        fallback = next(iter(of))
        node = self._given(key, "word", f"write one of {', '.join(words)}", default)
        if node is None:
            return default or fallback
        if isinstance(node, Scalar) and node.text in words:
            return of(node.text)
        text = node.text if isinstance(node, Scalar) else ""
        self.findings.add(node, f"unknown {key}{_shown(node)}", did_you_mean(text, words))
        return fallback

    def mapping(self, key: str, remedy: str) -> Mapping | None:
        """Return a mapping; the key must be there."""
        node = self._given(key, "mapping", remedy, None)
        if node is None or isinstance(node, Mapping):
            return node
        self.findings.add(node, f"`{key}` must be a mapping", remedy)
        return None

    def items(self, key: str, remedy: str) -> tuple[Node, ...]:
        """Return a list with something in it; the key must be there."""
        node = self._given(key, "list", remedy, None)
        if node is None:
            return ()
        if not isinstance(node, Items) or not node.items:
            self.findings.add(node, f"`{key}` must be a list with something in it", remedy)
            return ()
        return node.items

    def _given(self, key: str, kind: str, remedy: str, default: object) -> Node | None:
        self.findings.asked.append(Asked(self.what, key, kind, remedy, default is not None))
        return self._values.get(key) if default is not None else self._needed(key, remedy)


def nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of `words` that is most like `word`, whatever its case; None when none is near."""
    by_lower = {each.lower(): each for each in words}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return the remedy for a word that is none of `words`: the nearest one, or all of them."""
    known = tuple(words)
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else f"write one of {', '.join(known)}"


def _shown(node: Node) -> str:
    return f": {node.text}" if isinstance(node, Scalar) and node.text else ""
