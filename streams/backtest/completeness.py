"""What a rule of a pack must say beyond what the loader asks, and which kinds of test cases it must have.

A rule alone runs as soon as it can be read. A pack is what a team relies on, so each of its rules says who acts, on
what ground it looks at people, what proves recovery and what to do now, and shows in cases when it fires, when it does
not, how it recovers, and what late touchpoints change. A positive moment (`positive: true`) has nothing to
recover from.
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from streams import documents
from streams.alerts.alert import Status
from streams.backtest import trials
from streams.backtest.cases import Case
from streams.backtest.suite import read
from streams.codec import rules as rule_files
from streams.codec.events import EventSchemas
from streams.documents import Items, Mapping, Node, Scalar
from streams.errors import Finding
from streams.rules.compile import Plan
from streams.rules.model import Rule
from streams.touchpoints.vocabulary import Vocabulary

FEWEST_CASES: Final = 4
NEEDED: Final = {
    "owner": "name the team that acts: owner: support",
    "legal_basis": "say on what ground the data is used: legal_basis: GDPR 6(1)(b) contract",
    "recovers_on": "name what proves that it is mended: recovers_on: {type: order.completed}",
    "advice": 'say what to do now: advice: {en: "...", es: "..."}',
}


class Kind(StrEnum):
    """What a case shows of a rule."""

    FIRES = "fires"
    SILENT = "does not fire"
    RECOVERS = "recovers"
    CORRECTED = "is corrected by late touchpoints"


def kinds(case: Case, rule: Rule, plan: Plan) -> set[Kind]:
    """Return what a case shows of a rule, told from what it expects; nothing where it does not speak of the rule.

    It shows a late correction when touchpoints arrive after their time, and it comes out with them but not without.
    """
    own = [alert.status for alert in case.alerts if alert.rule == rule.id]
    if not own and case.rule != rule.id:
        return set()
    found = set() if own else {Kind.SILENT}
    if Status.FIRING in own or None in own:
        found.add(Kind.FIRES)
    if Status.RECOVERED in own:
        found.add(Kind.RECOVERS)
    if _is_corrected(case, plan):
        found.add(Kind.CORRECTED)
    return found


def _is_corrected(case: Case, plan: Plan) -> bool:
    in_time = tuple(each for each in case.arrivals if each.arrives == each.touchpoint.time)
    if in_time == case.arrivals:
        return False
    without = msgspec.structs.replace(case, arrivals=in_time)
    return trials.run(case, plan).passed and not trials.run(without, plan).passed


def judge(
    paths: Sequence[Path], rules: Sequence[Rule], vocabulary: Vocabulary, *, strict: bool | None = None
) -> tuple[list[Finding], list[Finding]]:
    """Return what rules lack that were read from `paths`: first what is refused, then what is only worth a warning.

    A folder that holds test cases is a pack, and what its rules lack is refused; rules elsewhere are warned of.
    `strict` says so for all of them, or for none. Raise LoadError for test cases that cannot be read.
    """
    refused: list[Finding] = []
    warned: list[Finding] = []
    packs = {file.resolve() for path in paths if _is_pack(path) for file in rule_files.packs([path])}
    for path in rule_files.packs(paths):
        held = path.resolve() in packs if strict is None else strict
        (refused if held else warned).extend(
            lacking(path, [rule for rule in rules if rule.path == str(path)], vocabulary)
        )
    return refused, warned


def lacking(path: Path, rules: Sequence[Rule], vocabulary: Vocabulary) -> list[Finding]:
    """Return what the rules of one file lack; `rules` are what it was read to."""
    beside = path.with_name(path.stem + rule_files.CASES_SUFFIX)
    suite = read(beside, vocabulary, EventSchemas()) if beside.is_file() else None
    written = _written(path)
    findings: list[Finding] = []
    for rule in rules:
        name, keys = written[rule.id]
        findings += [
            Finding(str(path), name.line, name.column, f"`{rule.id}` lacks `{key}`", remedy)
            for key, remedy in NEEDED.items()
            if key not in keys and not (rule.positive and key == "recovers_on")
        ]
        shown = [kinds(case, rule, suite.plan) for case in suite.cases] if suite else []
        wanted = [kind for kind in Kind if not (rule.positive and kind is Kind.RECOVERS)]
        if message := _of_cases([each for each in shown if each], wanted):
            remedy = f"add cases with `rule: {rule.id}` to {beside.name}"
            findings.append(Finding(str(path), name.line, name.column, f"`{rule.id}` {message}", remedy))
    return findings


def _is_pack(path: Path) -> bool:
    return path.is_dir() and any(path.rglob(f"*{rule_files.CASES_SUFFIX}"))


def _of_cases(shown: Sequence[set[Kind]], wanted: Sequence[Kind]) -> str:
    """Return what the cases of one rule do not show; empty when nothing is missing."""
    missing = [kind.value for kind in wanted if not any(kind in each for each in shown)]
    if missing:
        return f"has no test case that shows that it {', that it '.join(missing)}"
    return f"has {len(shown)} test cases and needs {FEWEST_CASES}" if len(shown) < FEWEST_CASES else ""


def _written(path: Path) -> dict[str, tuple[Scalar, dict[str, Node]]]:
    """Return the id and the keys of each rule as the file has them, which has been loaded before."""
    root = documents.read(rule_files.text(path), str(path))
    listed = [node for key, node in root.entries.items() if key.text == "rules"] if isinstance(root, Mapping) else []
    found: dict[str, tuple[Scalar, dict[str, Node]]] = {}
    for node in (each for items in listed if isinstance(items, Items) for each in items.items):
        keys = {key.text: value for key, value in node.entries.items()} if isinstance(node, Mapping) else {}
        if isinstance(name := keys.get("id"), Scalar):
            found[name.text] = (name, keys)
    return found
