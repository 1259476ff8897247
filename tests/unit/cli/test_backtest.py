"""`touchpoint backtest`, as a person and as a program sees it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.test_import import touchpoint

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return simulated touchpoints, with the labels beside them."""
    path = tmp_path_factory.mktemp("backtest") / "s.jsonl"
    words = ("--customers", "120", "--seed", "7", "--output", str(path), "--labels", str(path.with_suffix(".csv")))
    assert touchpoint("simulate", *words).returncode == 0
    return path


def summary(printed: str) -> dict[str, Any]:
    """Return what `--json` printed, without the time it took."""
    found: dict[str, Any] = json.loads(printed)
    assert found.pop("seconds") > 0
    return found


def test_the_number_of_cores_changes_nothing(events: Path, tmp_path: Path) -> None:
    """The summary, the scores and the file of alerts are the same, byte by byte."""
    found = []
    for cores in ("1", "2"):
        output = tmp_path / f"alerts-{cores}.jsonl"
        words = ("--rules", str(ROOT / "deploy" / "rules"), "--events", str(events), "--output", str(output), "--json")
        done = touchpoint("backtest", *words, "--labels", str(events.with_suffix(".csv")), "--cores", cores)
        assert done.returncode == 0, done.stderr
        found.append((summary(done.stdout), output.read_bytes()))
    assert found[0] == found[1]
    assert found[0][0]["alerts"]


def test_pages_for_nothing_are_told_by_rule_and_in_all(events: Path) -> None:
    """As figures for a program, as columns for a person; rules that page nobody have no share."""
    words = ("backtest", "--rules", str(ROOT / "deploy" / "rules"), "--events", str(events))
    nuisance = summary(touchpoint(*words, "--json").stdout)["nuisance"]
    by_rule = nuisance.pop("rules")
    assert set(nuisance) == {"pages", "healed_themselves", "retracted", "healed_share", "retracted_share"}
    assert nuisance["pages"] == sum(each["pages"] for each in by_rule.values()) > 0
    assert nuisance["healed_share"] == round(nuisance["healed_themselves"] / nuisance["pages"], 4)
    heading, *rows = touchpoint(*words).stderr.partition("  rule ")[2].splitlines()
    assert heading.split() == ["alerts", "pages", "healed", "retracted"]
    cells = {row.split()[0]: row.split()[1:] for row in rows}
    assert cells["all"][1] == str(nuisance["pages"])
    assert cells["checkout-lost"][1:] == ["0", "-", "-"]


def test_no_core_at_all_is_wrong_use() -> None:
    """Exit code 2, and the option's name."""
    done = touchpoint("backtest", "--rules", "x", "--events", "y", "--cores", "0")
    assert (done.returncode, "--cores" in done.stderr) == (2, True)


PACK = """\
rules:
  - id: payment-failing
    moment: FMOT
    severity: high
    owner: checkout
    when: {{count: {{type: payment.failed, at_least: {count}, within: 10m}}}}
    recovers_on: {{type: order.completed}}
    title: {{en: Payment keeps failing, es: El pago falla}}
    advice: {{en: Call, es: Llamar}}
"""


@pytest.fixture
def packs(tmp_path: Path) -> tuple[str, str]:
    """Return rules that fire at the third failure, and such as fire at the second."""
    for name, count in (("old", 3), ("new", 2)):
        (tmp_path / f"{name}.yaml").write_text(PACK.format(count=count))
    return str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")


def test_compare_says_what_two_sets_of_rules_differ_in(events: Path, packs: tuple[str, str], tmp_path: Path) -> None:
    """Counts by rule and team, the worth of both, and one line for each difference."""
    output = tmp_path / "differences.jsonl"
    words = ("--events", str(events), "--labels", str(events.with_suffix(".csv")), "--output", str(output))
    done = touchpoint("backtest", "--compare", *packs, *words, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rule = found["rules"]["payment-failing"]
    assert rule["new"] == rule["old"] + rule["gained"]
    assert (rule["lost"], found["worse"]) == (0, [])
    assert rule["gained"] > 0
    assert found["old"]["precision"] > found["new"]["precision"]
    assert found["new"]["teams"]["checkout"]["alerts"] == rule["new"]
    differences = [json.loads(line) for line in output.read_text().splitlines()]
    kinds = [each["change"] for each in differences]
    assert (kinds.count("gained"), kinds.count("changed")) == (rule["gained"], rule["changed"])
    assert all(each["old"]["started_at"] > each["new"]["started_at"] for each in differences if each["old"])


def test_compare_ends_with_1_when_the_new_rules_are_worse(events: Path, packs: tuple[str, str]) -> None:
    """The table ends with the reasons; the other way round it is lost alerts."""
    done = touchpoint("backtest", "--compare", *packs, "--events", str(events), "--max-gained", "0")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].split() == ["rule", "old", "new", "gained", "lost", "changed"]
    assert "worse:" in done.stdout.splitlines()[-1]
    back = touchpoint("backtest", "--compare", *packs[::-1], "--events", str(events), "--max-lost", "0")
    assert back.returncode == 1
    assert "lost, more than 0" in back.stdout


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (("--compare", "{old}", "{none}", "--events", "{events}"), "none.yaml"),
        (("--compare", "{old}", "{new}", "--events", "-"), "--events"),
        (("--compare", "{old}", "{new}", "--rules", "{old}", "--events", "{events}"), "--rules"),
        (("--compare", "{old}", "{new}", "--events", "{events}", "--min-precision", "0.5"), "--labels"),
        (("--rules", "{old}", "--events", "{events}", "--max-lost", "0"), "--compare"),
        (("--events", "{events}"), "--rules"),
    ],
)
def test_bad_input_ends_with_2(words: tuple[str, ...], place: str, events: Path, packs: tuple[str, str]) -> None:
    """Each error names its place."""
    known = {"old": packs[0], "new": packs[1], "none": packs[0].replace("old.yaml", "none.yaml"), "events": str(events)}
    done = touchpoint("backtest", *(word.format(**known) for word in words))
    assert (done.returncode, place in done.stderr) == (2, True), done.stderr
