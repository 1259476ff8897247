"""Ticket templates: JSON with placeholders, so that any ticket system with an API can be written down.

A template has steps. `create` makes the ticket, and its `id` says where in the answer its number stands. `find`, if it
is there, looks for a ticket under our key before. `update` and `close` are lists, done in order. A placeholder is
`${name}` in a text; a text that is nothing else becomes the value itself, so that a number stays one. In a path values
are quoted. Names that are neither of the notice nor in `by_severity` are options of the channel.
"""

import html
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec

from streams.desk.notify import texts
from streams.desk.notify.notice import Notice

FOLDER: Final = Path(__file__).with_name("templates")
_PLACEHOLDER: Final = re.compile(r"\$\{([a-z_]+)\}")


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request; `id` is where the ticket's number stands in the answer: `tickets.0.id`."""

    method: str
    path: str
    body: Any = None
    id: str = ""


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ticket system; `by_severity` are further placeholders: name -> severity -> value."""

    create: Step
    update: tuple[Step, ...]
    close: tuple[Step, ...]
    find: Step | None = None
    auth: str = "bearer"
    by_severity: dict[str, dict[str, str | int]] = {}

    def steps(self) -> Iterator[Step]:
        """Yield every step."""
        if self.find is not None:
            yield self.find
        yield self.create
        yield from self.update
        yield from self.close


def values(notice: Notice, template: Template) -> dict[str, str | int]:
    """Return what placeholders stand for; `id` and the channel's options come on top."""
    body = texts.body(notice)
    return {
        "about": notice.about.value,
        "case_id": notice.case_id,
        "dedup_key": notice.dedup_key,
        "headline": texts.headline(notice),
        "html": html.escape(f"{texts.headline(notice)}\n{body}").replace("\n", "<br>"),
        "kind": notice.kind.value,
        "link": notice.link,
        "moment": notice.moment,
        "name": texts.name(notice),
        "number": notice.number,
        "receiver": notice.receiver,
        "revision": notice.revision,
        "severity": notice.severity,
        "text": body,
        "title": texts.title(notice),
        **{name: choice.get(notice.severity, "") for name, choice in template.by_severity.items()},
    }


def names(template: Template) -> set[str]:
    """Return every placeholder that a template has."""
    return {name for step in template.steps() for text in _texts((step.path, step.body)) for name in _found(text)}


def path_of(step: Step, given: dict[str, str | int]) -> str:
    """Return the path with its placeholders filled, each value quoted whole."""
    return _PLACEHOLDER.sub(lambda found: quote(str(given[found[1]]), safe=""), step.path)


def body_of(step: Step, given: dict[str, str | int]) -> bytes:
    """Return the body with its placeholders filled; empty where the step has none."""
    return b"" if step.body is None else msgspec.json.encode(_walk(step.body, lambda text: _fill(text, given)))


def pick(answer: object, where: str) -> str:
    """Return what stands at `tickets.0.id` of an answer, empty where there is nothing."""
    for part in where.split("."):
        if isinstance(answer, dict):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isascii() and part.isdigit() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return ""
    return str(answer) if isinstance(answer, str | int) else ""


def read(path: Path) -> Template:
    """Return the template of a file.

    Raises:
        ValueError: it is none; the message has the line and column, or the place within it.
        OSError: it cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    try:
        return msgspec.convert(json.loads(text), Template)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def _fill(text: str, given: dict[str, str | int]) -> str | int:
    whole = _PLACEHOLDER.fullmatch(text)
    return given[whole[1]] if whole else _PLACEHOLDER.sub(lambda found: str(given[found[1]]), text)


def _walk(node: Any, change: Callable[[str], str | int]) -> Any:
    if isinstance(node, dict):
        return {key: _walk(value, change) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_walk(value, change) for value in node]
    return change(node) if isinstance(node, str) else node


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list | tuple):
        for value in node:
            yield from _texts(value)
    elif isinstance(node, str):
        yield node


def _found(text: str) -> list[str]:
    return _PLACEHOLDER.findall(text)
