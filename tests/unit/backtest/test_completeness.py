"""What a rule of a pack must say and show."""

from pathlib import Path

import msgspec
import pytest

from streams.backtest.cases import load
from streams.backtest.completeness import Kind, judge, kinds, lacking
from streams.codec.rules import read
from streams.codec.vocabulary import shipped
from streams.rules.compile import compile_rules
from streams.rules.load import load as load_rules

RULE = """\
rules:
  - id: late
    moment: SMOT
    owner: support
    severity: high
    by: subject
    when: {promise_broken: delivery}
    recovers_on: {type: shipment.delivered}
    legal_basis: GDPR 6(1)(b) contract
    title: {en: Late, es: Tarde}
    advice: {en: Call, es: Llamar}
"""
ORDER = '{at: 0m, type: order.completed, subject: "order:1", data: {promised_at: {at: 1d}}}'
PARCEL = '{{at: {at}, arrives: {arrives}, type: shipment.delivered, subject: "order:1"}}'


def case(name: str, alerts: str, *touchpoints: str, until: str = "3d") -> str:
    """Return one test case as a file has it."""
    listed = "".join(f"      - {each}\n" for each in (ORDER, *touchpoints))
    return f"  - name: {name}\n    rule: late\n    touchpoints:\n{listed}    until: {until}\n    alerts: {alerts}\n"


FIRES = case("fires", "[{status: firing}]")
SILENT = case("does not", "[]", PARCEL.format(at="20h", arrives="20h"))
RECOVERS = case("recovers", "[{status: firing}, {status: recovered}]", PARCEL.format(at="2d", arrives="2d"))
CORRECTED = case("corrected", "[{status: firing}, {status: retracted}]", PARCEL.format(at="20h", arrives="2d"))


def shown(text: str) -> set[Kind]:
    """Return what one case shows."""
    [found] = load("tests:\n" + text, "x_test.yaml", shipped(), ["late"])
    rules = load_rules(RULE, "x.yaml", shipped())
    return kinds(found, rules[0], compile_rules(rules, shipped()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FIRES, {Kind.FIRES}),
        (SILENT, {Kind.SILENT}),
        (RECOVERS, {Kind.FIRES, Kind.RECOVERS}),
        (CORRECTED, {Kind.FIRES, Kind.CORRECTED}),
        (case("late for nothing", "[{status: firing}]", "{at: 1h, arrives: 2d, type: page.viewed}"), {Kind.FIRES}),
        (case("late and wrong", "[]", PARCEL.format(at="20h", arrives="2d")), {Kind.SILENT}),
    ],
    ids=["fires", "silent", "recovers", "corrected", "late for nothing", "late and wrong"],
)
def test_the_kind_of_a_case_is_told_from_what_it_expects(text: str, expected: set[Kind]) -> None:
    """A late correction is one only where the late touchpoint changes the outcome, and the case comes out."""
    assert shown(text) == expected


def test_a_case_about_another_rule_shows_nothing() -> None:
    """It is not counted."""
    [found] = load("tests:\n" + FIRES, "x_test.yaml", shipped(), ["late"])
    [late] = load_rules(RULE, "x.yaml", shipped())
    other = msgspec.structs.replace(late, id="other")
    assert kinds(found, other, compile_rules((), shipped())) == set()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Return a folder with a pack that is complete."""
    (tmp_path / "pack.yaml").write_text(RULE)
    (tmp_path / "pack_test.yaml").write_text("tests:\n" + FIRES + SILENT + RECOVERS + CORRECTED)
    return tmp_path


def said(folder: Path) -> list[str]:
    """Return what the one file of the folder lacks."""
    path = folder / "pack.yaml"
    return [f"{each.line}:{each.column} {each.message}" for each in lacking(path, read([path], shipped()), shipped())]


def test_a_complete_pack_lacks_nothing(pack: Path) -> None:
    """All it must say, and four cases of the four kinds."""
    assert said(pack) == []


@pytest.mark.parametrize("key", ["owner", "legal_basis", "recovers_on", "advice"])
def test_each_key_is_missed(pack: Path, key: str) -> None:
    """At the id of the rule."""
    lines = [line for line in RULE.splitlines(keepends=True) if not line.startswith(f"    {key}:")]
    (pack / "pack.yaml").write_text("".join(lines))
    assert f"2:9 `late` lacks `{key}`" in said(pack)


@pytest.mark.parametrize(
    ("left_out", "missed"),
    [
        (SILENT, "that it does not fire"),
        (RECOVERS, "that it recovers"),
        (CORRECTED, "that it is corrected by late touchpoints"),
    ],
    ids=["silent", "recovers", "corrected"],
)
def test_each_kind_of_case_is_missed(pack: Path, left_out: str, missed: str) -> None:
    """By what it would show."""
    path = pack / "pack_test.yaml"
    path.write_text(path.read_text().replace(left_out, ""))
    assert said(pack) == [f"2:9 `late` has no test case that shows {missed}"]


def test_a_positive_moment_has_nothing_to_recover_from(tmp_path: Path) -> None:
    """Neither a proof nor a case of it is missed; all else is."""
    path = tmp_path / "good.yaml"
    text = RULE.replace("    recovers_on: {type: shipment.delivered}\n", "") + "    positive: true\n"
    text = text.replace("severity: high", "severity: low")
    rules = load_rules(text, str(path), shipped())
    path.write_text(text)
    [finding] = lacking(path, rules, shipped())
    missed = "that it fires, that it does not fire, that it is corrected by late touchpoints"
    assert finding.message == f"`late` has no test case that shows {missed}"


def test_three_cases_are_too_few(pack: Path) -> None:
    """Although they show everything."""
    path = pack / "pack_test.yaml"
    path.write_text(path.read_text().replace(FIRES, ""))
    assert said(pack) == ["2:9 `late` has 3 test cases and needs 4"]


def test_only_a_folder_with_cases_is_a_pack(pack: Path) -> None:
    """There it is refused what a file by itself, or a folder without cases, is warned of."""
    path = pack / "pack.yaml"
    path.write_text(RULE.replace("    owner: support\n", ""))
    rules = read([path], shipped())
    counts = [tuple(map(len, judge([where], rules, shipped()))) for where in (pack, path)]
    assert counts == [(1, 0), (0, 1)]
    assert [len(each) for each in judge([path], rules, shipped(), strict=True)] == [1, 0]
    (pack / "pack_test.yaml").unlink()
    assert [len(each) for each in judge([pack], rules, shipped())] == [0, 2]
