"""What the rule language has, read off the code that reads it: every construct with its keys, and examples that load.

The keys, what each must be and what to write come from the loader itself, which is run over the examples and over
nothing at all; what a construct means is its model's docstring.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from streams import documents
from streams.documents import Mapping
from streams.rules import model
from streams.rules.conditions import CONSTRUCTS, Reader
from streams.rules.fields import Asked, Fields, Findings
from streams.rules.load import KEYS, rule_of
from streams.rules.operators.seen import SCALES
from streams.rules.selectors import OPERATORS
from streams.touchpoints.vocabulary import Vocabulary

# Together the examples of a construct have each of its keys.
EXAMPLES: Final[dict[str, tuple[str, ...]]] = {
    "seen": (
        "seen: {type: account.deleted}",
        "seen: {type: order.completed, where: {amount: {at_least: 100}}, within: 90d}",
    ),
    "count": ("count: {type: payment.failed, where: {provider: adyen}, at_least: 3, within: 10m}",),
    "sum": (
        "sum: {type: order.refunded, of: amount, at_least: 200, within: 30d}",
        "sum: {type: order.completed, where: {currency: EUR}, of: amount, at_most: 5, min_count: 2, within: 30d}",
    ),
    "average": (
        "average: {type: call.connected, of: wait_seconds, at_least: 300, within: 7d, min_count: 3}",
        "average: {type: survey.answered, where: {metric: CSAT}, of: score, at_most: 2.5, within: 90d}",
    ),
    "distinct": (
        "distinct: {type: payment.failed, of: provider, at_least: 2, within: 1h}",
        "distinct: {type: page.viewed, where: {shop: es}, of: page, at_most: 1, within: 1h}",
    ),
    "rate": (
        "rate: {type: error.shown, within: 1d, baseline: 7, times: 3, min_count: 5}",
        "rate: {type: order.refunded, where: {shop: es}, of: amount, within: 7d, baseline: 4, times: 2, min_count: 2}",
    ),
    "score": ("score: {weights: {payment.failed: 5, click.*: 1, order.completed: -3}, half_life: 1d, at_least: 8}",),
    "sequence": (
        """\
sequence:
  - {type: checkout.started}
  - {type: error.shown, where: {code: '500'}, within: 30m}
  - {not: {type: order.completed}, within: 30m}""",
    ),
    "absence": ("absence: {after: {type: message.received}, of: {type: message.sent}, within: 1h}",),
    "promise_broken": ("promise_broken: delivery", "promise_broken: {kind: delivery, grace: 1d}"),
    "feedback": (
        "feedback: {metric: [CSAT, STARS], at_most: 2}",
        "feedback: {type: survey.answered, where: {about: delivery}, metric: NPS, at_most: 6}",
    ),
    "trait": ("trait: {tier: {one_of: [gold, platinum]}, lifetime_value: {at_least: 500}}",),
    "all": ("all:\n  - promise_broken: reply\n  - not: {seen: {type: contact.made, within: 24h}}",),
    "any": ("any:\n  - seen: {type: account.deleted}\n  - seen: {type: email.complained}",),
    "not": ("not: {seen: {type: contact.made, within: 24h}}",),
}
RULE: Final = """\
id: delivery-late
version: 2
moment: SMOT
owner: support
severity: medium
raises:
  - {to: high, after: 1d}
  - {to: critical, when: {count: {type: call.initiated, at_least: 2, within: 1d}}}
settle: 90s
by: subject
when: {promise_broken: delivery}
unless: {seen: {type: contact.made, within: 24h}}
recovers_on:
  all:
    - {type: shipment.delivered}
    - {quiet: 72h}
lost:
  - {type: account.deleted}
  - {after: 14d}
