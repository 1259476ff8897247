"""Published sets of rules: gathered, bounded, written and read."""

from pathlib import Path

import pytest

from streams.codec import rule_sets
from streams.codec.rule_sets import MOST_BYTES, MOST_FILES, Refusal, Report, RuleFile, RuleSet
from streams.codec.rules import read
from streams.codec.vocabulary import shipped
from streams.errors import CorruptError, LoadError, UsageError
from streams.settings.places import DEPLOY

RULE = """\
rules:
  - id: {id}
    moment: FMOT
    severity: high
    when: {{seen: {{type: payment.failed}}}}
    title: {{en: a, es: b}}
    advice: {{en: a, es: b}}
"""


def test_the_shipped_pack_is_the_same_through_the_topic() -> None:
    """Rule by rule, but for the place where each stands."""
    made = RuleSet(1, 2, "", rule_sets.gather([DEPLOY / "rules"]))
    back = rule_sets.rules_of(rule_sets.decode(rule_sets.encode(made)), shipped())
    before = read([DEPLOY / "rules"], shipped())
    assert [(one.id, one.when, one.line) for one in back] == [(one.id, one.when, one.line) for one in before]
    assert {file.name for file in made.files} >= {"rules/fmot.yaml", "rules/smot.yaml"}


def test_no_name_tells_where_the_files_were(tmp_path: Path) -> None:
    """Files of the same name are told apart all the same."""
    for folder in ("a", "b"):
        (tmp_path / folder / "x").mkdir(parents=True)
        (tmp_path / folder / "x" / "pack.yaml").write_text(RULE.format(id=folder))
    found = rule_sets.gather([tmp_path / "a" / "x", tmp_path / "b" / "x", tmp_path / "a" / "x" / "pack.yaml"])
    assert [file.name for file in found] == ["x/pack.yaml", "+x/pack.yaml", "pack.yaml"]


def test_a_mistake_is_told_with_the_name_of_its_file() -> None:
    """Also one between two files."""
    files = (RuleFile("a.yaml", RULE.format(id="one")), RuleFile("b.yaml", RULE.format(id="one")))
    with pytest.raises(LoadError, match=r"b\.yaml:2:9: there is already a rule `one`, at a\.yaml:2"):
        rule_sets.rules_of(RuleSet(1, 1, "", files), shipped())


def test_the_digest_is_of_names_and_texts() -> None:
    """Whoever published it when."""
    one, other = RuleFile("a", "x"), RuleFile("a", "y")
    assert rule_sets.digest([one]) == rule_sets.digest([RuleFile("a", "x")]) != rule_sets.digest([other])


@pytest.mark.parametrize("files", [(RuleFile("a", "x" * MOST_BYTES),), (RuleFile("a", ""),) * (MOST_FILES + 1)])
def test_a_set_has_a_bound(files: tuple[RuleFile, ...]) -> None:
    """Before any broker says so in other words."""
    with pytest.raises(UsageError, match="the set is too large"):
        rule_sets.encode(RuleSet(1, 1, "", files))


def test_a_report_comes_back_as_it_was() -> None:
    """With partitions by version."""
    report = Report("w", "i", 3, 4, {3: 7, 2: 1}, 12, {"r": 99}, Refusal(4, "too new"), 5)
    assert rule_sets.decode_report(rule_sets.encode_report(report)) == report


def test_what_cannot_be_read_says_so() -> None:
    """A newer version of the program wrote it."""
    for value in (b"{", b'{"version": "x"}'):
        with pytest.raises(CorruptError, match="rules: a record cannot be read"):
            rule_sets.decode(value)
