"""One setting by its names, and what a text that somebody wrote for it means."""

import math
import re
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from typing import Any, Final, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from streams.errors import SettingError
from streams.settings import secrets
from streams.settings.declared import Declared, Holds, Secret
from streams.settings.redacted import MASK, redacted

PREFIX: Final = "TOUCHPOINT_"
_TYPES: Final = {int: "a whole number", float: "a number"}

Value = str | int | float | tuple[str, ...]


class Setting(msgspec.Struct, frozen=True):
    """`name` is its key in the file, `field` that of the struct which holds it."""

    name: str
    field: str
    type: Any  # str, int, float or tuple
    default: Value
    declared: Declared

    @property
    def variable(self) -> str:
        """Return the variable of the environment."""
        return PREFIX + self.name.upper()

    @property
    def file_variable(self) -> str:
        """Return the variable that may name a file which holds the value; empty where there is none."""
        return "" if self.declared.secret is Secret.NONE else f"{self.variable}_FILE"

    @property
    def flag(self) -> str:
        """Return the option of the command line; empty where there is none."""
        return f"--{self.name.replace('_', '-')}" if self.declared.flag == "--" else self.declared.flag

    @property
    def bounds(self) -> str:
        """Return what values it may have in words; empty where any will do."""
        least, most = self.declared.least, self.declared.most
        if self.declared.choices:
            return ", ".join(self.declared.choices)
        if least is not None and most is not None:
            return f"{_figure(least)} to {_figure(most)}"
        return f"{_figure(least)} or more" if least is not None else ""


def declared_in(struct: type[msgspec.Struct], prefix: str = "") -> tuple[Setting, ...]:
    """Return the settings that a struct declares, in its order; the prefix comes before each name."""
    hints = get_type_hints(struct, include_extras=True)
    found = []
    for field in msgspec.structs.fields(struct):
        hint = hints[field.name]
        (declared,) = [each for each in getattr(hint, "__metadata__", ()) if isinstance(each, Declared)]
        kind = getattr(hint.__origin__, "__origin__", hint.__origin__)
        found.append(Setting(prefix + field.name, field.name, kind, field.default, declared))
    return tuple(found)


def parse(setting: Setting, text: str, place: str = "") -> Any:
    """Return the value that a text stands for; several are apart by blanks.

    Raises:
        SettingError: it cannot be; the place is the one given, else the variable.
    """
    place = place or setting.variable
    if setting.type is tuple:
        values = tuple(text.split())
        for value in values:
            _check_text(setting, value, place)
        return values
    if setting.type is str:
        if text or setting.declared.choices:
            _check_text(setting, text, place)
        return text
    return _number(setting, text, place)


def said_in(environ: Mapping[str, str], settings: Iterable[Setting]) -> dict[str, Any]:
    """Return what the environment, or a file that it names for a secret, says of settings, by their fields.

    Raises:
        SettingError: a value cannot be, or a file cannot be read.
    """
    found = {}
    for each in settings:
        text = secrets.read(environ, each.variable) if each.file_variable else environ.get(each.variable, "")
        if text:
            found[each.field] = parse(each, text)
    return found


def masked(setting: Setting, value: Value) -> Value:
    """Return the value as it may be shown: a secret as dots, each URL without what may be one in it."""
    declared = setting.declared
    if not value:
        return value
    if declared.secret is Secret.WHOLE:
        return MASK
    if declared.holds is not Holds.URL and declared.secret is not Secret.URL:
        return value
    return tuple(map(redacted, value)) if isinstance(value, tuple) else redacted(str(value))


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 1_000 else f"{number:g}"


def _number(setting: Setting, text: str, place: str) -> int | float:
    try:
        value: int | float = setting.type(text)
    except ValueError as error:
        shown = MASK if setting.declared.secret is not Secret.NONE else text
        remedy = f"{setting.bounds}, like {setting.default}" if setting.bounds else f"like {setting.default}"
        raise SettingError(f"`{shown}` is not {_TYPES[setting.type]}", place=place, remedy=remedy) from error
    least, most = setting.declared.least, setting.declared.most
    if not math.isfinite(value) or (least is not None and value < least) or (most is not None and value > most):
        raise SettingError(f"{text} is out of range", place=place, remedy=f"it may be {setting.bounds}")
    return value


def _check_text(setting: Setting, text: str, place: str) -> None:
    declared = setting.declared
    shown = masked(setting, text)
    if declared.choices and text not in declared.choices:
        raise SettingError(f"`{shown}` is none of the choices", place=place, remedy=f"it may be {setting.bounds}")
    if declared.shape and not re.fullmatch(declared.shape, text, re.DOTALL):
        raise SettingError(f"`{shown}` has not the right form", place=place, remedy=_like(setting))
    if problem := _CHECKS.get(declared.holds, lambda _: "")(text):
        raise SettingError(f"`{shown}` is {problem}", place=place, remedy=_like(setting))


def _like(setting: Setting) -> str:
    default = " ".join(setting.default) if isinstance(setting.default, tuple) else setting.default
    example = setting.declared.example or default
    return f"write it like {example}" if example else setting.declared.help


def _url_problem(text: str) -> str:
    try:
        found = urlsplit(text)
        _ = found.port
    except ValueError:
        return "no URL"
    return "" if found.scheme and "://" in text else "no URL"


def _servers_problem(text: str) -> str:
    for server in text.split(","):
        host, _, port = server.strip().rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) <= 65_535:
            return "not host:port"
    return ""


def _zone_problem(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "no time zone"
    return ""


def _network_problem(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return "no network"
    return ""


_CHECKS: Final = {
    Holds.NETWORK: _network_problem,
    Holds.URL: _url_problem,
    Holds.SERVERS: _servers_problem,
    Holds.ZONE: _zone_problem,
}
