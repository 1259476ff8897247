"""YAML that remembers where everything stands: what every file that a person writes is read through.

Only the event stream of ruamel.yaml is used, with libyaml's parser where it is installed (twenty times faster, same
events); its own node and object builders cost twice the parsing. Scalars follow the YAML 1.2 core schema: `No` is text.
Anchors, aliases, tags and further documents are refused: nobody writing a rule needs them, and with them a page of text
could unfold to gigabytes.
"""

import contextlib
import importlib
import math
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from streams.errors import Finding, LoadError

MAX_DEPTH: Final = 40
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,2})?")
_WORDS: Final = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
# What the parser says -> what to do about it; the first that occurs in the message is taken.
_REMEDIES: Final = {
    "\\t": "indent with spaces, not with tabs",
    "mapping values are not allowed": "put the text in quotes when it holds a colon, or check the indentation",
    "end of stream": "close the quote or bracket that was opened there",
    "<stream end>": "close the bracket, or finish the last line",
    "<block end>": "begin every key of one mapping in the same column",
    "expected ':'": "write `key: value`, or check the indentation",
    "cannot start any token": "put the text in quotes",
    "expected ',' or": "close the bracket, or put a comma between its items",
}


class Scalar(msgspec.Struct, frozen=True):
    """A single value; `value` is str, int, float, bool or None, `text` is how it was written."""

    line: int
    column: int
    value: str | int | float | bool | None
    text: str


class Items(msgspec.Struct, frozen=True):
    """A list."""

    line: int
    column: int
    items: tuple["Node", ...]


class Mapping(msgspec.Struct, frozen=True):
    """Keys with their values in the order of the file; each key occurs once."""

    line: int
    column: int
    entries: dict[Scalar, "Node"]


Node = Scalar | Items | Mapping


def read(text: str, path: str) -> Node | None:
    """Return the root of the document, None when there is nothing in it; raise LoadError with every finding."""
    text = text.removeprefix("\ufeff")
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - text.rfind("\n", 0, found.start())
        message = f"character U+{ord(found.group()):04X} is not allowed in a text file"
        raise LoadError([Finding(path, line, column, message, "remove it, and save the file as UTF-8")])
    syntax: YAMLError | None = None
    for parser in _parsers(text):
        composer = _Composer(path, parser)
        try:
            root = composer.document()
        except YAMLError as error:
            syntax = error
            continue
        if composer.findings:
            raise LoadError(composer.findings)
        return root
    raise LoadError([_syntax(syntax, path)])


def _parsers(text: str) -> Iterator[Any]:
    """Yield the fast parser, if there is one, and then the one whose messages are the same everywhere."""
    with contextlib.suppress(ImportError):
        yield importlib.import_module("_ruamel_yaml").CParser(text)
    yield YAML(typ="safe", pure=True).get_constructor_parser(text)[1]


def _syntax(error: YAMLError | None, path: str) -> Finding:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    if not isinstance(error, MarkedYAMLError) or mark is None:
        return Finding(path, 1, 1, f"this is not YAML: {error}")
    problem = error.problem or "this is not YAML"
    since = error.context_mark
    if error.context and since is not None and since.line != mark.line:
        problem = f"{problem}, {error.context} that began at line {since.line + 1}, column {since.column + 1}"
    remedy = next((remedy for sign, remedy in _REMEDIES.items() if sign in problem), "check indentation and quotes")
    return Finding(path, mark.line + 1, mark.column + 1, f"YAML: {problem}", remedy)


class _Composer:
    """Builds nodes from the events of one document."""

    def __init__(self, path: str, parser: Any) -> None:
        self.path = path
        self.parser = parser
        self.findings: list[Finding] = []

    def document(self) -> Node | None:
        root: Node | None = None
        while not self.parser.check_event(events.StreamEndEvent):
            event = self.parser.get_event()
            if not isinstance(event, events.DocumentStartEvent):
                continue
            if root is not None:
                self._refuse(event, "a second document starts here", "keep one document a file")
                break
            root = self._node(self.parser.get_event(), 1)
        empty = isinstance(root, Scalar) and root.value is None
        return None if empty else root

    def _node(self, event: Any, depth: int) -> Node:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, events.AliasEvent) or event.anchor:
            self._refuse(event, "anchors (&) and aliases (*) are not supported", "write it out, or put it in quotes")
        elif event.tag:
            self._refuse(event, f"tags are not supported: {event.tag}", "remove it, or put the text in quotes")
        if isinstance(event, events.ScalarEvent):
            return Scalar(line, column, _resolve(event.value) if event.implicit[0] else event.value, event.value)
        if isinstance(event, events.AliasEvent):
            return Scalar(line, column, None, "")
        if depth > MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels", "make it flatter")
            self._skip()
            return Items(line, column, ())
        if isinstance(event, events.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(each := self.parser.get_event(), events.SequenceEndEvent):
                items.append(self._node(each, depth + 1))
            return Items(line, column, tuple(items))
        return Mapping(line, column, self._entries(depth))

    def _entries(self, depth: int) -> dict[Scalar, Node]:
        entries: dict[Scalar, Node] = {}
        first: dict[str, int] = {}
        while not isinstance(event := self.parser.get_event(), events.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(self.parser.get_event(), depth + 1)
            if isinstance(value, Scalar) and value.value is None and not value.text:
                value = Scalar(key.line, key.column, None, "")  # nothing stands nowhere: complain at the key
            if not isinstance(key, Scalar):
                self._refuse(event, "a key must be a single word", "write `key: value`")
            elif key.text in first:
                self._refuse(
                    event, f"`{key.text}` is already there, at line {first[key.text]}", "remove one of the two"
                )
            else:
                first[key.text] = key.line
                entries[key] = value
        return entries

    def _skip(self) -> None:
        depth = 1
        while depth:
            event = self.parser.get_event()
            depth += isinstance(event, events.CollectionStartEvent)
            depth -= isinstance(event, events.CollectionEndEvent)

    def _refuse(self, event: Any, message: str, remedy: str) -> None:
        mark = event.start_mark
        self.findings.append(Finding(self.path, mark.line + 1, mark.column + 1, message, remedy))


def _resolve(text: str) -> str | int | float | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text) if _DECIMAL.fullmatch(text) else math.inf
    return number if math.isfinite(number) else text
