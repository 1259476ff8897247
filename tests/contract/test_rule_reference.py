"""The reference of the rule language is what the code reads: complete, with examples that load, and up to date."""

import json
import textwrap

import pytest
from click.testing import CliRunner

from streams.cli.rules import command
from streams.codec.vocabulary import shipped
from streams.rules import crowd
from streams.rules.conditions import CONSTRUCTS
from streams.rules.load import KEYS, load
from streams.rules.reference import EXAMPLES, FURTHER, Entry, entries, markdown
from streams.settings.places import DEPLOY

ENTRIES = {entry.name: entry for entry in entries(shipped())}
FRAME = """\
rules:
  - id: a
    moment: FMOT
    severity: high
    title: {en: a, es: b}
    advice: {en: a, es: b}
    when:
"""


def test_the_document_is_what_the_code_says() -> None:
    """`touchpoint rules reference > deploy/rules/REFERENCE.md` makes it anew."""
    assert (DEPLOY / "rules" / "REFERENCE.md").read_text() == markdown(shipped())


def test_every_construct_is_there() -> None:
    """None is left out, none has gone."""
    assert set(ENTRIES) == {"rule", "rule over a crowd", "surge", "working", "step of a sequence", *CONSTRUCTS}
    assert set(EXAMPLES) == set(CONSTRUCTS)
    assert [key.name for key in ENTRIES["rule"].keys] == list(KEYS)
    assert [key.name for key in ENTRIES["rule over a crowd"].keys] == list(crowd.KEYS)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_every_key_is_explained(entry: Entry) -> None:
    """What it must be, and what to write; so the examples have every key."""
    assert entry.meaning
    assert [key.name for key in entry.keys if not key.kind or not key.remedy] == []


def test_nothing_is_explained_in_vain() -> None:
    """Each hand-written line is about a key whose reader says nothing of it."""
    used = {(key.kind, key.remedy) for entry in ENTRIES.values() for key in entry.keys}
    assert {name for name, said in FURTHER.items() if said not in used} == set()


@pytest.mark.parametrize("example", [each for examples in EXAMPLES.values() for each in examples])
def test_examples_load_in_a_rule(example: str) -> None:
    """Through the front door; what says how things stand, beside something that happens."""
    if example.startswith(("not:", "trait:", "episode: {is: recovered")):
        example = "all:\n  - count: {type: page.viewed, at_least: 2, within: 1h}\n  - " + example
    assert load(FRAME + textwrap.indent(example, " " * 6), "reference.yaml", shipped())


def test_programs_read_it_too() -> None:
    """`--json` has the same constructs."""
    answer = CliRunner().invoke(command, ["reference", "--json"])
    assert answer.exit_code == 0
    assert [each["name"] for each in json.loads(answer.stdout)["constructs"]] == list(ENTRIES)
