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
from streams.rules.fields import Asked, Findings
from streams.rules.load import read_rule
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
        """\
sequence:
  - {type: payment.failed, times: 3, within: 10m}
  - {type: call.initiated, times: 2, within: 1d}""",
    ),
    "absence": ("absence: {after: {type: message.received}, of: {type: message.sent}, within: 1h}",),
    "promise_broken": ("promise_broken: delivery", "promise_broken: {kind: delivery, grace: 1d}"),
    "feedback": (
        "feedback: {metric: [CSAT, STARS], at_most: 2}",
        "feedback: {type: survey.answered, where: {about: delivery}, metric: NPS, at_most: 6}",
    ),
    "trait": ("trait: {tier: {one_of: [gold, platinum]}, lifetime_value: {at_least: 500}}",),
    "episode": (
        "episode: {is: fires, rules: [delivery-late, refund-late], severity: high}",
        "episode: {is: recovered, within: 60d}",
    ),
    "all": ("all:\n  - promise_broken: reply\n  - not: {seen: {type: contact.made, within: 24h}}",),
    "any": ("any:\n  - seen: {type: account.deleted}\n  - seen: {type: email.complained}",),
    "not": ("not: {seen: {type: contact.made, within: 24h}}",),
}
RULE: Final = """\
id: delivery-late
version: 2
moment: SMOT
owner: support
follows_journey: true
severity: medium
positive: false
raises:
  - {to: high, after: 1d}
  - {to: critical, when: {count: {type: call.initiated, at_least: 2, within: 1d}}}
settle: {working: 30m, calendar: office}
quiet_outside: office
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
CROWD: Final = """\
id: till-trouble
version: 1
moment: FMOT
owner: store
severity: high
over: till
when:
  surge:
    type: [sale.voided, payment.failed]
    where: {reason: {not_equals: training}}
    of: customer
    at_least: 5
    within: 15m
    times: 4
    baseline: 14d
recovers_on:
  - {below: 1.5, for: 24h}
  - {type: sale.completed, count: 20}
lost: {after: 7d}
cooldown: 24h
expires_after: 30d
mode: live
legal_basis: GDPR 6(1)(f) legitimate interest
title: {en: "Till trouble", es: "Problemas en caja"}
advice: {en: "Send somebody to the till.", es: "Enviar a alguien a la caja."}
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
    "rules": ("name, or a list", "the other rules it is about; all live ones about trouble where it is left out"),
    "settle": ("duration", "for so long it is only watched, and pages nobody: see `working`"),
    "working_days": ("whole number", "until the end of so many working days, not counting the first"),
    "metric": ("word, or a list", f"one or more of {', '.join(SCALES)}"),
    "kind": ("word", "a kind of promise of the vocabulary"),
    "of": ("selector", "what is waited for"),
}
WORKING: Final = ("settle: {working: 30m, calendar: office}", "lost: {after: {working_days: 10, calendar: office}}")
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
    of_customer, of_crowd = _read(RULE, vocabulary), _read(CROWD, vocabulary)
    yield Entry("rule", _meaning(model.Rule.__doc__).partition("\n")[0], _found("the rule", of_customer), (RULE,))
    yield Entry("rule over a crowd", _meaning(model.Crowd.__doc__), _found("a rule over a crowd", of_crowd), (CROWD,))
    yield Entry("surge", "What makes a rule over a crowd fire.", _found("surge", of_crowd), ())
    working = "A duration in working time, in place of `1h` wherever a deadline is declared."
    yield Entry("working", working, _found("`settle`", of_customer), WORKING)
    models = {each.__struct_config__.tag: each for each in model.Condition.__args__}
    for name in CONSTRUCTS:
        found = _NAMED.get(name) or models[name]
        yield Entry(name, _meaning(found.__doc__), _keys_of(name, name, vocabulary), EXAMPLES.get(name, ()))
        if name == "sequence":
            keys = _keys_of(name, "step 2 of the sequence", vocabulary)
            yield Entry("step of a sequence", _meaning(model.Step.__doc__), keys, ())


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


def _meaning(text: str | None) -> str:
    """Return the docstring in the words of the files: durations are written without their unit in the name."""
    text = re.sub(r"\n[ \t]+", "\n", (text or "").strip())
    return re.sub(r"`(\w+?)_ms`", r"`\1`", text)


def _keys_of(name: str, what: str, vocabulary: Vocabulary) -> tuple[Key, ...]:
    findings = Findings("examples")
    for example in EXAMPLES.get(name, ()):
        Reader(vocabulary, findings).condition(_parse(example), "the example")
    findings.raise_any()
    CONSTRUCTS[name](Reader(vocabulary, findings), Mapping(1, 1, {}))
    return _found(what, findings) if what in findings.allowed else ()


def _read(rule: str, vocabulary: Vocabulary) -> Findings:
    """Read an example of a rule; return what its readers asked for."""
    findings, node = Findings("examples"), _parse(rule)
    read_rule(node, findings, vocabulary)
    findings.raise_any()
    return findings


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
