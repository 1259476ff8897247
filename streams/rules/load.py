"""Rule files to rules: every mistake found in one pass, with its line and column."""

import re
from collections.abc import Mapping as Map
from typing import Any, Final

from streams import documents
from streams.documents import Items, Mapping, Node
from streams.rules import crowd, hiding, ladder, recovery, selectors, sense, timing
from streams.rules.conditions import Reader
from streams.rules.fields import Fields, Findings, nearest
from streams.rules.model import Broken, By, Count, Mode, Moment, OtherEpisode, Rule, Severity
from streams.rules.parts import parts
from streams.touchpoints.vocabulary import Vocabulary

KEYS: Final = (
    "id",
    "version",
    "moment",
    "follows_journey",
    "owner",
    "severity",
    "raises",
    "settle",
    "quiet_outside",
    "positive",
    "by",
    "when",
    "unless",
    "recovers_on",
    "lost",
    "relapse_within",
    "hidden_by",
    "cooldown",
    "expires_after",
    "mode",
    "legal_basis",
    "title",
    "advice",
)
LANGUAGES: Final = ("en", "es")  # every text must be there in these; others may
_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z0-9]{1,7})?")
_DATA: Final = "data."
_BY_REMEDY: Final = "write customer, subject, or a field of the data: data.campaign"
_MONTH_MS: Final = 30 * 86_400_000
_ROOT_REMEDY: Final = "begin the file with `rules:` and one `- id: ...` for each rule"


def load(text: str, path: str, vocabulary: Vocabulary, taken: Map[str, str] | None = None) -> tuple[Rule, ...]:
    """Return the rules of one file in its order; raise LoadError with everything that is wrong with it.

    `taken` maps the ids of rules in other files to their place. No other exception leaves this function, whatever the
    text.
    """
    findings = Findings(path)
    root = documents.read(text, path)
    rules: list[Rule] = []
    places = dict(taken or {})
    for node in _listed(root, findings):
        if not isinstance(node, Mapping):
            findings.add(node, "a rule must be a mapping", "write `- id: ...` and its other keys below")
            continue
        rules.append(read_rule(node, findings, vocabulary))
        _check_id(node, findings, rules[-1].id, places)
    findings.raise_any()
    return tuple(rules)


def _listed(root: Node | None, findings: Findings) -> tuple[Node, ...]:
    if root is None:
        findings.add(Items(1, 1, ()), "the file holds no rules", _ROOT_REMEDY)
        return ()
    if not isinstance(root, Mapping):
        findings.add(root, "a rule file must be a mapping", _ROOT_REMEDY)
        return ()
    return Fields(root, "a rule file", ("rules",), findings).items("rules", _ROOT_REMEDY)


def read_rule(node: Mapping, findings: Findings, vocabulary: Vocabulary) -> Rule:
    """Read one rule, over customers or over a crowd; where it is wrong there are findings, and it is of no use."""
    over = crowd.is_crowd(node)
    fields = Fields(node, "a rule over a crowd" if over else "the rule", crowd.KEYS if over else KEYS, findings)
    return (_crowd_rule if over else _rule)(fields, Reader(vocabulary, findings))


def _crowd_rule(fields: Fields, reader: Reader) -> Rule:
    before = len(fields.findings.found)
    counted = crowd.read(fields, reader)
    rule = Rule(
        **_common(fields),
        when=Count(counted.selector, counted.at_least, counted.within_ms),
        lost_after_ms=crowd.read_lost(fields, reader),
        crowd=counted,
    )
    if len(fields.findings.found) == before and rule.lost_after_ms >= rule.expires_ms:
        message = "the alert is never lost by time: it expires before"
        fields.findings.add(fields.node_of("lost"), message, "make `after` shorter than `expires_after`")
    return rule


def _common(fields: Fields) -> dict[str, Any]:
    """Read what rules over customers and over crowds share."""
    return {
        "id": fields.text("id", "give it a name of its own: id: payment-failing"),
        "version": fields.whole("version", "count up from 1 with each change of meaning", least=1, default=1),
        "moment": fields.choice("moment", Moment),
        "owner": fields.text("owner", "name the team that acts", "support"),
        "severity": fields.choice("severity", Severity),
        "cooldown_ms": fields.duration("cooldown", "leave `cooldown` out for none", default=0, zero=True),
        "expires_ms": fields.duration("expires_after", "leave it out for 30d", default=_MONTH_MS),
        "mode": fields.choice("mode", Mode, Mode.LIVE),
        "legal_basis": fields.text("legal_basis", "leave it out, or say on what ground the data is used", ""),
        "title": _texts(fields, "title"),
        "advice": _texts(fields, "advice") if "advice" in fields else {},
        "path": fields.findings.path,
        "line": fields.node_of("id").line,
    }


