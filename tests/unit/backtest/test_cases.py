"""Test cases as they are written: what they become, and the place and wording of each mistake."""

import pytest

from streams.alerts.alert import Status
from streams.backtest.cases import START_MS, Arrival, Case, Expected, beside, load
from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.touchpoints.touchpoint import Touchpoint

RULES = ("payment-failing", "delivery-late")
MINUTE = 60_000


def cases(text: str) -> tuple[Case, ...]:
    """Load cases of two rules."""
    return load(text, "pack_test.yaml", shipped(), RULES)


def only(text: str) -> tuple[int, int, str, str]:
    """Return the only finding in the text: line, column, message, remedy."""
    with pytest.raises(LoadError) as raised:
        cases(text)
    [finding] = raised.value.findings
    assert finding.path == "pack_test.yaml"
    return finding.line, finding.column, finding.message, finding.remedy


def test_a_whole_case_becomes_its_struct() -> None:
    """Times count from a Monday at nine; `{at: 2d}` in data is an instant."""
    text = """\
tests:
  - name: late and lost
    rule: delivery-late
    touchpoints:
      - at: 0m
        type: order.completed
        subject: "order:1"
        customer: ana
        source: //shop/web
        id: t1
        data: {promised_at: {at: 2d}, items: [1, {a: null}], paid: true}
      - {at: 5m, arrives: 1h, type: shipment.failed}
    until: 3d
    alerts:
      - {status: firing, at: 2d, subject: "order:1", customer: ana}
"""
    data = b'{"promised_at":"2026-01-07T09:00:00Z","items":[1,{"a":null}],"paid":true}'
    ordered = Touchpoint("t1", "//shop/web", "order.completed", START_MS, "ana", "order:1", data)
    failed = Touchpoint("1", "//test", "shipment.failed", START_MS + 5 * MINUTE, "c1")
    day = 24 * 60 * MINUTE
    expected = Case(
        name="late and lost",
        path="pack_test.yaml",
        line=2,
        rule="delivery-late",
        arrivals=(Arrival(START_MS, ordered), Arrival(START_MS + 60 * MINUTE, failed)),
        until=START_MS + 3 * day,
        alerts=(Expected("delivery-late", Status.FIRING, START_MS + 2 * day, "order:1", "ana"),),
    )
    assert cases(text) == (expected,)


def test_what_is_left_out_is_open() -> None:
    """An alert needs only its rule; the clock stops at the last arrival."""
    [case] = cases(
        "tests:\n"
        "  - name: a\n"
        "    touchpoints: [{at: 5m, type: payment.failed}]\n"
        "    alerts: [{rule: payment-failing}]\n"
    )
    assert case.rule is None
    assert case.until == START_MS + 5 * MINUTE
    assert case.alerts == (Expected("payment-failing"),)


HEAD = "tests:\n  - name: a\n"
ONE = "    touchpoints: [{at: 5m, type: payment.failed}]\n"
NONE = "    alerts: []\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (1, 1, "a file of test cases must be a mapping", "begin the file with `tests:` and one `- name: ...`")),
        ("tests:\n  - a\n", (2, 5, "a case must be a mapping", "write {name: ...}")),
        (HEAD + ONE, (2, 5, "a case lacks `alerts`", "list what must be said, or [] for nothing: ")),
        (HEAD + ONE + "    alerts: none\n", (4, 13, "`alerts` must be a list", "list what must be said, or [] ")),
        (HEAD + ONE + "    alert: []\n", (4, 5, "unknown key `alert` in a case", "did you mean `alerts`?")),
        (HEAD + NONE, (2, 5, "a case lacks `touchpoints`", "list at least one: ")),
        (
            "tests:\n  - touchpoints: [{at: 5m, type: payment.failed}]\n" + NONE,
            (2, 5, "a case lacks `name`", "say in "),
        ),
        (
            HEAD + ONE + NONE + "    until: 1m\n",
            (5, 12, "`until` is before the last touchpoint arrives", "leave `until` out, or make it later"),
        ),
        (
            HEAD + "    rule: delivery-lat\n" + ONE + NONE,
            (3, 11, "unknown rule `delivery-lat`", "did you mean `delivery-late`?"),
        ),
        (
            HEAD + "    touchpoints: [{at: 5m, type: payment.faild}]\n" + NONE,
            (3, 34, "unknown touchpoint type `payment.faild`", "did you mean `payment.failed`?"),
        ),
        (
            HEAD + "    touchpoints: [{at: 5, type: payment.failed}]\n" + NONE,
            (3, 24, "`at` is not a duration: 5", "write a number with its unit: 90s, 10m, 72h, 3d"),
        ),
        (
            HEAD + "    touchpoints: [{at: 5m, arrives: 1m, type: payment.failed}]\n" + NONE,
            (3, 37, "a touchpoint cannot arrive before it happens", "leave `arrives` out, or make it later"),
        ),
        (
            HEAD + ONE + NONE + "    until: later\n",
            (5, 12, "`until` is not a duration: later", "write a number with its unit: "),
        ),
        (
            HEAD + "    touchpoints: [{at: 5m, type: order.completed, data: {promised_at: {at: soon}}}]\n" + NONE,
            (3, 76, "`at` is not a duration: soon", "write a number with its unit: "),
        ),
        (
            HEAD + ONE + "    alerts: [{status: firing}]\n",
            (4, 14, "an alert lacks `rule`", "name the rule: rule: payment-failing"),
        ),
        (
            HEAD + ONE + "    alerts: [{rule: delivery-late, status: fring}]\n",
            (4, 44, "unknown status: fring", "did you mean `firing`?"),
        ),
        (
            HEAD + "    rule: delivery-late\n" + ONE + "    alerts: [{rule: payment-failing}]\n",
            (5, 21, "this case looks at `delivery-late` alone", "leave `rule` out here, or above"),
        ),
        (
            HEAD + ONE + NONE + "  - name: a\n" + ONE + NONE,
            (5, 11, "there is already a case of this name, at line 2", "say what is different in this one"),
        ),
    ],
)
def test_a_mistake_is_found_where_it_stands(text: str, expected: tuple[int, int, str, str]) -> None:
    """Line, column, message and remedy."""
    line, column, message, remedy = only(text)
    assert (line, column, message) == expected[:3]
    assert remedy.startswith(expected[3])


def test_data_that_its_schema_refuses_is_a_finding() -> None:
    """A case with data that no producer may send proves nothing."""
    with pytest.raises(LoadError) as raised:
        load(HEAD + ONE + NONE, "pack_test.yaml", shipped(), RULES, lambda _: [("/data/amount", "is no number")])
    [finding] = raised.value.findings
    assert (finding.line, finding.column, finding.message) == (3, 19, "data.amount: is no number")


@pytest.mark.parametrize(
    ("said", "column", "message"),
    [
        ("smot.yaml", 7, "`with` must be a list with something in it"),
        ("[]", 7, "`with` must be a list with something in it"),
        ("[../smot.yaml]", 8, "this names no rule file"),
        ("[smot]", 8, "this names no rule file"),
    ],
)
def test_rule_files_that_run_beside_are_of_the_same_folder(said: str, column: int, message: str) -> None:
    """Named by their file names."""
    assert beside("with: [smot.yaml, fmot.yaml]\ntests: []\n", "a_test.yaml") == ("smot.yaml", "fmot.yaml")
    assert beside("tests: []\n", "a_test.yaml") == ()
    with pytest.raises(LoadError) as raised:
        beside(f"with: {said}\n", "a_test.yaml")
    [found] = raised.value.findings
    assert (found.line, found.column, found.message) == (1, column, message)
    assert found.remedy
