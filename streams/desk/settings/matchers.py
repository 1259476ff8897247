"""Matchers, silences and inhibitions of the file."""

from typing import Final

from streams.codec.times import from_rfc3339
from streams.desk.routing.labels import NAMES, Matcher, MatcherError, parse
from streams.desk.routing.silences import FLAWS, Flaw, Inhibition, Silence, flaw
from streams.desk.settings.section import Names, listed, texts
from streams.rules.fields import Fields

_MATCH: Final = "write ['severity=\"critical\"', 'rule=~\"payment-.*\"']"
_SILENCE: Final = "write {match: ['store=\"a\"'], starts: 2026-01-05T22:00:00Z, ends: ..., author: ..., comment: ...}"
_INHIBITION: Final = (
    "write {name: till, source: ['rule=\"till-broken\"'], target: ['severity=\"low\"'], equal: [store]}"
)
_MOST: Final = 500
_REMEDIES: Final = {
    Flaw.NO_MATCHER: "say which cases: match: ['store=\"madrid-014\"']",
    Flaw.TOO_MANY_MATCHERS: 'use a pattern: store=~"a|b"',
    Flaw.ENDS_BEFORE_START: "put `ends` after `starts`",
    Flaw.TOO_LONG: "make it shorter, or mute a route with a calendar",
}


def read(fields: Fields, key: str) -> tuple[Matcher, ...]:
    """Return the matchers of a list, all of which must hold."""
    found = []
    for node in texts(fields, key, _MATCH):
        try:
            found.append(parse(node.text))
        except MatcherError as error:
            fields.findings.add(node, str(error), error.remedy)
    return tuple(found)


def inhibitions(fields: Fields) -> tuple[Inhibition, ...]:
    """Return the inhibitions of the file, in its order."""
    found: dict[str, Inhibition] = {}
    for node in listed(fields, "inhibitions", "an inhibition", _INHIBITION, _MOST):
        one = Fields(node, "an inhibition", ("name", "source", "target", "equal"), fields.findings)
        name = one.text("name", "give it a name: name: till-down")
        if name in found:
            fields.findings.add(one.node_of("name"), f"there is an inhibition `{name}` already", "choose another name")
        for key in ("source", "target"):
            one.need(key, _INHIBITION)
        source, target = read(one, "source"), read(one, "target")
        equal = texts(one, "equal", "write equal: [store]")
        for each in equal:
            Names(fields.findings, {}).check(each, each.text, NAMES, "label")
        if source == target:
            fields.findings.add(node, "source and target are the same, which inhibits nothing", _INHIBITION)
        found[name] = Inhibition(name, source, target, tuple(each.text for each in equal))
    return tuple(found.values())


def silences(fields: Fields) -> tuple[Silence, ...]:
    """Return the silences of the file, known as `file:1` and so on; further ones are made in the console."""
    found = []
    for number, node in enumerate(listed(fields, "silences", "a silence", _SILENCE, _MOST), 1):
        one = Fields(node, "a silence", ("match", "starts", "ends", "author", "comment"), fields.findings)
        before = len(fields.findings.found)
        one.need("match", _SILENCE)
        silence = Silence(
            id=f"file:{number}",
            matchers=read(one, "match"),
            starts_at=_time(one, "starts"),
            ends_at=_time(one, "ends"),
            author=one.text("author", "say who answers for it: author: ana"),
            comment=one.text("comment", "say why: comment: till is being replaced"),
        )
        wrong = flaw(silence, silence.starts_at)
        if wrong is not None and len(fields.findings.found) == before:
            fields.findings.add(node, FLAWS[wrong]["en"], _REMEDIES.get(wrong, _SILENCE))
        found.append(silence)
    return tuple(found)


def _time(fields: Fields, key: str) -> int:
    remedy = f"write {key}: 2026-01-05T22:00:00+01:00"
    text = fields.text(key, remedy)
    at = from_rfc3339(text) if text else 0
    if at is None:
        fields.findings.add(fields.node_of(key), f"`{text}` is not a time with its offset", remedy)
    return at or 0