def _rule(fields: Fields, reader: Reader) -> Rule:
    before = len(fields.findings.found)
    healing, loss = recovery.read(fields, reader), recovery.read_lost(fields, reader)
    calendars = reader.vocabulary.calendars
    settle_ms, settle_working = timing.duration(
        fields, "settle", "leave `settle` out to fire at once", calendars, default=0
    )
    hidden = fields.node_of("hidden_by")
    by, by_field = _by(fields)
    when = fields.need("when", "say what must happen: when: {seen: {type: ...}}")
    rule = Rule(
        **_common(fields),
        follows_journey=fields.yes("follows_journey", "leave it out for the moment that the rule names"),
        positive=fields.yes("positive", "leave it out for a moment that is bad"),
        by=by,
        by_field=by_field,
        when=reader.condition(when, "`when`") if when is not None else sense.NOTHING,
        unless=reader.condition(fields.node_of("unless"), "`unless`") if "unless" in fields else None,
        recovers_on=healing.proofs,
        recovers_quiet_ms=healing.quiet_ms,
        quiet_working=healing.working,
        recovers_all=healing.takes_all,
        lost_on=loss.on,
        lost_after_ms=loss.after_ms,
        lost_working=loss.working,
        relapse_ms=fields.duration("relapse_within", "leave it out for a new alert each time", default=0),
        raises=ladder.read(fields, reader),
        settle_ms=settle_ms,
        settle_working=settle_working,
        quiet_outside=timing.calendar(fields, "quiet_outside", calendars) if "quiet_outside" in fields else None,
        hidden_by=hiding.read(fields),
        hidden_at=(hidden.line, hidden.column) if "hidden_by" in fields else (0, 0),
        references=tuple(reader.references),
    )
    if len(fields.findings.found) == before:  # what could not be read makes no sense to judge
        _check_sense(fields, rule, reader.vocabulary)
    return rule


def _by(fields: Fields) -> tuple[By, str]:
    """Read what an episode is about, and the field of the data that says it, empty for none."""
    text = fields.text("by", _BY_REMEDY, By.CUSTOMER.value)
    if text in set(By):
        return By(text), ""
    if text.startswith(_DATA) and selectors.is_field(text.removeprefix(_DATA)):
        return By.SUBJECT, text.removeprefix(_DATA)
    near = nearest(text, set(By))
    fields.findings.add(fields.node_of("by"), f"unknown by: {text}", f"did you mean `{near}`?" if near else _BY_REMEDY)
    return By.CUSTOMER, ""


def _texts(fields: Fields, key: str) -> dict[str, str]:
    node = fields.mapping(key, f'write {key}: {{en: "...", es: "..."}}')
    if node is None:
        return {}
    texts = Fields(node, f"`{key}`", (each.text for each in node.entries), fields.findings)
    for each in node.entries:
        if not _LANGUAGE.fullmatch(each.text):
            fields.findings.add(each, f"`{each.text}` is not a language", "write a code such as en, es, fr or pt-BR")
    languages = dict.fromkeys((*LANGUAGES, *(each.text for each in node.entries)))
    return {each: texts.text(each, f'write {each}: "..."') for each in languages}


def _check_id(rule: Mapping, findings: Findings, name: str, places: dict[str, str]) -> None:
    node: Node = next((value for key, value in rule.entries.items() if key.text == "id"), rule)
    if not name:
        return
    if not _ID.fullmatch(name):
        remedy = "use lower case letters, digits and single dashes: payment-failing"
        findings.add(node, f"`{name}` cannot be an id", remedy)
    elif name in places:
        findings.add(node, f"there is already a rule `{name}`, at {places[name]}", "give this one another id")
    else:
        places[name] = f"{findings.path}:{node.line}"


def _check_sense(fields: Fields, rule: Rule, vocabulary: Vocabulary) -> None:
    note = fields.findings.add
    if not sense.has_beginning(rule.when):
        message = "`when` has nothing that happens: a bare `not` or `trait` may hold from the first moment on"
        note(fields.node_of("when"), message, "put it in an `all:` with the touchpoint at which to look")
    for key, condition in (("when", rule.when), ("unless", rule.unless)):
        if condition is not None and sense.impossible(condition, vocabulary):
            message = f"`{key}` can never hold: no instant is all of these at once"
            note(fields.node_of(key), message, "use `any` or `sequence`, or give a `seen` among them a `within`")
    if rule.positive:
        _check_positive(fields, rule)
    if rule.follows_journey and not vocabulary.stages.moves:
        message = "the vocabulary says of no type that it moves a journey on"
        note(fields.node_of("follows_journey"), message, "declare `stages:` there, or leave `follows_journey` out")
    if rule.by_field and any(isinstance(part, Broken | OtherEpisode) for part in parts(rule)):
        message = f"`by: data.{rule.by_field}` goes with touchpoints alone: a promise or an alert is about a subject"
        note(fields.node_of("by"), message, "write by: subject, or by: customer")
    ladder.check(fields, rule, vocabulary)
    if rule.quiet_outside is not None and rule.severity is Severity.CRITICAL:
        message = "a critical alert pages at any hour: `quiet_outside` changes nothing"
        note(fields.node_of("quiet_outside"), message, "remove it, or begin with a milder severity and `raises`")
    if rule.settle_ms >= rule.expires_ms:
        message = "the alert never fires: it expires before it has settled"
        note(fields.node_of("settle"), message, "make `settle` shorter than `expires_after`")
    recovery.check(fields, rule, vocabulary)


def _check_positive(fields: Fields, rule: Rule) -> None:
    if rule.severity is not Severity.LOW:
        message = f"a positive moment pages nobody: it cannot be `{rule.severity.value}`"
        fields.findings.add(fields.node_of("severity"), message, "write severity: low")
    for key in ("raises", "settle", "quiet_outside", "recovers_on", "lost", "relapse_within"):
        if key in fields:
            message = f"a positive moment has nothing to recover from: `{key}` makes no sense"
            fields.findings.add(fields.node_of(key), message, "remove it; `expires_after` ends the alert")
