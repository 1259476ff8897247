"""Mapping files to mappings; every mistake is found at once, with its line and column.

A file that has no more than `vendor`, `reference` and `aliases` is a table of names for other parts, and no provider.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from streams import documents
from streams.documents import Items, Node, Scalar
from streams.documents import Mapping as Keys
from streams.gateway.providers import path as paths
from streams.gateway.providers.expression import Choice, Expression, ExpressionError, Joined, Template, parse, template
from streams.gateway.providers.mapping import IDENTITIES, Form, Found, Handshake, Mapping, Wrapping
from streams.gateway.providers.path import Path
from streams.gateway.providers.signing_section import read_signatures
from streams.gateway.providers.steps import STEPS
from streams.rules.fields import Fields, Findings, did_you_mean
from streams.touchpoints.vocabulary import Vocabulary, nearest

TABLE_ONLY: Final = {"vendor", "reference", "aliases"}
_KNOWN: Final = (
    *("vendor", "reference", "signature", "handshake", "body", "unwrap", "events", "event", "id", "time"),
    *("subject", "identity", "links", "tables", "data", "aliases"),
)
_Made = TypeVar("_Made")
_ALL: Final = "*"
_EVENT: Final = "say where the name of an event stands: `event: type`, `event: header:X-Topic`, or a list to join"
_VALUE: Final = "write a path (order.total), `= text` for text as it is, or a number"
_TYPES: Final = "write a type (`order.completed`), a group (`order.*`) or `*`"


def load(text: str, path: str, name: str, vocabulary: Vocabulary) -> Mapping | None:
    """Return the mapping that `text` holds, None for a mere table of names; raise LoadError with every finding."""
    root = documents.read(text, path)
    if isinstance(root, Keys) and {key.text for key in root.entries} <= TABLE_ONLY:
        return None
    loader = _Loader(path, vocabulary)
    mapping = loader.mapping(root, name)
    loader.findings.raise_any()
    return mapping


class _Loader:
    """Reads one file; goes on after a mistake, so that `findings` has them all."""

    def __init__(self, path: str, vocabulary: Vocabulary) -> None:
        self.findings = Findings(path)
        self.vocabulary = vocabulary
        self.tables: dict[str, dict[str, Any]] = {}
        self.types: tuple[str, ...] = ()

    def mapping(self, root: Node | None, name: str) -> Mapping | None:
        """Return the mapping; worth nothing where there are findings."""
        if not isinstance(root, Keys):
            at = root or Scalar(1, 1, None, "")
            self.findings.add(at, "a mapping file must be a mapping", "start it with `vendor: Name`")
            return None
        fields = Fields(root, "the mapping file", _KNOWN, self.findings)
        self._read_tables(fields)
        aliases = self._aliases(fields)
        self.types = tuple(dict.fromkeys(aliases.values()))
        unwrap, wrapping = self._unwrap(fields)
        mapping = Mapping(
            name=name,
            vendor=fields.text("vendor", "say whose webhooks these are"),
            reference=fields.text("reference", "say where they are documented"),
            aliases=aliases,
            forms=self._forms(fields),
            signatures=read_signatures(fields, self.findings),
            handshake=fields.choice("handshake", Handshake) if "handshake" in fields else None,
            unwrap=unwrap,
            wrapping=wrapping,
            events=self._events(fields),
            event=self._joined(fields, "event"),
            id=self._joined(fields, "id") if "id" in fields else None,
            time=self._expression(fields.node_of("time")) if "time" in fields else None,
            subject=self._subjects(fields),
            identity=self._by_type(fields, "identity", IDENTITIES),
            data=self._by_type(fields, "data", None),
            links=frozenset(self._links(fields)),
        )
        if mapping.id is None and mapping.time is None:
            self.findings.add(root, "neither `id` nor `time`: a retry could not be told from news", "map one of them")
        return mapping

    def _aliases(self, fields: Fields) -> dict[str, str]:
        found: dict[str, str] = {}
        node = fields.mapping("aliases", "map the vendor's names: `orders/create: order.completed`")
        for key, value in node.entries.items() if node else ():
            if not isinstance(value, Scalar) or value.text not in self.vocabulary.kinds:
                word = value.text if isinstance(value, Scalar) else ""
                near = nearest(word, self.vocabulary.kinds)
                hint = f"did you mean `{near}`?" if near else "write a type of the vocabulary"
                self.findings.add(value, f"unknown type `{word}`", hint)
            else:
                found[key.text] = value.text
        return found

    def _read_tables(self, fields: Fields) -> None:
        for key, value in self._pairs(fields, "tables"):
            if key.text in STEPS:
                self.findings.add(key, f"`{key.text}` is a step already", "give the table another name")
            elif not isinstance(value, Keys) or not all(isinstance(word, Scalar) for word in value.entries.values()):
                self.findings.add(value, f"`{key.text}` must be a table of words", "write {FIVE: 5, FOUR: 4}")
            else:
                words = value.entries.items()
                self.tables[key.text] = {word.text: to.value for word, to in words if isinstance(to, Scalar)}

    def _forms(self, fields: Fields) -> tuple[Form, ...]:
        if "body" not in fields:
            return (Form.JSON,)
        node = fields.node_of("body")
        found = []
        for item in node.items if isinstance(node, Items) else (node,):
            word = item.text if isinstance(item, Scalar) else ""
            if word in list(Form):
                found.append(Form(word))
            else:
                self.findings.add(item, f"unknown form `{word}`", did_you_mean(word, list(Form)))
        return tuple(found) or (Form.JSON,)

    def _unwrap(self, fields: Fields) -> tuple[Path | None, Wrapping]:
        if "unwrap" not in fields:
            return None, Wrapping.JSON
        node = fields.mapping("unwrap", "write unwrap: {at: Message, as: json}")
        if node is None:
            return None, Wrapping.JSON
        inner = Fields(node, "`unwrap`", ("at", "as"), self.findings)
        at = inner.need("at", "say where the wrapped event stands: at: Message")
        return (self._path(at) if at else None), inner.choice("as", Wrapping, Wrapping.JSON)

    def _events(self, fields: Fields) -> tuple[Found, ...]:
        """Return where events are: a path, a list of which the first that leads anywhere counts, or words to paths."""
        node = fields.node_of("events") if "events" in fields else Scalar(1, 1, "$", "$")
        if isinstance(node, Keys):
            named = [(key.text, self._path(value), False) for key, value in node.entries.items()]
        else:
            items = node.items if isinstance(node, Items) else (node,)
            named = [("", self._path(item), at > 0) for at, item in enumerate(items)]
        return tuple(Found(path, word, is_last_resort) for word, path, is_last_resort in named if path is not None)

    def _joined(self, fields: Fields, key: str) -> Joined:
        node = fields.need(key, _EVENT)
        if node is None:
            return Joined(())
        parts = node.items if isinstance(node, Items) else (node,)
        return Joined(tuple(found for part in parts if (found := self._expression(part)) is not None))

    def _subjects(self, fields: Fields) -> dict[str, Template]:
        if "subject" not in fields:
            return {}
        node = fields.node_of("subject")
        if isinstance(node, Keys):
            pairs = [(self._matching(key), self._template(value)) for key, value in node.entries.items()]
        else:
            pairs = [(self.types, self._template(node))]
        return {type_: made for types, made in pairs if made is not None for type_ in types}

    def _by_type(self, fields: Fields, key: str, known: tuple[str, ...] | None) -> dict[str, dict[str, Template]]:
        """Return what each type gets: the section's own fields, and over them those under a pattern of types."""
        found: dict[str, dict[str, Template]] = {type_: {} for type_ in self.types}
        for name, value in self._pairs(fields, key):
            if isinstance(value, Keys):
                for type_ in self._matching(name):
                    found[type_].update(self._fields(value, key, known))
            else:
                made = self._fields(Keys(name.line, name.column, {name: value}), key, known)
                for type_ in self.types:
                    found[type_].update(made)
        return {type_: made for type_, made in found.items() if made}

    def _fields(self, node: Keys, what: str, known: tuple[str, ...] | None) -> dict[str, Template]:
        found = {}
        for name, value in node.entries.items():
            if known is not None and name.text not in known:
                self.findings.add(name, f"unknown key `{name.text}` in `{what}`", did_you_mean(name.text, known))
            elif (made := self._template(value)) is not None:
                found[name.text] = made
        return found

    def _links(self, fields: Fields) -> list[str]:
        if "links" not in fields:
            return []
        items = fields.items("links", "write links: [account.signed_up]")
        return [type_ for item in items for type_ in self._matching(item)]

    def _matching(self, node: Node) -> tuple[str, ...]:
        """Return the types of this file's aliases that a pattern names."""
        pattern = node.text if isinstance(node, Scalar) else ""
        known = tuple(self.vocabulary.kinds) if pattern == _ALL else self.vocabulary.matching(pattern)
        if not known:
            near = nearest(pattern, self.vocabulary.kinds)
            self.findings.add(node, f"unknown type `{pattern}`", f"did you mean `{near}`?" if near else _TYPES)
            return ()
        types = tuple(type_ for type_ in self.types if type_ in known)
        if not types:
            self.findings.add(node, f"no alias leads to `{pattern}`", "remove it, or add an alias")
        return types

    def _expression(self, node: Node) -> Expression | None:
        return self._parsed(node, lambda text: parse(text, self.tables))

    def _template(self, node: Node) -> Template | None:
        if isinstance(node, Scalar) and node.value is not None and not isinstance(node.value, str):
            return Template((Expression((Choice(None, node.value),)),))
        return self._parsed(node, lambda text: template(text, self.tables))

    def _parsed(self, node: Node, read: Callable[[str], _Made]) -> _Made | None:
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            self.findings.add(node, "this is not a value", _VALUE)
            return None
        try:
            return read(node.text)
        except ExpressionError as mistake:
            self.findings.add(node, mistake.message, mistake.remedy)
            return None

    def _path(self, node: Node) -> Path | None:
        text = node.text if isinstance(node, Scalar) else ""
        if (path := paths.parse(text)) is None:
            self.findings.add(node, f"`{text}` is not a path", "write one like data.items.*, or $ for the whole")
        return path

    def _pairs(self, fields: Fields, key: str) -> list[tuple[Scalar, Node]]:
        if key not in fields:
            return []
        node = fields.mapping(key, f"write the names of `{key}` with their values")
        return list(node.entries.items()) if node is not None else []
