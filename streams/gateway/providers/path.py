"""Where something stands in a request: `order.customer.id`, `header:X-Shopify-Topic`, `answers[field.type=nps].number`.

The steps of a path are names, places in a list (`0`, `-1`), `*` for every item, and `[name=value]` for the first item
of a list whose own path leads to that value. `$` is the event itself. A path begins in the event unless it says:

    header:X-Name   a header            body:a.b       the body around the event, unwrapped where something wraps it
    query:name      of the address      envelope:a.b   the body as it came
                                        list:index     which event of its list it is, from 0
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

_STEP: Final = re.compile(r"\[([^\[\]=]+)=([^\[\]]*)\]|([^.\[\]]+)")
_PATH: Final = re.compile(r"(?:[^.\[\]\s]+(?:\[[^\[\]=]+=[^\[\]]*\])*)(?:\.[^.\[\]\s]+(?:\[[^\[\]=]+=[^\[\]]*\])*)*")
_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_INDEX: Final = re.compile(r"-?[0-9]{1,6}")
EVERY: Final = "*"


class Origin(StrEnum):
    """Where a path begins."""

    EVENT = "event"
    BODY = "body"
    ENVELOPE = "envelope"
    LIST = "list"
    HEADER = "header"
    QUERY = "query"


class Pick(msgspec.Struct, frozen=True):
    """The first item of a list whose own path leads to a value."""

    steps: tuple[str, ...]
    value: str


class Path(msgspec.Struct, frozen=True):
    """A path by its origin and steps; `text` is how it was written."""

    text: str
    origin: Origin
    steps: tuple[str | Pick, ...]
    is_direct: bool = False  # leads through names and places alone

    @property
    def pointer(self) -> str:
        """Return the JSON pointer into the event as far as one can say it beforehand; empty for what is elsewhere."""
        if self.origin is not Origin.EVENT:
            return ""
        plain = []
        for step in self.steps:
            if isinstance(step, Pick) or step == EVERY:
                break
            plain.append(f"/{step.replace('~', '~0').replace('/', '~1')}")
        return "".join(plain)


class Scope(msgspec.Struct, frozen=True):
    """What the paths of one event lead into."""

    event: Any
    body: Any
    envelope: Any = None
    index: int = 0
    headers: Mapping[str, str] = {}  # lower-case names
    query: Mapping[str, str] = {}


def parse(text: str) -> Path | None:
    """Return the path, None where it is none."""
    word, colon, rest = text.partition(":")
    if text == "list:index":
        return Path(text, Origin.LIST, ())
    if colon and word in (Origin.HEADER, Origin.QUERY):
        name = rest.lower() if word == Origin.HEADER else rest
        return Path(text, Origin(word), (name,)) if _NAME.fullmatch(rest) else None
    if colon and word in (Origin.BODY, Origin.ENVELOPE):
        origin = Origin(word)
    else:
        origin, rest = Origin.EVENT, text
    if rest == "$":
        return Path(text, origin, ())
    if not _PATH.fullmatch(rest):
        return None
    steps: list[str | Pick] = []
    for found in _STEP.finditer(rest):
        key, value, name = found.groups()
        steps.append(name if name is not None else Pick(tuple(key.split(".")), value))
    is_direct = all(isinstance(step, str) and step != EVERY for step in steps)
    return Path(text, origin, tuple(steps), is_direct)


def find(path: Path, scope: Scope) -> Any:
    """Return what the path leads to, None where nothing is; with `*` a list of all that is there."""
    if path.is_direct:
        return _straight(path.steps, _start(path.origin, scope))
    if path.origin in (Origin.HEADER, Origin.QUERY):
        texts = scope.headers if path.origin is Origin.HEADER else scope.query
        return texts.get(str(path.steps[0])) or None
    if path.origin is Origin.LIST:
        return scope.index
    found = (value for _, value in walk(path.steps, _start(path.origin, scope)))
    return list(found) or None if EVERY in path.steps else next(found, None)


def _start(origin: Origin, scope: Scope) -> Any:
    if origin is Origin.EVENT:
        return scope.event
    return scope.body if origin is Origin.BODY else scope.envelope


def _straight(steps: Sequence[str | Pick], value: Any) -> Any:
    """Return what `walk` would find first, faster."""
    for step in steps:
        if value is None:
            return None
        value = value.get(step) if isinstance(value, dict) else next((inner for _, inner in _step(step, value)), None)
    return value


def walk(steps: Sequence[str | Pick], value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield everything that steps lead to from a value, each with its JSON pointer; null is nothing."""
    if value is None:
        return
    if not steps:
        yield pointer, value
        return
    for where, inner in _step(steps[0], value):
        yield from walk(steps[1:], inner, f"{pointer}/{where}")


def shown(value: Any) -> str:
    """Return a scalar as a mapping file writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _step(step: str | Pick, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(step, Pick):
        if isinstance(value, list):
            yield from ((str(at), item) for at, item in _first(step, value))
    elif isinstance(value, dict):
        yield step.replace("~", "~0").replace("/", "~1"), value.get(step)
    elif isinstance(value, list):
        if step == EVERY:
            yield from ((str(at), item) for at, item in enumerate(value))
        elif _INDEX.fullmatch(step) and -len(value) <= int(step) < len(value):
            yield str(int(step) % len(value)), value[int(step)]


def _first(pick: Pick, items: list[Any]) -> Iterator[tuple[int, Any]]:
    for at, item in enumerate(items):
        if any(shown(value) == pick.value for _, value in walk(pick.steps, item)):
            yield at, item
            return
