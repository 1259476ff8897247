"""The value that each setting has for a process, and where it comes from."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

from streams.errors import SettingError
from streams.settings import secrets
from streams.settings.file import Given
from streams.settings.setting import Setting, Value, masked, parse


class Origin(StrEnum):
    """Who has the word, the first of these that says anything."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    SECRET_FILE = "secret file"  # noqa: S105 - a word for it
    FILE = "file"
    DEFAULT = "default"


class Effective(msgspec.Struct, frozen=True):
    """A setting with its value; `place` is the option, the variable, the file or its line."""

    setting: Setting
    value: Value
    origin: Origin
    place: str = ""

    @property
    def shown(self) -> Value:
        """Return the value without what nobody may see."""
        return masked(self.setting, self.value)


class Resolved(msgspec.Struct, frozen=True):
    """All settings that were asked for; one with a mistake has its default here."""

    values: dict[str, Effective]
    problems: tuple[SettingError, ...]

    def __getitem__(self, name: str) -> Value:
        """Return the value of a setting."""
        return self.values[name].value


def resolve(
    settings: Iterable[Setting],
    environ: Mapping[str, str],
    file: Mapping[str, Given],
    flags: Mapping[str, Value],
) -> Resolved:
    """Return the values and every mistake in what was said of these settings; a file of settings is read already."""
    values, problems = {}, []
    for setting in settings:
        try:
            values[setting.name] = _one(setting, environ, file, flags)
        except SettingError as problem:
            problems.append(problem)
            values[setting.name] = Effective(setting, setting.default, Origin.DEFAULT)
    return Resolved(values, tuple(problems))


def _one(
    setting: Setting, environ: Mapping[str, str], file: Mapping[str, Given], flags: Mapping[str, Value]
) -> Effective:
    if setting.name in flags:
        return Effective(setting, flags[setting.name], Origin.FLAG, setting.flag)
    path = environ.get(setting.file_variable, "") if setting.file_variable else ""
    if path:
        text = secrets.read(environ, setting.variable)
        return Effective(setting, parse(setting, text, path), Origin.SECRET_FILE, path)
    if text := environ.get(setting.variable, ""):
        return Effective(setting, parse(setting, text), Origin.ENVIRONMENT, setting.variable)
    if (given := file.get(setting.name)) is not None:
        return Effective(setting, parse(setting, given.text, given.place), Origin.FILE, given.place)
    return Effective(setting, setting.default, Origin.DEFAULT)
