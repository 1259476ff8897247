"""Options of the command line, made of the declarations of settings."""

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
from click.core import ParameterSource

from streams.settings import secrets
from streams.settings.catalogue import HANDED, SETTINGS
from streams.settings.declared import Declared, Holds, Part
from streams.settings.setting import Setting, parse

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FOLDERS: Final = (Holds.FOLDER, Holds.HOME)


class PathType(click.Path):
    """A path; several in a variable are apart by blanks, like every list of settings."""

    envvar_list_splitter = None  # type: ignore[assignment] # as click's own other types have it


def option(name: str, **changes: Any) -> Callable[[_Command], _Command]:
    """Add the option of one setting, under its field's name; `changes` are those of click.option."""
    setting = SETTINGS[name]
    declared = setting.declared
    attributes: dict[str, Any] = {
        "envvar": setting.variable,
        "default": setting.default,
        "show_default": bool(setting.default) and name != "rules",
        "multiple": setting.type is tuple,
        "type": _type(setting),
        "metavar": declared.metavar or None,
        "help": declared.help,
        "callback": _check(setting),
    }
    return click.option(setting.flag, setting.field, **(attributes | changes))


def options_of(part: Part) -> Callable[[_Command], _Command]:
    """Add the options of all settings that a process is handed; it takes them as `**options` for `Settings`."""

    def add(command: _Command) -> _Command:
        for setting in reversed([each for each in HANDED if part in each.declared.users and each.flag]):
            command = option(setting.name)(command)
        return command

    return add


def _type(setting: Setting) -> Any:
    declared: Declared = setting.declared
    if declared.choices:
        return click.Choice(declared.choices)
    if setting.type is int:
        return click.IntRange(_whole(declared.least), _whole(declared.most))
    if setting.type is float:
        return click.FloatRange(declared.least, declared.most)
    if declared.holds in _FOLDERS:
        return PathType(file_okay=False, exists=declared.holds is Holds.FOLDER)
    if declared.holds is Holds.FILE:
        return PathType(dir_okay=False)
    return str


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _check(setting: Setting) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Refuse what the declaration does not allow, and look into the file of a secret."""

    def check(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        source = context.get_parameter_source(parameter.name or "")
        if setting.file_variable and source is not ParameterSource.COMMANDLINE:
            value = secrets.read(os.environ, setting.variable) or value
        if source is not ParameterSource.DEFAULT:
            place = setting.flag if source is ParameterSource.COMMANDLINE else ""
            for one in value if isinstance(value, tuple) else (value,):
                if setting.type is not tuple or len(str(one).split()) == 1:  # a flag may have a path with blanks
                    parse(setting, str(one), place)
        return value

    return check
