"""The settings file: TOML, one key a setting, below the environment, which is below the flags."""

import os
import re
import tomllib
from collections.abc import Mapping, MutableMapping
from pathlib import Path

import msgspec

from streams.errors import SettingError
from streams.settings.catalogue import IN_FILE, NOT_IN_FILE, SETTINGS, suggestion
from streams.settings.setting import Setting, parse


class Given(msgspec.Struct, frozen=True):
    """What a file says of a setting, as a variable would say it, and where."""

    text: str
    place: str


class Read(msgspec.Struct, frozen=True):
    """A file of settings: what is right in it, and every mistake."""

    given: dict[str, Given]
    problems: tuple[SettingError, ...]


def read(path: Path) -> Read:
    """Return what a file says.

    Raises:
        SettingError: it cannot be read, or is no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except OSError as error:
        raise SettingError(f"cannot read: {error.strerror}", place=str(path), remedy="name a settings file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"no TOML: {error}", place=str(path), remedy="write lines like partitions = 8") from error
    given, problems = {}, []
    for name, value in found.items():
        place = f"{path}:{_line(text, name)}"
        try:
            given[name] = _given(name, value, place)
        except SettingError as problem:
            problems.append(problem)
    return Read(given, tuple(problems))


def apply(path: Path, environ: MutableMapping[str, str] = os.environ) -> dict[str, Given]:
    """Give the settings of a file to the environment where it does not have them; return those that it gave.

    Raises:
        SettingError: the file cannot be read, is no TOML, or has a mistake; the first one is named with its line.
    """
    found = read(path)
    for problem in found.problems:
        raise problem
    lacking = {name: one for name, one in found.given.items() if not _is_said(SETTINGS[name], environ)}
    for name, one in lacking.items():
        environ[SETTINGS[name].variable] = one.text
    return lacking


def _is_said(setting: Setting, environ: Mapping[str, str]) -> bool:
    return any(environ.get(name) for name in (setting.variable, setting.file_variable) if name)


def _given(name: str, value: object, place: str) -> Given:
    if name in NOT_IN_FILE:
        setting = SETTINGS[name]
        remedy = f"set {setting.file_variable or setting.variable} in the environment"
        raise SettingError(f"`{name}` does not belong into a file of settings", place=place, remedy=remedy)
    if isinstance(value, dict):
        raise SettingError(f"`{name}` is a table", place=place, remedy=_untabled(name, value))
    if name not in IN_FILE:
        raise SettingError(f"unknown setting `{name}`", place=place, remedy=suggestion(name, IN_FILE))
    setting = SETTINGS[name]
    if isinstance(value, list) != (setting.type is tuple) or isinstance(value, bool):
        wanted = (
            f'a list, like {name} = ["a", "b"]' if setting.type is tuple else f"one value, like {name} = {_like(name)}"
        )
        raise SettingError(f"`{name}` has the wrong type", place=place, remedy=f"give {wanted}")
    if isinstance(value, list) and any(not isinstance(one, str) or len(one.split()) != 1 for one in value):
        raise SettingError(f"`{name}` has a value with blanks", place=place, remedy="give texts without blanks")
    text = " ".join(value) if isinstance(value, list) else str(value)
    parse(setting, text, place)
    return Given(text, place)


def _untabled(name: str, table: Mapping[str, object]) -> str:
    for key, value in table.items():
        for known in (f"{name}_{key}", key):
            if known in IN_FILE:  # numbers hold no secret
                return (
                    f"settings have no tables: write {known} = {value if type(value) in (int, float) else _like(known)}"
                )
    known = name if name in IN_FILE else "partitions"
    return f"settings have no tables: write {known} = {_like(known)}"


def _like(name: str) -> str:
    setting = SETTINGS[name]
    example = setting.declared.example or setting.default
    return f'"{example}"' if isinstance(example, str) else str(example)


def _line(text: str, name: str) -> int:
    """Return where a key stands; tomllib does not say."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[*\s*[\"']?{re.escape(name)}[\"']?\s*[.=\]]", line):
            return number
    return 1
