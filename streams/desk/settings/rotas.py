"""Rotas of the file: where each one's shifts are, who its people are, and who is told in a gap."""

from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from streams.codec.times import to_ms
from streams.desk.routing.oncall import Rota, Shift, rota
from streams.desk.settings import ical
from streams.desk.settings.receivers import zone_remedy
from streams.desk.settings.section import Names, listed
from streams.documents import Scalar
from streams.errors import LoadError
from streams.rules.fields import Fields

_ROTA: Final = "write {name: front, file: front.ics, people: {Ana Pérez: ana}, fallback: support-chat}"
_PEOPLE: Final = "write people: {Ana Pérez: ana-phone}: the name in the file, then her receiver"
_MOST: Final = 100
_KEYS: Final = ("name", "file", "time_zone", "people", "fallback")


def read(fields: Fields, names: Names, folder: Path, now: datetime) -> dict[str, Rota]:
    """Return the rotas of the file by name; their files are looked for from `folder` on."""
    found = {}
    for node in listed(fields, "on_call", "a rota", _ROTA, _MOST):
        one = Fields(node, "a rota", _KEYS, fields.findings)
        name = one.text("name", _ROTA)
        fallback = one.text("fallback", "name the receiver for hours that nobody has: fallback: support-chat")
        names.check(one.node_of("fallback"), fallback, names.receivers, "receiver")
        shifts = _shifts(one, _people(one, names), folder, now)
        found[name] = rota(name, shifts, fallback=fallback, read_until=to_ms(now + ical.AHEAD))
    return found


def files(fields: Fields, folder: Path) -> tuple[Path, ...]:
    """Return the files that rotas name, whatever else may be wrong."""
    nodes = listed(fields, "on_call", "a rota", _ROTA, _MOST)
    named = (value for node in nodes for key, value in node.entries.items() if key.text == "file")
    return tuple(folder / value.text for value in named if isinstance(value, Scalar) and value.text)


def _people(fields: Fields, names: Names) -> dict[str, str]:
    known = fields.need("people", _PEOPLE)
    node = fields.mapping("people", _PEOPLE) if known is not None else None
    found = {}
    for key, value in node.entries.items() if node is not None else ():
        if isinstance(value, Scalar) and value.text:
            names.check(value, value.text, names.receivers, "receiver")
            found[key.text] = value.text
        else:
            fields.findings.add(value, "a person must have one receiver", _PEOPLE)
    return found


def _shifts(fields: Fields, people: dict[str, str], folder: Path, now: datetime) -> tuple[Shift, ...]:
    name = fields.text("file", "name the iCalendar file: file: front.ics")
    zone = fields.text("time_zone", "name it as the tz database does: time_zone: Europe/Madrid", "UTC")
    try:
        local = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fields.findings.add(fields.node_of("time_zone"), f"unknown time zone `{zone}`", zone_remedy(zone))
        return ()
    if not name or fields.findings.found:
        return ()  # what is wrong with the names would be said once more for every event
    path = folder / name
    try:
        return ical.read(path.read_text("utf-8"), str(path), people, local, now)
    except LoadError as error:
        fields.findings.found += error.findings
    except (OSError, UnicodeDecodeError):
        remedy = "name a file that exists, from the folder of this file on, and is UTF-8 text"
        fields.findings.add(fields.node_of("file"), f"`{name}` cannot be read", remedy)
    return ()
