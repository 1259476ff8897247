"""What a form asks for, as a command: pure; a form that makes no sense is refused as the desk would do it."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Final

import msgspec

from streams.desk.cases.command import (
    Acknowledge,
    Assign,
    Claim,
    Command,
    Contact,
    Judge,
    Move,
    Note,
    Reach,
    Release,
    Reopen,
    Resolve,
    Snooze,
    Start,
    Tag,
    Wait,
)
from streams.desk.service.port import Refusal

MAX_TEXT: Final = 4_000  # characters of any field
MAX_TAGS: Final = 20
_MINUTE_MS: Final = 60_000
_MAX_MINUTES: Final = 366 * 24 * 60
_MAX_VALUE: Final = 1_000_000  # of an offer
_CONTACTS: Final = frozenset(contact.value for contact in Contact)


class Setting(msgspec.Struct, frozen=True):
    """What a form means depends on: the time, the zone in which people write times, the currency of amounts."""

    now: int
    zone: tzinfo
    currency: str


def command(form: Mapping[str, str], setting: Setting) -> Command | Refusal:
    """Return the command of a form; `do` names it, `revision` is what the person saw."""
    make = _MAKERS.get(form.get("do", ""))
    if make is None:
        return Refusal.MISSING
    if any(len(value) > MAX_TEXT for value in form.values()):
        return Refusal.TOO_LONG
    return make(form, _revision(form), setting)


def _revision(form: Mapping[str, str]) -> int:
    text = form.get("revision", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def text_of(form: Mapping[str, str], name: str) -> str:
    """Return what was typed into a field, with the line ends of everybody."""
    return form.get(name, "").replace("\r\n", "\n").strip()


def time_of(form: Mapping[str, str], setting: Setting) -> int | Refusal:
    """Return when: the time that was written (`at`), else so many minutes from now (`in`)."""
    if at := text_of(form, "at"):
        try:
            written = datetime.fromisoformat(at)
        except ValueError:
            return Refusal.MISSING
        when = int(written.replace(tzinfo=written.tzinfo or setting.zone).timestamp() * 1000)
        if when - setting.now > _MAX_MINUTES * _MINUTE_MS:
            return Refusal.TOO_LONG
        return when if when > setting.now else Refusal.IN_PAST
    minutes = text_of(form, "in")
    if not (minutes.isascii() and minutes.isdecimal() and len(minutes) < 8 and 0 < int(minutes) <= _MAX_MINUTES):
        return Refusal.MISSING
    return setting.now + int(minutes) * _MINUTE_MS


def _amount(text: str) -> float | Refusal:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return Refusal.MISSING
    return round(value, 2) if 0 <= value <= _MAX_VALUE else Refusal.TOO_LONG


def _assign(form: Mapping[str, str], revision: int, _: Setting) -> Command | Refusal:
    to = text_of(form, "to")
    return Assign(revision=revision, to=to) if to else Refusal.MISSING


def _move(form: Mapping[str, str], revision: int, _: Setting) -> Command | Refusal:
    team = text_of(form, "team")
    return Move(revision=revision, team=team) if team else Refusal.MISSING


def _note(form: Mapping[str, str], revision: int, _: Setting) -> Command | Refusal:
    text = text_of(form, "text")
    return Note(text=text) if text else Refusal.MISSING


def _tag(form: Mapping[str, str], revision: int, _: Setting) -> Command | Refusal:
    add, remove = (tuple(text_of(form, name).replace(",", " ").split()) for name in ("add", "remove"))
    if len(add) + len(remove) > MAX_TAGS:
        return Refusal.TOO_LONG
    return Tag(add=add, remove=remove) if add or remove else Refusal.MISSING


def _wait(form: Mapping[str, str], revision: int, setting: Setting) -> Command | Refusal:
    until = time_of(form, setting)
    return until if isinstance(until, Refusal) else Wait(revision=revision, until=until)


def _snooze(form: Mapping[str, str], revision: int, setting: Setting) -> Command | Refusal:
    until = time_of(form, setting)
    return until if isinstance(until, Refusal) else Snooze(revision=revision, until=until)


def _judge(form: Mapping[str, str], revision: int, _: Setting) -> Command | Refusal:
    alert_id, useful = text_of(form, "alert_id"), form.get("useful") == "yes"
    reason = text_of(form, "reason")
    if not alert_id or not (useful or reason):
        return Refusal.MISSING
    return Judge(alert_id=alert_id, useful=useful, reason=reason)


def _reach(form: Mapping[str, str], revision: int, setting: Setting) -> Command | Refusal:
    how = text_of(form, "how")
    if how not in _CONTACTS:
        return Refusal.MISSING
    due: int | Refusal = time_of(form, setting) if how == Contact.CALLBACK else 0
    if isinstance(due, Refusal):
        return due
    data: dict[str, str | int | float] = {
        name: text for name in ("channel", "offer") if (text := text_of(form, name)) and how != Contact.CALLBACK
    }
    if value := text_of(form, "value"):
        amount = _amount(value)
        if isinstance(amount, Refusal):
            return amount
        data |= {"value": amount, "currency": setting.currency}
    if form.get("resolved"):
        data["resolved"] = True
    return Reach(revision=revision, how=Contact(how), data=data, due=due)


_MAKERS: Final[dict[str, Callable[[Mapping[str, str], int, Setting], Command | Refusal]]] = {
    "claim": lambda _, revision, __: Claim(revision=revision),
    "release": lambda _, revision, __: Release(revision=revision),
    "acknowledge": lambda _, revision, __: Acknowledge(revision=revision),
    "start": lambda _, revision, __: Start(revision=revision),
    "resolve": lambda form, revision, _: Resolve(revision=revision, reason=text_of(form, "reason")),
    "reopen": lambda form, revision, _: Reopen(revision=revision, reason=text_of(form, "reason")),
    "assign": _assign,
    "move": _move,
    "note": _note,
    "tag": _tag,
    "wait": _wait,
    "snooze": _snooze,
    "judge": _judge,
    "reach": _reach,
}
COMMANDS: Final = tuple(_MAKERS)
