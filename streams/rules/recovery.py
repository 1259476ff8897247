"""What ends an alert, as rule files say it.

`recovers_on`: any of several proofs, or all of them; a touchpoint each, or quiet. `lost`: touchpoints, or a time.
"""

from typing import NamedTuple

from streams.documents import Items, Mapping, Node
from streams.rules import sense, timing
from streams.rules.conditions import Reader
from streams.rules.fields import Fields
from streams.rules.model import Rule, Selector
from streams.touchpoints.calendar import Working
from streams.touchpoints.vocabulary import Vocabulary

_EMPTY = "leave it out, or name what proves recovery"


class Recovery(NamedTuple):
    """What `recovers_on` says; `quiet_ms` is 0 for none."""

    proofs: tuple[Selector, ...] = ()
    quiet_ms: int = 0
    working: Working | None = None
    takes_all: bool = False


def read(fields: Fields, reader: Reader) -> Recovery:
    """Read `recovers_on`: a proof, a list of which any will do, or `all:` or `any:` and a list."""
    if "recovers_on" not in fields:
        return Recovery()
    how, listed = _listed(fields.node_of("recovers_on"), reader)
    remedy = "say for how long nothing bad may happen: quiet: 72h"
    return Recovery(*_touchpoints_and_time(listed, "`recovers_on`", "quiet", remedy, reader), how == "all")


class Loss(NamedTuple):
    """What `lost` says; `after_ms` is 0 for none."""

    on: tuple[Selector, ...] = ()
    after_ms: int = 0
    working: Working | None = None


def read_lost(fields: Fields, reader: Reader) -> Loss:
    """Read `lost`: a touchpoint, a time without recovery, or a list of which any will do."""
    if "lost" not in fields:
        return Loss()
    node = fields.node_of("lost")
    listed = node.items if isinstance(node, Items) else (node,)
    if not listed:
        reader.findings.add(node, "`lost` is an empty list", "leave it out, or write lost: {type: account.deleted}")
    return Loss(
        *_touchpoints_and_time(listed, "`lost`", "after", "say after what time without recovery: after: 14d", reader)
    )


def check(fields: Fields, rule: Rule, vocabulary: Vocabulary) -> None:
    """Note proofs that cannot prove anything."""
    nodes = _nodes(fields.node_of("recovers_on")) if "recovers_on" in fields else ()
    touchpoints = [node for node in nodes if not _has(node, "quiet")]
    for node, proof in zip(touchpoints, rule.recovers_on, strict=False):
        if sense.self_healing(rule.when, proof, vocabulary):
            message = "what makes the rule fire also ends it at once: `recovers_on` matches its trigger"
            fields.findings.add(node, message, "name what shows that it is mended")
    for node in nodes:
        if _has(node, "quiet") and rule.recovers_quiet_ms >= rule.expires_ms:
            message = "so long a quiet proves nothing: the alert expires before"
            fields.findings.add(node, message, "make `quiet` shorter than `expires_after`")
    if rule.relapse_ms and not rule.recovers_on and not rule.recovers_quiet_ms:
        message = "nothing ever recovers, so nothing can relapse"
        fields.findings.add(fields.node_of("relapse_within"), message, "add `recovers_on`")
    if rule.lost_after_ms >= rule.expires_ms:
        message = "the alert is never lost by time: it expires before"
        fields.findings.add(fields.node_of("lost"), message, "make `after` shorter than `expires_after`")
    if 0 < rule.lost_after_ms <= rule.settle_ms:
        message = "the alert never fires: it is lost before it has settled"
        fields.findings.add(fields.node_of("settle"), message, "make `settle` shorter than `after` of `lost`")


def _touchpoints_and_time(
    listed: tuple[Node, ...], what: str, word: str, remedy: str, reader: Reader
) -> tuple[tuple[Selector, ...], int, Working | None]:
    """Read touchpoints, and at most one time (ms, 0 for none; perhaps in working time) under `word`."""
    touchpoints, time_ms, by = [], 0, None
    for node in listed:
        if not _has(node, word):
            touchpoints.append(reader.selector(node, what))
            continue
        if time_ms:
            reader.findings.add(node, f"`{word}` is there twice", "keep the one that is meant")
        fields = reader.fields(node, what, word)
        if fields is not None:
            time_ms, by = timing.duration(fields, word, remedy, reader.vocabulary.calendars)
    return tuple(touchpoints), time_ms, by


def _listed(node: Node, reader: Reader) -> tuple[str, tuple[Node, ...]]:
    how = next((key for key in ("all", "any") if _has(node, key)), "")
    if not how or not isinstance(node, Mapping):
        if isinstance(node, Items) and not node.items:
            reader.findings.add(node, "`recovers_on` is an empty list", _EMPTY)
        return how, _nodes(node)
    fields = Fields(node, "`recovers_on`", (how,), reader.findings)
    return how, fields.items(how, f"write {how}: [{{type: contact.made}}, {{quiet: 72h}}]")


def _nodes(node: Node) -> tuple[Node, ...]:
    """Return the places of the single proofs."""
    if isinstance(node, Mapping):
        for key, value in node.entries.items():
            if key.text in {"all", "any"}:
                return value.items if isinstance(value, Items) else ()
    return node.items if isinstance(node, Items) else (node,)


def _has(node: Node, word: str) -> bool:
    return isinstance(node, Mapping) and any(key.text == word for key in node.entries)
