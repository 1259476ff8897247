"""`touchpoint rules check` and `rules test`, as a person and as a program sees them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.cli import touchpoint

PACK = """\
rules:
  - id: payment-failing
    version: 2
    moment: FMOT
    severity: high
    when: {count: {type: payment.failed, at_least: 2, within: 10m}}
    recovers_on: {type: order.completed}
    title: {en: Payment keeps failing, es: El pago falla}
    advice: {en: Call, es: Llamar}
  - id: late
    moment: SMOT
    severity: low
    mode: shadow
    when: {any: [{promise_broken: delivery}, {seen: {type: call.abandoned}}]}
    title: {en: Late, es: Tarde}
    advice: {en: Call, es: Llamar}
"""
CASES = """\
tests:
  - name: two failures fire
    touchpoints:
      - {at: 0m, type: payment.failed}
      - {at: 5m, type: payment.failed}
    alerts:
      - {rule: payment-failing, status: firing, at: 5m}
"""


def run(*words: str | Path) -> Result:
    """Run `touchpoint rules`."""
    return CliRunner().invoke(touchpoint, ["rules", *map(str, words)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a pack that is right, and its cases."""
    (tmp_path / "pack.yaml").write_text(PACK)
    (tmp_path / "pack_test.yaml").write_text(CASES)
    return tmp_path


def test_check_lists_the_rules(folder: Path) -> None:
    """Id, moment, severity, channels and mode in columns, then the sum."""
    result = run("check", folder / "pack.yaml")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "id               moment  severity  channels               mode",
        "payment-failing  FMOT    high      web                    live",
        "late             SMOT    low       call, delivery, store  shadow",
        "2 rules, 1 live, 1 in shadow: all right",
    ]


def test_check_lists_the_rules_for_a_program(folder: Path) -> None:
    """One object with every rule and no findings."""
    result = run("check", folder / "pack.yaml", "--json")
    answer = json.loads(result.stdout)
    assert answer["findings"] == []
    assert answer["rules"][0] == {
        "id": "payment-failing",
        "version": 2,
        "moment": "FMOT",
        "severity": "high",
        "owner": "support",
        "channels": ["web"],
        "mode": "live",
        "title": {"en": "Payment keeps failing", "es": "El pago falla"},
        "path": str(folder / "pack.yaml"),
        "line": 2,
    }


def test_a_typo_is_named_by_file_line_and_column(folder: Path) -> None:
    """As compilers do, so that editors jump there; exit 1."""
    path = folder / "pack.yaml"
    path.write_text(PACK.replace("payment.failed", "payment.faild").replace("severity: low", "severity: lo"))
    result = run("check", folder)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{path}:6:26: unknown touchpoint type `payment.faild` (did you mean `payment.failed`?)",
        f"{path}:12:15: unknown severity: lo (did you mean `low`?)",
        "2 mistakes in 1 file",
    ]


def test_a_typo_is_named_for_a_program(folder: Path) -> None:
    """The same fields, one by one."""
    path = folder / "pack.yaml"
    path.write_text(PACK.replace("moment: SMOT", "moment: SMT"))
    result = run("check", path, "--json")
    assert result.exit_code == 1
    finding = {
        "path": str(path),
        "line": 11,
        "column": 13,
        "message": "unknown moment: SMT",
        "remedy": "did you mean `SMOT`?",
    }
    assert json.loads(result.stdout) == {"findings": [finding]}


def test_two_files_with_one_id_are_told_apart(folder: Path) -> None:
    """The second file is at fault, and the first is named."""
    (folder / "zwei.yaml").write_text(PACK)
    result = run("check", folder)
    first, _, summary = result.stderr.splitlines()
    place = f"{folder / 'pack.yaml'}:2"
    zwei = folder / "zwei.yaml"
    assert first == f"{zwei}:2:9: there is already a rule `payment-failing`, at {place} (give this one another id)"
    assert summary == "2 mistakes in 1 file"


