"""Receivers and teams of the file."""

import re
from typing import Final
from zoneinfo import ZoneInfoNotFoundError, available_timezones

from streams.codec.sources import offsets_of
from streams.desk.routing.digest import DigestPolicy
from streams.desk.routing.rank import Budget
from streams.desk.routing.receivers import Channel, Receiver, Team
from streams.desk.settings.section import Names, inner, listed
from streams.documents import Mapping, Scalar
from streams.rules.fields import Fields, nearest

_RECEIVER: Final = "write {name: support, channels: [{kind: webhook, url: https://...}]}"
_CHANNEL: Final = "write {kind: apprise, url_env: DESK_SLACK_URL}"
_TEAM: Final = "write {name: support, receiver: support-chat}"
_BUDGET: Final = "write budget: {pages_per_hour: 20, open_cases: 50}"
_DIGEST: Final = 'write digest: {receiver: support-mail, at: "08:30", time_zone: Europe/Madrid}'
_MOST: Final = 500
_MOST_CHANNELS: Final = 10
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MINUTE_MS: Final = 60_000
DIGEST_KEYS: Final = ("receiver", "at", "time_zone", "listed")


def declare(fields: Fields, names: Names) -> None:
    """Note the names of receivers, rotas and teams, so that any section may name them."""
    for key, kind in (("receivers", names.receivers), ("on_call", names.rotas), ("teams", names.teams)):
        for node in listed(fields, key, f"each of `{key}`", "begin with `- name: ...`", _MOST):
            name = next((value for word, value in node.entries.items() if word.text == "name"), None)
            if isinstance(name, Scalar) and name.text.strip():
                names.declare(kind, name, name.text)
                if key == "teams" and all(word.text != "receiver" for word in node.entries):
                    names.silent.add(name.text)


def receivers(fields: Fields, names: Names) -> dict[str, Receiver]:
    """Return the receivers of the file by name."""
    found: dict[str, Receiver] = {}
    for node in _again(fields, "receivers"):
        one = Fields(node, "a receiver", ("name", "channels", "fallback"), fields.findings)
        name = one.text("name", _RECEIVER)
        fallback = one.text("fallback", "name another receiver: fallback: operations", "")
        names.check(one.node_of("fallback"), fallback, names.receivers, "receiver")
        channels = listed(one, "channels", "a channel", _CHANNEL, _MOST_CHANNELS)
        if one.need("channels", _CHANNEL) is not None and not channels:
            one.findings.add(one.node_of("channels"), f"receiver `{name}` has no channel", _CHANNEL)
        found[name] = Receiver(name=name, channels=tuple(_channel(each, one) for each in channels), fallback=fallback)
    for node in _again(fields, "receivers"):
        _check_fallback(Fields(node, "a receiver", ("name", "channels", "fallback"), fields.findings), found)
    return found


def _channel(node: Mapping, receiver: Fields) -> Channel:
    options: dict[str, str] = {}
    for key, value in node.entries.items():
        if isinstance(value, Scalar) and value.text:
            options[key.text] = value.text
        else:
            receiver.findings.add(value, f"`{key.text}` of a channel must be one value", _CHANNEL)
    if "kind" not in options:
        receiver.findings.add(node, "a channel lacks `kind`", _CHANNEL)
    return Channel(options.pop("kind", ""), options, node.line, node.column)


def _check_fallback(one: Fields, found: dict[str, Receiver]) -> None:
    """Note a receiver whose fallbacks come back to it: where its channels are dead, nobody would be told."""
    first = name = one.text("name", _RECEIVER)
    for _ in found:
        name = found[name].fallback if name in found else ""
        if name == first and first:
            message = f"the fallbacks of `{first}` lead back to it"
            one.findings.add(one.node_of("fallback"), message, "leave `fallback` out at the last one")
            return


def teams(fields: Fields, names: Names, default: DigestPolicy) -> dict[str, Team]:
    """Return the teams of the file by name."""
    known = ("name", "receiver", "working_hours", "budget", "digest")
    found: dict[str, Team] = {}
    for node in _again(fields, "teams"):
        one = Fields(node, "a team", known, fields.findings)
        name = one.text("name", _TEAM)
        receiver = one.text("receiver", _TEAM, "")
        names.check(one.node_of("receiver"), receiver, names.receivers | names.rotas, "receiver")
        found[name] = Team(
            name=name,
            receiver=receiver,
            working_hours=names.calendar(one, "working_hours"),
            budget=_budget(one),
            digest=digest(inner(one, "digest", "`digest`", DIGEST_KEYS, _DIGEST), names, default),
        )
    return found


def _budget(fields: Fields) -> Budget:
    one = inner(fields, "budget", "`budget`", ("pages_per_hour", "open_cases"), _BUDGET)
    if one is None:
        return Budget()
    least = {key: one.whole(key, _BUDGET, least=1) if key in one else None for key in ("pages_per_hour", "open_cases")}
    return Budget(**least)


def digest(fields: Fields | None, names: Names, default: DigestPolicy) -> DigestPolicy:
    """Return when a digest comes and to whom; what is not said is as in `default`."""
    if fields is None:
        return default
    receiver = fields.text("receiver", _DIGEST, default.receiver) if "receiver" in fields else default.receiver
    names.check(fields.node_of("receiver"), receiver, names.receivers | names.rotas, "receiver")
    return DigestPolicy(
        receiver=receiver,
        at_ms=_clock(fields) if "at" in fields else default.at_ms,
        offsets=_offsets(fields) if "time_zone" in fields else default.offsets,
        listed=fields.whole("listed", "say how many cases it lists: listed: 20", least=1, default=default.listed),
    )


def _clock(fields: Fields) -> int:
    text = fields.text("at", _DIGEST)
    match = _CLOCK.fullmatch(text)
    if match is None:
        fields.findings.add(fields.node_of("at"), f"`{text}` is no time of day", 'write at: "08:30"')
        return 0
    return (int(match[1]) * 60 + int(match[2])) * _MINUTE_MS


def _offsets(fields: Fields) -> tuple[tuple[int, int], ...]:
    zone = fields.text("time_zone", _DIGEST)
    try:
        return offsets_of(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fields.findings.add(fields.node_of("time_zone"), f"unknown time zone `{zone}`", zone_remedy(zone))
        return ((0, 0),)


def zone_remedy(zone: str) -> str:
    """Return what to write for a time zone that there is not."""
    near = nearest(zone, available_timezones())
    return f"did you mean `{near}`?" if near else "name it as in Europe/Madrid, America/Bogota or UTC"


def _again(fields: Fields, key: str) -> tuple[Mapping, ...]:
    """Return a list that `declare` has walked: what is wrong with its shape was noted there."""
    node = fields.node_of(key) if key in fields else None
    items = getattr(node, "items", ())
    return tuple(each for each in items[:_MOST] if isinstance(each, Mapping))
