"""Files of test cases with the rule files they stand beside: read both, run every case.

A file of cases may name other rule files of its folder, `with: [smot.yaml]`: their rules run beside those under test.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from streams.backtest import cases, trials
from streams.backtest.cases import Case
from streams.backtest.trials import Trial
from streams.codec import rules as rule_files
from streams.codec.events import EventSchemas
from streams.errors import Finding, LoadError
from streams.rules.compile import Plan, compile_rules
from streams.touchpoints.vocabulary import Vocabulary


class Suite(NamedTuple):
    """The cases of one file, and the compiled rules that they are run against."""

    plan: Plan
    cases: tuple[Case, ...]


def read(path: Path, vocabulary: Vocabulary, schemas: EventSchemas) -> Suite:
    """Read a file of cases and the rules beside it; raise LoadError with the findings of both."""
    text = rule_files.text(path)
    beside = [path.with_name(name) for name in cases.beside(text, str(path))]
    rules = rule_files.read([_pack_of(path), *beside], vocabulary)
    found = cases.load(text, str(path), vocabulary, [rule.id for rule in rules], schemas.validate)
    return Suite(compile_rules(rules, vocabulary), found)


def run_files(paths: Iterable[Path], vocabulary: Vocabulary) -> tuple[Trial, ...]:
    """Run the cases of `x_test.yaml` against the rules of `x.yaml` beside it, each file by itself.

    Raise LoadError with the findings of every file, rules and cases alike, before any case runs.
    """
    schemas = EventSchemas()
    findings: list[Finding] = []
    ready: list[Suite] = []
    for path in paths:
        try:
            ready.append(read(path, vocabulary, schemas))
        except LoadError as error:
            findings += error.findings
    if findings:
        raise LoadError(findings)
    return tuple(trials.run(case, suite.plan) for suite in ready for case in suite.cases)


def _pack_of(path: Path) -> Path:
    pack = path.with_name(path.name.removesuffix(rule_files.CASES_SUFFIX) + ".yaml")
    if not pack.is_file():
        message, remedy = f"there is no {pack.name} beside it", "test cases stand beside the rules that they test"
        raise LoadError([Finding(str(path), 1, 1, message, remedy)])
    return pack