def test_every_file_is_read_before_anything_is_said(folder: Path) -> None:
    """One run names the mistakes of all files."""
    (folder / "a.yaml").write_text("rules: [1]")
    (folder / "b.yaml").write_bytes(b"rules:\n  caf\xe9: 1\n")
    lines = run("check", folder).stderr.splitlines()
    assert lines == [
        f"{folder / 'a.yaml'}:1:9: a rule must be a mapping (write `- id: ...` and its other keys below)",
        f"{folder / 'b.yaml'}:2:6: this is not UTF-8 text (save the file as UTF-8)",
        "2 mistakes in 2 files",
    ]


def test_a_vocabulary_of_ones_own_brings_its_types(folder: Path) -> None:
    """A type that only this shop has is no typo."""
    (folder / "pack.yaml").write_text(PACK.replace("payment.failed", "locker.jammed"))
    assert run("check", folder, "--no-strict").exit_code == 1
    own = folder.parent / "own.yaml"
    own.write_text("types:\n  locker.jammed: store FMOT store -1\n")
    assert run("check", folder, "--no-strict", "--vocabulary", own).exit_code == 0


def test_a_folder_with_cases_is_a_pack_and_its_rules_are_complete(folder: Path) -> None:
    """What is missing is named at the rule, with what to write; exit 1."""
    result = run("check", folder)
    path, late = folder / "pack.yaml", "is corrected by late touchpoints"
    assert (result.exit_code, result.stdout) == (1, "")
    shows = "has no test case that shows that it"
    assert [line.partition(" (")[0] for line in result.stderr.splitlines()] == [
        f"{path}:2:9: `payment-failing` lacks `owner`",
        f"{path}:2:9: `payment-failing` lacks `legal_basis`",
        f"{path}:2:9: `payment-failing` {shows} does not fire, that it recovers, that it {late}",
        f"{path}:10:9: `late` lacks `owner`",
        f"{path}:10:9: `late` lacks `legal_basis`",
        f"{path}:10:9: `late` lacks `recovers_on`",
        f"{path}:10:9: `late` {shows} fires, that it does not fire, that it recovers, that it {late}",
        "7 mistakes in 1 file",
    ]
    assert "(name the team that acts: owner: support)" in result.stderr
    assert "(add cases with `rule: late` to pack_test.yaml)" in result.stderr


@pytest.mark.parametrize(
    ("path", "options", "refused"),
    [
        ("", (), True),
        ("pack.yaml", (), False),
        ("pack.yaml", ("--strict",), True),
        ("", ("--no-strict",), False),
    ],
)
def test_what_is_refused_in_a_pack_is_warned_of_elsewhere(
    folder: Path, path: str, options: tuple[str, ...], *, refused: bool
) -> None:
    """A file by itself may be half done; `--strict` and `--no-strict` decide for everything."""
    result = run("check", folder / path, *options)
    assert result.exit_code == refused
    assert result.stderr.startswith("warning: ") is not refused
    answer = json.loads(run("check", folder / path, *options, "--json").stdout)
    assert len(answer["findings" if refused else "warnings"]) == 7


def test_a_rule_of_the_fewest_words_is_all_right(tmp_path: Path) -> None:
    """What a rule cannot do without is when it fires and what to call it."""
    text = (
        "rules:\n  - id: a\n    moment: FMOT\n    severity: high\n    when: {seen: {type: payment.failed}}\n"
        "    title: {en: a, es: b}\n"
    )
    (tmp_path / "mine.yaml").write_text(text)
    assert run("check", tmp_path / "mine.yaml").exit_code == run("check", tmp_path).exit_code == 0


def test_many_warnings_are_counted(tmp_path: Path) -> None:
    """Twenty say what it is about."""
    rule = "  - id: a{}\n    moment: FMOT\n    severity: high\n    when: {{seen: {{type: payment.failed}}}}\n"
    rule += "    title: {{en: a, es: b}}\n"
    (tmp_path / "mine.yaml").write_text("rules:\n" + "".join(rule.format(number) for number in range(6)))
    lines = run("check", tmp_path / "mine.yaml").stderr.splitlines()
    assert (len(lines), lines[-1]) == (21, "and 10 more warnings")


