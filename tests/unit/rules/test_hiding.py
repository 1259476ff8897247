"""Rules that hide others: in the file, in their order, and at work."""

from pathlib import Path
from typing import Final

import pytest

from streams.codec.rules import read
from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.rules import hiding
from streams.rules.load import load
from streams.rules.model import By, Seen, Selector
from streams.testing.journeys import MINUTE_MS, Harness, at, partition, rule, touchpoint
from streams.touchpoints.touchpoint import Touchpoint

RULE: Final = """\
  - id: {id}
    moment: FMOT
    severity: high
    when: {{seen: {{type: payment.failed}}}}
    title: {{en: "Payment keeps failing", es: "El pago falla"}}
    advice: {{en: "Call", es: "Llamar"}}
    hidden_by: {hidden_by}
"""
FAILED: Final = Seen(Selector(("payment.failed",)))
SHOWN: Final = Seen(Selector(("error.shown",)))
ORDERED: Final = (Selector(("order.completed",)),)


def findings(tmp_path: Path, **files: dict[str, str]) -> list[tuple[str, int, int, str, str]]:
    """Return what is wrong with files of rules: by file, `hidden_by` by id."""
    for name, rules in files.items():
        listed = [RULE.format(id=each, hidden_by=by) for each, by in rules.items()]
        (tmp_path / f"{name}.yaml").write_text("rules:\n" + "".join(listed))
    with pytest.raises(LoadError) as raised:
        read([tmp_path], shipped())
    return [(Path(f.path).stem, f.line, f.column, f.message, f.remedy) for f in raised.value.findings]


def test_an_id_or_a_list_of_them() -> None:
    """The place is kept for what can be said only when all files are read."""
    for text, expected in (("a", ("a",)), ("[a, b]", ("a", "b"))):
        [loaded] = load("rules:\n" + RULE.format(id="x", hidden_by=text), "x.yaml", shipped())
        assert (loaded.hidden_by, loaded.hidden_at) == (expected, (8, 16))


def test_each_mistake_has_its_place_and_remedy(tmp_path: Path) -> None:
    """Also those between files."""
    remedy = "name the rules that say it all: hidden_by: [store-closed]"
    assert findings(tmp_path, a={"x": "[]"}) == [
        ("a", 8, 16, "`hidden_by` is an empty list", f"leave it out, or {remedy}")
    ]
    assert findings(tmp_path, a={"x": "[1]"}) == [("a", 8, 17, "the id of a rule must be text", remedy)]
    assert findings(tmp_path, a={"x": "[y, y]"}) == [("a", 8, 20, "`y` is listed twice", "remove one of the two")]
    assert findings(tmp_path, a={"x": "x"}) == [
        ("a", 8, 16, "a rule cannot hide itself", "keep the one that says more about the cause")
    ]
    assert findings(tmp_path, a={"late": "layte"}, b={"later": "late"}) == [
        ("a", 8, 16, "unknown rule `layte` in `hidden_by`", "did you mean `later`?")
    ]
    assert findings(tmp_path, a={"x": "y"}, b={"y": "z", "z": "x"}) == [
        ("a", 8, 16, "`x` and `y` hide each other", "keep the one that says more about the cause"),
        ("b", 8, 16, "`y` and `z` hide each other", "keep the one that says more about the cause"),
        ("b", 15, 16, "`z` and `x` hide each other", "keep the one that says more about the cause"),
    ]


def test_who_hides_comes_first() -> None:
    """Otherwise the order of the files stands; circles and unknown rules do no harm."""
    rules = [
        rule("a", FAILED, hidden_by=("c", "unknown")),
        rule("b", FAILED, hidden_by=("b",)),
        rule("c", FAILED, hidden_by=("d",)),
        rule("d", FAILED),
    ]
    assert [each.id for each in hiding.ordered(rules)] == ["d", "c", "a", "b"]


def told(hidden_by_subject: bool, hiding_by_subject: bool, *history: Touchpoint) -> list[tuple[str, str]]:
    """Return rule and subject of every alert that fires; `effect` is hidden by `cause`."""
    effect = rule("effect", FAILED, by=By.SUBJECT if hidden_by_subject else By.CUSTOMER, hidden_by=("cause",))
    cause = rule("cause", SHOWN, by=By.SUBJECT if hiding_by_subject else By.CUSTOMER, recovers_on=ORDERED)
    owner = Harness(partition([effect, cause]))
    owner.feed(*history)
    return [(one.rule, one.subject) for one in owner.alerts if not one.ended_at]


def test_an_effect_is_not_raised_while_its_cause_is_open() -> None:
    """About the same subject, or where one of the two is about the whole customer."""
    cause, effect = touchpoint("error.shown", 0, subject="order:1"), touchpoint("payment.failed", 1, subject="order:1")
    other = touchpoint("payment.failed", 1, subject="order:2")
    assert told(True, True, cause, effect) == [("cause", "order:1")]
    assert told(True, True, cause, other) == [("cause", "order:1"), ("effect", "order:2")]
    for one, two in ((True, False), (False, True), (False, False)):
        assert told(one, two, cause, other) == [("cause", "order:1" if two else "")]


def test_an_effect_is_raised_before_and_after() -> None:
    """What is open stays, and after the cause has gone the condition must hold anew."""
    cause, mended = touchpoint("error.shown", 5), touchpoint("order.completed", 10)
    assert told(False, False, touchpoint("payment.failed", 1), cause) == [("effect", ""), ("cause", "")]
    hidden = touchpoint("payment.failed", 6)
    assert told(False, False, cause, hidden, mended) == [("cause", "")]
    assert told(False, False, cause, hidden, mended, touchpoint("payment.failed", 11)) == [
        ("cause", ""),
        ("effect", ""),
    ]


def test_at_the_same_touchpoint_the_cause_comes_first() -> None:
    """Whatever the order in the files."""
    effect, cause = rule("effect", FAILED, hidden_by=("cause",)), rule("cause", FAILED)
    owner = Harness(partition([effect, cause]))
    owner.feed(touchpoint("payment.failed", 0))
    assert [one.rule for one in owner.alerts] == ["cause"]


def test_a_cause_that_is_only_watched_hides_too_and_a_late_one_takes_back() -> None:
    """What arrives late decides as if it had come in time."""
    effect, cause = rule("effect", FAILED, hidden_by=("cause",)), rule("cause", SHOWN, settle_ms=10 * MINUTE_MS)
    owner = Harness(partition([effect, cause]))
    owner.feed(touchpoint("payment.failed", 5))
    owner.feed(touchpoint("error.shown", 4))
    owner.advance(at(6))
    assert [(one.rule, one.status.value) for one in owner.alerts] == [
        ("effect", "firing"),
        ("cause", "watching"),
        ("effect", "retracted"),
    ]
