"""Vocabulary files to a Vocabulary: the shipped one, and the user's own on top of it."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from streams.errors import Finding, LoadError
from streams.settings import places
from streams.touchpoints.vocabulary import MOMENTS, TOPICS, Due, Kind, PromiseKind, Vocabulary, nearest

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\Z")
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
_DURATION: Final = re.compile(r"([1-9][0-9]*)(ms|s|m|h|d)\Z")
_UNIT_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_POLARITIES: Final = {"-1": -1, "0": 0, "+1": 1, "1": 1}
_ROLES: Final = ("opened_by", "moved_by", "kept_by", "cancelled_by")
_ROW: Final = "a row reads `group.verb: topic moment channel polarity`, like `payment.failed: web FMOT web -1`"
_DUE: Final = "write a field (`promised_at`), a time (`24h`) or both (`callback_at or 24h`)"


def shipped(extra_paths: tuple[Path, ...] = ()) -> Vocabulary:
    """Return the shipped vocabulary, extended by each of `extra_paths` in turn; read once per process.

    Raises LoadError when a file is wrong or cannot be read.
    """
    return _read(tuple(extra_paths))


@functools.cache
def _read(extra_paths: tuple[Path, ...]) -> Vocabulary:
    if not extra_paths:
        path = places.SCHEMAS / "vocabulary.yaml"
        return load(path.read_text("utf-8"), str(path))
    *before, last = extra_paths
    try:
        text = last.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a vocabulary file that exists and is UTF-8 text"
        raise LoadError([Finding(str(last), 1, 1, f"cannot be read: {error}", remedy)]) from error
    return load(text, str(last), _read(tuple(before)))


def load(text: str, path: str, base: Vocabulary | None = None) -> Vocabulary:
    """Return what `text` declares on top of `base`; a type or promise of the same name replaces that of `base`.

    `path` only names the text in findings. Raises LoadError with every finding at once.
    """
    loader = _Loader(path, base or Vocabulary({}, {}))
    sections = loader.sections(text)
    if "types" in sections:
        loader.read_types(sections["types"])
    if "promises" in sections:
        loader.read_promises(sections["promises"])
    if loader.findings:
        raise LoadError(sorted(loader.findings, key=lambda finding: (finding.line, finding.column)))
    return Vocabulary(loader.kinds, loader.promises)


class _Place(NamedTuple):
    line: int
    column: int


class _Loader:
    """Reads one file; goes on after a mistake, so that `findings` has them all."""

    def __init__(self, path: str, base: Vocabulary) -> None:
        self.path = path
        self.kinds = dict(base.kinds)
        self.promises = dict(base.promises)
        self.findings: list[Finding] = []

    def sections(self, text: str) -> dict[str, Node]:
        """Return the top-level sections of the file by name."""
        found: dict[str, Node] = {}
        for name, key, value in self._pairs(self._compose(text), "the file", "start it with `types:` or `promises:`"):
            if name in ("types", "promises"):
                found[name] = value
            else:
                self._find(key, f"unknown section `{name}`", "the sections are `types` and `promises`")
        return found

    def read_types(self, node: Node) -> None:
        """Read each row of `types`."""
        for name, key, value in self._pairs(node, "`types`", _ROW):
            if not _NAME.match(name):
                self._find(key, f"`{name}` is not a type name", "a type is `group.verb` in lower case")
                continue
            kind = self._row(name, value)
            if kind:
                self.kinds[name] = kind

    def read_promises(self, node: Node) -> None:
        """Read each kind of promise; the types are known by now."""
        for name, key, value in self._pairs(node, "`promises`", "name the promise, then what opens and keeps it"):
            if not _WORD.match(name):
                self._find(key, f"`{name}` is not a promise name", "use one lower-case word")
                continue
            self.promises[name] = self._promise(name, key, value)

    def _row(self, name: str, node: Node) -> Kind | None:
        row = self._scalar(node, _ROW)
        if row is None:
            return None
        words = list(re.finditer(r"\S+", row))
        if len(words) != 4:
            self._find(node, f"the row of `{name}` has {len(words)} words, not 4", _ROW)
            return None
        topic, moment, channel, polarity = (word.group() for word in words)
        before = len(self.findings)
        topic_at, moment_at, channel_at, polarity_at = (self._inside(node, word.start()) for word in words)
        self._one_of(topic_at, "topic", topic, TOPICS)
        self._one_of(moment_at, "moment", moment, MOMENTS)
        self._one_of(polarity_at, "polarity", polarity, ("-1", "0", "+1", "1"))
        if not _WORD.match(channel):
            self._find(channel_at, f"`{channel}` is not a channel", "use one lower-case word, like `web`")
        if len(self.findings) > before:
            return None
        return Kind(name, topic, moment, channel, _POLARITIES[polarity])

    def _promise(self, name: str, key: Node, node: Node) -> PromiseKind:
        roles: dict[str, Node] = {}
        by = "subject"
        for word, at, value in self._pairs(node, f"promise `{name}`", "say `opened_by`, `kept_by` and so on"):
            if word == "by":
                by = self._scalar(value, "`by` is subject or customer") or by
                self._one_of(_start(value), "by", by, ("subject", "customer"))
            elif word in _ROLES:
                roles[word] = value
            else:
                self._one_of(_start(at), "part of a promise", word, (*_ROLES, "by"))
        if "opened_by" not in roles or "kept_by" not in roles:
            self._find(key, f"promise `{name}` needs `opened_by` and `kept_by`", "say what opens and what keeps it")
        taken: set[str] = set()
        kept = self._ends(roles.get("kept_by"), taken)
        cancelled = self._ends(roles.get("cancelled_by"), taken)
        opened = self._dues(roles.get("opened_by"), taken)
        moved = self._dues(roles.get("moved_by"), taken)
        return PromiseKind(name, opened, moved, kept, cancelled, by)

    def _ends(self, node: Node | None, taken: set[str]) -> tuple[str, ...]:
        """Return the types of a list, and add them to `taken`."""
        names: list[str] = []
        for item in self._items(node):
            pattern = self._scalar(item, "write a type, like `order.refunded`")
            if pattern is not None:
                names.extend(self._types(item, pattern, taken))
        return tuple(names)

    def _dues(self, node: Node | None, taken: set[str]) -> dict[str, Due]:
        """Return type to due of a mapping, and add the types to `taken`."""
        dues: dict[str, Due] = {}
        if node is None:
            return dues
        for pattern, key, value in self._pairs(node, "this", "write `{order.completed: promised_at}`"):
            due = self._due(value)
            dues.update(dict.fromkeys(self._types(key, pattern, taken), due))
        return dues

    def _types(self, node: Node, pattern: str, taken: set[str]) -> list[str]:
        """Return what `pattern` names but for what the promise has `taken`; one type twice is a finding."""
        names = [name for name in Vocabulary(self.kinds, {}).matching(pattern) if name not in taken]
        if not names and pattern in taken:
            self._find(node, f"`{pattern}` is in this promise twice", "a type opens, moves, keeps or cancels it")
        elif not names:
            self._find(node, f"unknown type `{pattern}`", _hint(nearest(pattern, self.kinds), "add it to `types`"))
        taken.update(names)
        return names

    def _due(self, node: Node) -> Due:
        text = self._scalar(node, _DUE)
        if text is None:
            return Due()
        field, both, after = text.partition(" or ")
        if not both and _DURATION.match(text):
            field, after = "", text
        span = _DURATION.match(after)
        if (field and not _WORD.match(field)) or (after and not span) or not text:
            self._find(node, f"`{text}` does not say when the promise is due", _DUE)
            return Due()
        return Due(field, int(span[1]) * _UNIT_MS[span[2]] if span else 0)

    def _compose(self, text: str) -> Node:
        try:
            node: Node | None = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            at = _place(error.problem_mark or error.context_mark)
            remedy = "mind indentation and colons"
            raise LoadError([Finding(self.path, *at, f"not YAML: {error.problem}", remedy)]) from error
        except ReaderError as error:
            before = text[: error.position].split("\n")
            at = _Place(len(before), len(before[-1]) + 1)
            raise LoadError([Finding(self.path, *at, f"not YAML: {error.reason}", "use printable text")]) from error
        return node or MappingNode("", [])

    def _pairs(self, node: Node, what: str, remedy: str) -> Iterator[tuple[str, Node, Node]]:
        """Yield key text, key and value of a mapping; a key twice is a finding, and only the first one counts."""
        if not isinstance(node, MappingNode):
            self._find(node, f"{what} must be a mapping", remedy)
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = self._scalar(key, remedy)
            if name is None:
                continue
            if name in seen:
                self._find(key, f"`{name}` is there twice", "remove one of them")
                continue
            seen.add(name)
            yield name, key, value

    def _items(self, node: Node | None) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node, SequenceNode):
            self._find(node, "expected a list of types", "write `[shipment.delivered]`")
            return []
        items: list[Node] = node.value
        return items

    def _scalar(self, node: Node, remedy: str) -> str | None:
        if not isinstance(node, ScalarNode):
            self._find(node, "expected one word or line, found a list or a mapping", remedy)
            return None
        value: str = node.value
        return value

    def _one_of(self, at: _Place, what: str, word: str, words: tuple[str, ...]) -> None:
        if word not in words:
            remedy = _hint(nearest(word, words), f"one of {', '.join(words)}")
            self._find(at, f"unknown {what} `{word}`", remedy)

    def _inside(self, node: Node, offset: int) -> _Place:
        line, column = _start(node)
        return _Place(line, column + offset)

    def _find(self, at: Node | _Place, message: str, remedy: str) -> None:
        line, column = at if isinstance(at, _Place) else _start(at)
        self.findings.append(Finding(self.path, line, column, message, remedy))


def _start(node: Node) -> _Place:
    return _place(node.start_mark)


def _place(mark: StreamMark | None) -> _Place:
    return _Place(mark.line + 1, mark.column + 1) if mark else _Place(1, 1)


def _hint(near: str | None, otherwise: str) -> str:
    return f"did you mean `{near}`?" if near else otherwise
