"""How a value is made: `total_price | number`, `email or customer.email`, `= NPS if answers[field.type=nps]`.

    expression = choice { " or " choice } { " | " step }        the first choice that gives anything, and then the steps
    choice     = value [ " if " condition ]
    value      = path | "= " text                               what follows `= ` is taken as it is
    condition  = path | "no " path | path "=" words | path "!=" words        words are parted by commas

Text with braces is a template of expressions: `order:{order_id or id}`; it gives nothing where one of them does.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from streams.gateway.providers import path as paths
from streams.gateway.providers.path import Path, Scope, shown
from streams.gateway.providers.steps import STEPS, Unfit
from streams.rules.fields import did_you_mean

_BRACES: Final = re.compile(r"\{([^{}]*)\}")


class Wrong(msgspec.Struct, frozen=True):
    """A value that is there and is not what it is to be; `wanted` is the name of the step that it does not fit."""

    pointer: str
    wanted: str


class Condition(msgspec.Struct, frozen=True):
    """Whether a choice counts: something is there, or is one of some words."""

    path: Path
    words: frozenset[str] = frozenset()
    is_negated: bool = False

    def holds(self, scope: Scope) -> bool:
        """Whether it is so."""
        value = paths.find(self.path, scope)
        if not self.words:
            return (value not in (None, "", False)) is not self.is_negated
        return (shown(value) in self.words) is not self.is_negated


class Choice(msgspec.Struct, frozen=True):
    """One way to make a value: a path or a constant."""

    path: Path | None
    constant: Any = None
    condition: Condition | None = None

    def value(self, scope: Scope) -> Any:
        """Return the value, None for nothing."""
        if self.condition is not None and not self.condition.holds(scope):
            return None
        value = self.constant if self.path is None else paths.find(self.path, scope)
        return None if value == "" else value


class Expression(msgspec.Struct, frozen=True):
    """The first of its choices that gives anything, and then steps: names of steps, or tables of words."""

    choices: tuple[Choice, ...]
    steps: tuple[str | dict[str, Any], ...] = ()

    def value(self, scope: Scope) -> Any:
        """Return the value, None for nothing, or what is wrong with it."""
        for choice in self.choices:
            if (value := choice.value(scope)) is not None:
                return self._after_steps(value, choice)
        return None

    def _after_steps(self, value: Any, choice: Choice) -> Any:
        for step in self.steps:
            value = step.get(shown(value)) if isinstance(step, dict) else STEPS[step](value)
            if isinstance(value, Unfit):
                return Wrong(choice.path.pointer if choice.path else "", str(step))
            if value is None or value == "":
                return None
        return value

    @property
    def pointer(self) -> str:
        """Return where one would look for it first."""
        return next((choice.path.pointer for choice in self.choices if choice.path is not None), "")


class Template(msgspec.Struct, frozen=True):
    """Text with values in it; a template of one expression and nothing else gives the value itself."""

    parts: tuple[str | Expression, ...]

    def value(self, scope: Scope) -> Any:
        """Return the text, None where one of its values is missing, or what is wrong with one."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Expression):
            return self.parts[0].value(scope)
        texts: list[str] = []
        for part in self.parts:
            value = part if isinstance(part, str) else part.value(scope)
            if value is None or isinstance(value, Wrong):
                return value
            texts.append(shown(value))
        return "".join(texts) if all(texts) else None

    @property
    def pointer(self) -> str:
        """Return where one would look for it first."""
        return next((part.pointer for part in self.parts if isinstance(part, Expression)), "")


class Joined(msgspec.Struct, frozen=True):
    """Values with colons between them; those after the first may be missing."""

    parts: tuple[Expression, ...]

    def value(self, scope: Scope) -> Any:
        """Return the text, None where the first is missing, or what is wrong with one."""
        texts: list[str] = []
        for part in self.parts:
            value = part.value(scope)
            if isinstance(value, Wrong):
                return value
            if value is not None:
                texts.append(shown(value))
            elif not texts:
                return None
        return ":".join(texts)

    @property
    def pointer(self) -> str:
        """Return where one would look for it first."""
        return self.parts[0].pointer if self.parts else ""


class ExpressionError(Exception):
    """Raise when text is no expression, with the remedy; only while a mapping file is read."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def template(text: str, tables: Mapping[str, dict[str, Any]]) -> Template:
    """Return what text says; raise ExpressionError."""
    if "{" not in text:
        return Template((parse(text, tables),))
    parts: list[str | Expression] = []
    end = 0
    for found in _BRACES.finditer(text):
        parts += [text[end : found.start()]] * (found.start() > end)
        parts.append(parse(found.group(1), tables))
        end = found.end()
    parts += [text[end:]] * (end < len(text))
    if any("{" in part or "}" in part for part in parts if isinstance(part, str)):
        raise ExpressionError(f"`{text}` has a brace too many", "write order:{order_id}")
    return Template(tuple(parts))


def parse(text: str, tables: Mapping[str, dict[str, Any]]) -> Expression:
    """Return the expression that text is; raise ExpressionError."""
    choices, *steps = text.split(" | ")
    return Expression(
        tuple(_choice(part.strip()) for part in choices.split(" or ")),
        tuple(_step(step.strip(), tables) for step in steps),
    )


def _choice(text: str) -> Choice:
    value, _, condition = text.partition(" if ")
    holds = _condition(condition.strip()) if condition else None
    if value.startswith("="):
        return Choice(None, value[1:].strip(), holds)
    return Choice(_path(value.strip()), None, holds)


def _condition(text: str) -> Condition:
    if text.startswith("no "):
        return Condition(_path(text.removeprefix("no ").strip()), is_negated=True)
    # A path may hold `[name=value]`, so the sign of comparison is looked for behind the last bracket.
    cut = text.rfind("]") + 1
    head, sign, words = text[cut:].partition("=")
    is_negated = head.endswith("!")
    path = _path(text[:cut] + head.removesuffix("!").strip())
    return Condition(path, frozenset(word.strip() for word in words.split(",")) if sign else frozenset(), is_negated)


def _path(text: str) -> Path:
    if (path := paths.parse(text)) is None:
        raise ExpressionError(
            f"`{text}` is not a path", "write one like order.customer.id, or `= text` for text as it is"
        )
    return path


def _step(name: str, tables: Mapping[str, dict[str, Any]]) -> str | dict[str, Any]:
    if name in tables:
        return tables[name]
    if name not in STEPS:
        raise ExpressionError(f"unknown step `{name}`", did_you_mean(name, (*STEPS, *tables)))
    return name