relapse_within: 2d
hidden_by: [cancelled-by-us]
cooldown: 24h
expires_after: 30d
mode: shadow
legal_basis: performance of the contract
title: {en: "Delivery promise broken", es: "Entrega prometida incumplida"}
advice: {en: "Call with a new date.", es: "Llamar con una nueva fecha."}
"""
# Of keys that have a reader of their own: what they must be, and what they are for.
FURTHER: Final[dict[str, tuple[str, str]]] = {
    "type": ("name, or a list", "touchpoint types of the vocabulary, or whole groups: shipment.*"),
    "where": ("mapping", "what fields of data must say: see `where`"),
    "raises": ("list", "what makes an open alert worse: {to: high, after: 1d}, or {to: high, when: CONDITION}"),
    "when": ("condition", "what must happen"),
    "unless": ("condition", "if it holds when the rule would fire, there is no alert"),
    "recovers_on": ("selector, `quiet`, or a list", "what proves recovery: any of a list, or `all:` of it"),
    "lost": ("selector, `after`, or a list", "what ends it as lost"),
    "hidden_by": ("list of rules", "no alert while one of these has one open about the same"),
    "after": ("selector", "what starts the wait"),
    "metric": ("word, or a list", f"one or more of {', '.join(SCALES)}"),
    "kind": ("word", "a kind of promise of the vocabulary"),
    "of": ("selector", "what is waited for"),
}
_NAMED: Final = {"sum": model.Measure, "average": model.Measure}  # two constructs of one model


class Key(NamedTuple):
    """A key of a construct: what it must be, what to write, and whether it may be left out."""

    name: str
    kind: str
    remedy: str
    is_optional: bool


class Entry(NamedTuple):
    """A construct, or the rule itself: what it means, its keys in the loader's order, examples in YAML."""

    name: str
    meaning: str
    keys: tuple[Key, ...]
    examples: tuple[str, ...]


def entries(vocabulary: Vocabulary) -> Iterator[Entry]:
    """Yield the rule and then every construct; raise LoadError when an example does not load."""
    yield Entry("rule", _meaning(model.Rule).partition("\n")[0], _keys_of_rule(vocabulary), (RULE,))
    models = {each.__struct_config__.tag: each for each in model.Condition.__args__}
    for name in CONSTRUCTS:
        found = _NAMED.get(name) or models[name]
        yield Entry(name, _meaning(found), _keys_of(name, vocabulary), EXAMPLES.get(name, ()))


def markdown(vocabulary: Vocabulary) -> str:
    """Return the whole reference as one document."""
    lines = [
        "# Reference of the rule language",
        "",
        "Made by `touchpoint rules reference` from the code that reads rules; [README.md](README.md) explains them.",
    ]
    for entry in entries(vocabulary):
        lines += ["", f"## `{entry.name}`", "", entry.meaning]
        if entry.keys:
            lines += ["", "| key | must be | write |", "| --- | --- | --- |"]
            lines += [_row(key) for key in entry.keys]
        for example in entry.examples:
            lines += ["", "```yaml", example.rstrip(), "```"]
    lines += [
        "",
        "## `where`",
        "",
        "Fields of data, dotted where they are nested, each with a value or with operators:",
        "",
    ]
    lines += [f"- `{name}`" for name in OPERATORS]
    return "\n".join(lines) + "\n"


def _row(key: Key) -> str:
    optional = " (may be left out)" if key.is_optional else ""
    remedy = key.remedy.replace("|", "\\|")
    return f"| `{key.name}` | {key.kind}{optional} | {remedy} |"


def _meaning(of: type) -> str:
    """Return the docstring in the words of the files: durations are written without their unit in the name."""
    text = re.sub(r"\n[ \t]+", "\n", (of.__doc__ or "").strip())
    return re.sub(r"`(\w+?)_ms`", r"`\1`", text)


def _keys_of(name: str, vocabulary: Vocabulary) -> tuple[Key, ...]:
    findings = Findings("examples")
    for example in EXAMPLES.get(name, ()):
        Reader(vocabulary, findings).condition(_parse(example), "the example")
    findings.raise_any()
    CONSTRUCTS[name](Reader(vocabulary, findings), Mapping(1, 1, {}))
    whats = [what for what in findings.allowed if what == name]
    return tuple(key for what in whats for key in _found(what, findings))


def _keys_of_rule(vocabulary: Vocabulary) -> tuple[Key, ...]:
    findings = Findings("examples")
    node = _parse(RULE)
    rule_of(Fields(node, "the rule", KEYS, findings), Reader(vocabulary, findings))
    findings.raise_any()
    return _found("the rule", findings)


def _found(what: str, findings: Findings) -> tuple[Key, ...]:
    asked: dict[str, Asked] = {}
    for each in findings.asked:
        if each.what == what and (each.key not in asked or not asked[each.key].kind):
            asked[each.key] = each
    return tuple(
        _key(name, asked.get(name, Asked(what, name, "", "", is_optional=True))) for name in findings.allowed[what]
    )


def _key(name: str, asked: Asked) -> Key:
    kind, remedy = (asked.kind, asked.remedy) if asked.kind else FURTHER.get(name, ("", asked.remedy))
    return Key(name, kind, remedy, asked.is_optional)


def _parse(text: str) -> Mapping:
    node = documents.read(text, "examples")
    assert isinstance(node, Mapping)  # noqa: S101 - as the examples above are written
    return node
