"""Vocabulary files to a Vocabulary: the shipped one, and the user's own on top of it."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from streams import documents
from streams.codec import calendars
from streams.documents import Items, Mapping, Node, Scalar
from streams.errors import Finding, LoadError
from streams.rules import durations, timing
from streams.rules.fields import Fields, Findings
from streams.settings import places
from streams.touchpoints.calendar import nominal
from streams.touchpoints.vocabulary import MOMENTS, TOPICS, Due, Kind, PromiseKind, Stages, Vocabulary, nearest

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\Z")
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
_POLARITIES: Final = {"-1": -1, "0": 0, "+1": 1, "1": 1}
_ROLES: Final = ("opened_by", "moved_by", "kept_by", "cancelled_by")
_ROW: Final = "a row reads `group.verb: topic moment channel polarity`, like `payment.failed: web FMOT web -1`"
_ANONYMOUS: Final = "anonymous"  # a fifth word of a row
_DUE: Final = "write a field (`promised_at`), a time (`24h`) or both (`callback_at or 24h`)"
_SECTIONS: Final = ("types", "promises", "calendars", "stages")


def shipped(extra_paths: tuple[Path, ...] = ()) -> Vocabulary:
    """Return the shipped vocabulary, extended by each of `extra_paths` in turn; read once per process.

    Raises LoadError when a file is wrong or cannot be read.
    """
    return _read(tuple(extra_paths))


@functools.cache
def _read(extra_paths: tuple[Path, ...]) -> Vocabulary:
    if not extra_paths:
        path = places.SCHEMAS / "vocabulary.yaml"
        return load(path.read_text("utf-8"), str(path), is_known_right=True)
    *before, last = extra_paths
    try:
        text = last.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a vocabulary file that exists and is UTF-8 text"
        raise LoadError([Finding(str(last), 1, 1, f"cannot be read: {error}", remedy)]) from error
    return load(text, str(last), _read(tuple(before)))


def load(text: str, path: str, base: Vocabulary | None = None, *, is_known_right: bool = False) -> Vocabulary:
    """Return what `text` declares on top of `base`; a type or promise of the same name replaces that of `base`.

    `path` only names the text in findings. `is_known_right`: what takes long to check is left out. Raises LoadError
    with every finding at once.
    """
    loader = _Loader(path, base or Vocabulary({}, {}))
    sections = loader.sections(text)
    loader.read_calendars(sections.get("calendars"), is_known_right=is_known_right)
    loader.read_types(sections.get("types"))
    loader.read_promises(sections.get("promises"))
    loader.read_stages(sections.get("stages"))
    loader.findings.raise_any()
    return Vocabulary(loader.kinds, loader.promises, loader.calendars, loader.stages)


class _Loader:
    """Reads one file; goes on after a mistake, so that `findings` has them all."""

    def __init__(self, path: str, base: Vocabulary) -> None:
        self.path = path
        self.kinds = dict(base.kinds)
        self.promises = dict(base.promises)
        self.calendars = base.calendars
        self.stages = base.stages
        self.findings = Findings(path)

    def sections(self, text: str) -> dict[str, Node]:
        """Return the top-level sections of the file by name."""
        found: dict[str, Node] = {}
        root = documents.read(text, self.path)
        for key, value in self._pairs(root, "the file", "start it with `types:` or `promises:`"):
            self._one_of(key, "section", key.text, _SECTIONS)
            found[key.text] = value
        return found

    def read_calendars(self, node: Node | None, *, is_known_right: bool) -> None:
        """Read each calendar; one of the same name replaces that of the base."""
        if node is not None:
            found = calendars.read(node, self.findings, is_known_right=is_known_right)
            self.calendars = found.over(self.calendars)

    def read_types(self, node: Node | None) -> None:
        """Read each row of `types`."""
        for key, value in self._pairs(node, "`types`", _ROW):
            if not _NAME.match(key.text):
                self._find(key, f"`{key.text}` is not a type name", "a type is `group.verb` in lower case")
            elif kind := self._row(key.text, value):
                self.kinds[kind.name] = kind

    def read_promises(self, node: Node | None) -> None:
        """Read each kind of promise; the types are known by now."""
        for key, value in self._pairs(node, "`promises`", "name the promise, then what opens and keeps it"):
            if _WORD.match(key.text):
                self.promises[key.text] = self._promise(key, value)
            else:
                self._find(key, f"`{key.text}` is not a promise name", "use one lower-case word")

    def read_stages(self, node: Node | None) -> None:
        """Read which types move a journey on; the section replaces that of the base, the types are known by now."""
        if node is None:
            return
        begins, moves, taken = "", dict[str, str](), set[str]()
        for key, value in self._pairs(node, "`stages`", "write FMOT: [product.added], SMOT: [order.completed]"):
            if key.text == "begins":
                begins = self._text(value, "write begins: ZMOT") or ""
                self._one_of(value, "moment", begins, MOMENTS)
            else:
                self._one_of(key, "moment", key.text, MOMENTS)
                moves.update(dict.fromkeys(self._ends(value, taken, "`stages`"), key.text))
        self.stages = Stages(begins, moves)

    def _row(self, name: str, node: Node) -> Kind | None:
        row = self._text(node, _ROW)
        if row is None:
            return None
        words = [Scalar(node.line, node.column + at.start(), None, at.group()) for at in re.finditer(r"\S+", row)]
        if len(words) not in (4, 5):
            self._find(node, f"the row of `{name}` has {len(words)} words, not 4", _ROW)
            return None
        topic, moment, channel, polarity, *anonymous = words
        before = len(self.findings.found)
        for word in anonymous:
            self._one_of(word, "fifth word", word.text, (_ANONYMOUS,))
        self._one_of(topic, "topic", topic.text, TOPICS)
        self._one_of(moment, "moment", moment.text, MOMENTS)
        self._one_of(polarity, "polarity", polarity.text, tuple(_POLARITIES))
        if not _WORD.match(channel.text):
            self._find(channel, f"`{channel.text}` is not a channel", "use one lower-case word, like `web`")
        if len(self.findings.found) > before:
            return None
        return Kind(name, topic.text, moment.text, channel.text, _POLARITIES[polarity.text], bool(anonymous))

    def _promise(self, key: Scalar, node: Node) -> PromiseKind:
        roles: dict[str, Node] = {}
        for word, value in self._pairs(node, f"promise `{key.text}`", "say `opened_by`, `kept_by` and so on"):
            self._one_of(word, "part of a promise", word.text, (*_ROLES, "by"))
            roles[word.text] = value
        if "opened_by" not in roles or "kept_by" not in roles:
            self._find(key, f"promise `{key.text}` needs `opened_by` and `kept_by`", "say what opens and what keeps it")
        by = "subject"
        if "by" in roles:
            by = self._text(roles["by"], "write `by: customer`") or ""
            self._one_of(roles["by"], "value of `by`", by, ("subject", "customer"))
        taken: set[str] = set()
        kept = self._ends(roles.get("kept_by"), taken)
        cancelled = self._ends(roles.get("cancelled_by"), taken)
        opened = self._dues(roles.get("opened_by"), taken)
        moved = self._dues(roles.get("moved_by"), taken)
        return PromiseKind(key.text, opened, moved, kept, cancelled, by)

    def _ends(self, node: Node | None, taken: set[str], what: str = "this promise") -> tuple[str, ...]:
        """Return the types of a list, and add them to `taken`."""
        names: list[str] = []
        for item in self._items(node):
            pattern = self._text(item, "write a type, like `order.refunded`")
            if pattern is not None:
                names.extend(self._types(item, pattern, taken, what))
        return tuple(names)

    def _dues(self, node: Node | None, taken: set[str]) -> dict[str, Due]:
        """Return type to due of a mapping, and add the types to `taken`."""
        dues: dict[str, Due] = {}
        for key, value in self._pairs(node, "this", "write `{order.completed: promised_at}`"):
            due = self._due(value)
            dues.update(dict.fromkeys(self._types(key, key.text, taken), due))
        return dues

    def _types(self, node: Node, pattern: str, taken: set[str], what: str = "this promise") -> list[str]:
        """Return what `pattern` names but for what the promise has `taken`; one type twice is a finding."""
        known = Vocabulary(self.kinds, {}).matching(pattern)
        names = [name for name in known if name not in taken]
        if not known:
            self._find(node, f"unknown type `{pattern}`", _hint(nearest(pattern, self.kinds), "add it to `types`"))
        elif not names:
            remedy = "a type opens, moves, keeps or cancels it" if what == "this promise" else "remove one of the two"
            self._find(node, f"`{pattern}` is in {what} twice", remedy)
        taken.update(names)
        return names

    def _due(self, node: Node) -> Due:
        if isinstance(node, Mapping):
            return self._working_due(node)
        text = self._text(node, _DUE)
        if text is None:
            return Due()
        field, both, after = text.partition(" or ")
        if not both and not _WORD.match(text):
            field, after = "", text
        after_ms = durations.parse(after) if after else 0
        if (field and not _WORD.match(field)) or after_ms is None or not (field or after_ms):
            self._find(node, f"`{text}` does not say when the promise is due", _DUE)
            return Due()
        return Due(field, after_ms)

    def _working_due(self, node: Mapping) -> Due:
        fields = Fields(node, "this", ("field", *timing.KEYS), self.findings)
        working = timing.working(fields, self.calendars)
        field = fields.text("field", "name a field of the data: field: answer_due_at", "")
        if field and not _WORD.match(field):
            self._find(fields.node_of("field"), f"`{field}` is not a field of data", "write its name: answer_due_at")
        return Due(field, nominal(working), working) if working is not None else Due(field)

    def _pairs(self, node: Node | None, what: str, remedy: str) -> Iterator[tuple[Scalar, Node]]:
        """Yield key and value of a mapping; nothing when there is none."""
        if isinstance(node, Mapping):
            yield from node.entries.items()
        elif node is not None:
            self._find(node, f"{what} must be a mapping", remedy)

    def _items(self, node: Node | None) -> tuple[Node, ...]:
        if isinstance(node, Items):
            return node.items
        if node is not None:
            self._find(node, "expected a list of types", "write `[shipment.delivered]`")
        return ()

    def _text(self, node: Node, remedy: str) -> str | None:
        if isinstance(node, Scalar):
            return node.text
        self._find(node, "expected one word or line, found a list or a mapping", remedy)
        return None

    def _one_of(self, at: Node, what: str, word: str, words: tuple[str, ...]) -> None:
        if word not in words:
            self._find(at, f"unknown {what} `{word}`", _hint(nearest(word, words), f"one of {', '.join(words)}"))

    def _find(self, at: Node, message: str, remedy: str) -> None:
        self.findings.add(at, message, remedy)


def _hint(near: str | None, otherwise: str) -> str:
    return f"did you mean `{near}`?" if near else otherwise
