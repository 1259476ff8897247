"""What is wrong with settings before anything starts: names, values, files that are missing, and contradictions."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from streams.errors import SettingError
from streams.settings.catalogue import FILE_VARIABLES, SETTINGS, VARIABLES, is_variable, of_part, suggestion
from streams.settings.declared import EVERY, Holds, Part, Secret
from streams.settings.effective import Effective, Origin, Resolved, resolve
from streams.settings.file import read
from streams.settings.setting import PREFIX, Setting, Value

# What Kubernetes tells each pod of each Service; a Service that is called touchpoint-... looks like a setting.
_SERVICE_SHAPE: Final = r".*_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP|SCTP)(_.*)?)"
_SERVICE_LINKS: Final = "Kubernetes made it of a Service: set enableServiceLinks: false in the pod"
_KINDS: Final[Mapping[Holds, tuple[Callable[[Path], bool], str]]] = {
    Holds.FILE: (Path.is_file, "file"),
    Holds.FOLDER: (Path.is_dir, "folder"),
    Holds.PATH: (Path.exists, "file or folder"),
}


def check(
    environ: Mapping[str, str],
    file: Path | None = None,
    flags: Mapping[str, Value] | None = None,
    parts: Sequence[Part] = EVERY,
) -> tuple[Resolved, list[SettingError]]:
    """Return what these parts would run with, and every mistake in it."""
    problems: list[SettingError] = []
    given = {}
    if file is not None:
        try:
            said = read(file)
        except SettingError as problem:
            problems.append(problem)
        else:
            problems += said.problems
            given = said.given
    resolved = resolve(_used_by(parts), environ, given, flags or {})
    problems += [*resolved.problems, *unknown(environ), *_missing(resolved), *_contradictions(resolved)]
    return resolved, problems


def _used_by(parts: Sequence[Part]) -> list[Setting]:
    names = {each.name for part in parts for each in of_part(part)}
    return [each for name, each in SETTINGS.items() if name in names]


def unknown(environ: Mapping[str, str]) -> Iterator[SettingError]:
    """Name each variable that begins as ours do and is none."""
    known = (*VARIABLES, *FILE_VARIABLES)
    for name in sorted(environ):
        if name.startswith(PREFIX) and not is_variable(name):
            remedy = _SERVICE_LINKS if re.fullmatch(_SERVICE_SHAPE, name) else suggestion(name, known)
            yield SettingError("unknown variable", place=name, remedy=remedy)


def _missing(resolved: Resolved) -> Iterator[SettingError]:
    for one in resolved.values.values():
        if one.setting.declared.holds not in _KINDS or one.origin is Origin.DEFAULT:
            continue
        is_there, what = _KINDS[one.setting.declared.holds]
        for path in one.value if isinstance(one.value, tuple) else (str(one.value),):
            if path and not is_there(Path(path)):
                remedy = f"`{one.setting.name}` needs a {what} that is there: mend the path"
                yield SettingError(f"there is no {what} {path}", place=one.place, remedy=remedy)


def _contradictions(resolved: Resolved) -> Iterator[SettingError]:
    values = resolved.values

    def said(name: str) -> Effective | None:
        return one if (one := values.get(name)) is not None and one.value != "" else None

    for name, other in (("gateway_tls_cert", "gateway_tls_key"), ("ssl_certfile", "ssl_keyfile")):
        for one, lacking in ((said(name), other), (said(other), name)):
            if one is not None and lacking in values and said(lacking) is None:
                yield SettingError(f"{one.setting.name} needs {lacking}", place=one.place, remedy=f"set {lacking} too")
    yield from _ports(values)
    yield from _kafka(values)
    meta, fence = said("lane_meta_sec"), said("lane_fence_sec")
    if meta is not None and fence is not None and float(str(meta.value)) >= float(str(fence.value)):
        place = meta.place or fence.place
        yield SettingError("fences would expire before they are renewed", place=place,
                           remedy="keep lane_meta_sec far below lane_fence_sec")  # fmt: skip


def _ports(values: Mapping[str, Effective]) -> Iterator[SettingError]:
    """Find two processes with one port; they may stand on machines of their own, so only where both are said here."""
    taken: dict[Value, str] = {}
    for name in ("metrics_port", "desk_port", "gateway_port", "canary_port"):
        if name in values and values[name].value:
            if (other := taken.get(values[name].value)) is not None:
                place = values[name].place or values[other].place
                remedy = f"give {name} and {other} a port each"
                yield SettingError(f"{name} and {other} are both {values[name].value}", place=place, remedy=remedy)
            taken.setdefault(values[name].value, name)


def _kafka(values: Mapping[str, Effective]) -> Iterator[SettingError]:
    if "security_protocol" not in values:
        return
    protocol = str(values["security_protocol"].value)
    for prefix in ("sasl_", "ssl_"):
        is_on = prefix[:-1].upper() in protocol.split("_")
        given = [one for name, one in values.items() if name.startswith(prefix) and one.origin is not Origin.DEFAULT]
        if given and not is_on:
            remedy = "set security_protocol to what the broker speaks, or leave it out"
            message = f"{given[0].setting.name} means nothing with {protocol}"
            yield SettingError(message, place=given[0].place, remedy=remedy)
    if "SASL" in protocol:
        for name in ("sasl_username", "sasl_password"):
            if not values[name].value:
                setting = values[name].setting
                remedy = f"set {setting.variable}"
                remedy += f" or {setting.file_variable}" if setting.declared.secret is not Secret.NONE else ""
                yield SettingError(f"{protocol} needs {name}", place=values["security_protocol"].place, remedy=remedy)