@pytest.mark.parametrize("verb", ["check", "test"])
def test_a_path_that_is_not_there_is_wrong_use(verb: str, tmp_path: Path) -> None:
    """Exit 2, with the path."""
    result = run(verb, tmp_path / "nowhere.yaml")
    assert str(result.exception) == f"{tmp_path / 'nowhere.yaml'}: no such file or folder (check the path)"


def test_a_folder_without_rules_is_wrong_use(tmp_path: Path) -> None:
    """Saying that all is right would be a lie."""
    expected = f"{tmp_path}: no rules in this folder (name a folder with *.yaml files)"
    assert str(run("check", tmp_path).exception) == expected


def test_a_file_of_cases_holds_no_rules(folder: Path) -> None:
    """Naming the one for the other is explained."""
    path = folder / "pack_test.yaml"
    expected = f"{path}: this file holds no rules (files of test cases end in _test.yaml, files of rules do not)"
    assert str(run("check", path).exception) == expected


def test_rules_without_cases_are_wrong_use(folder: Path) -> None:
    """There is nothing to run, and the file to write is named."""
    (folder / "pack_test.yaml").unlink()
    expected = f"{folder / 'pack.yaml'}: no test cases stand beside it (write pack_test.yaml)"
    assert str(run("test", folder / "pack.yaml").exception) == expected


def test_cases_without_rules_are_a_finding(folder: Path) -> None:
    """The file to write is named there too."""
    (folder / "pack.yaml").unlink()
    result = run("test", folder)
    assert result.exit_code == 1
    path = folder / "pack_test.yaml"
    expected = f"{path}:1:1: there is no pack.yaml beside it (test cases stand beside the rules that they test)"
    assert result.stderr.splitlines()[0] == expected


@pytest.mark.parametrize("name", ["", "pack.yaml", "pack_test.yaml"])
def test_cases_that_pass_are_counted(folder: Path, name: str) -> None:
    """Whether the folder, the rules or the cases are named."""
    result = run("test", folder / name)
    assert (result.exit_code, result.stdout) == (0, "1 case in 1 file, 0 failed\n")


def test_a_case_that_fails_shows_the_difference(folder: Path) -> None:
    """What was expected, what was said instead; exit 1."""
    path = folder / "pack_test.yaml"
    path.write_text(CASES.replace("status: firing, at: 5m", "status: firing, at: 6m"))
    result = run("test", folder)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"FAILED {path}:2: two failures fire",
        "    - payment-failing firing at 6m",
        "    + payment-failing firing high at 5m",
        "1 case in 1 file, 1 failed",
    ]


def test_results_of_cases_for_a_program(folder: Path) -> None:
    """Every case with its place and whether it passed."""
    path = folder / "pack_test.yaml"
    path.write_text(CASES.replace("at: 5m}\n", "at: 6m}\n"))
    result = run("test", folder, "--json")
    assert result.exit_code == 1
    case = {
        "name": "two failures fire",
        "path": str(path),
        "line": 2,
        "passed": False,
        "difference": ["- payment-failing firing at 6m", "+ payment-failing firing high at 5m"],
    }
    assert json.loads(result.stdout) == {"cases": [case], "passed": 0, "failed": 1, "findings": []}


def test_a_typo_in_a_case_is_named_like_any_other(folder: Path) -> None:
    """Cases are files that people write, so they have lines and columns as well."""
    path = folder / "pack_test.yaml"
    path.write_text(
        CASES.replace("{at: 0m, type: payment.failed}", "{at: 0m, type: payment.failed, data: {amount: x}}")
    )
    result = run("test", folder)
    assert result.exit_code == 1
    place, _, message = result.stderr.splitlines()[0].partition(": ")
    assert place == f"{path}:4:46"
    assert message.startswith("data.amount: ")
