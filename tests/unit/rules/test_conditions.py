"""The place and wording of each mistake in a condition, and what a right one becomes."""

import pytest

from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.rules.conditions import FEEDBACK_TYPES
from streams.rules.load import load
from streams.rules.model import (
    Absence,
    AllOf,
    AnyOf,
    Broken,
    Condition,
    Count,
    Distinct,
    Feedback,
    Measure,
    Not,
    Predicate,
    Rate,
    Score,
    Seen,
    Selector,
    Sequence,
    Step,
    Trait,
)

FRAME = """\
rules:
  - id: a
    moment: FMOT
    severity: high
    title: {{en: a, es: b}}
    advice: {{en: a, es: b}}
    when: {}
"""
LINE = 7
START = 11  # the column where the condition begins


def condition(text: str) -> Condition:
    """Return what the text becomes."""
    [rule] = load(FRAME.format(text), "pack.yaml", shipped())
    return rule.when


def only(text: str) -> tuple[int, str, str]:
    """Return the one finding: the column counted from the start of the condition, message and remedy."""
    with pytest.raises(LoadError) as raised:
        load(FRAME.format(text), "pack.yaml", shipped())
    [finding] = raised.value.findings
    assert finding.line == LINE
    return finding.column - START, finding.message, finding.remedy


FAILED = Selector(("payment.failed",))
ORDERED = Selector(("order.completed",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{seen: {type: payment.failed}}", Seen(FAILED)),
        (
            "{seen: {type: [payment.failed, shipment.*], within: 1h}}",
            Seen(Selector(("payment.failed", "shipment.*")), 3_600_000),
        ),
        ("{count: {type: payment.failed, at_least: 3, within: 10m}}", Count(FAILED, 3, 600_000)),
        (
            "{sum: {type: payment.failed, of: amount, at_least: 100, within: 1d}}",
            Measure(FAILED, "sum", "amount", 86_400_000, 100.0),
        ),
        (
            "{average: {type: payment.failed, of: a.b, at_most: 2.5, within: 1h, min_count: 3}}",
            Measure(FAILED, "average", "a.b", 3_600_000, None, 2.5, 3),
        ),
        (
            "{distinct: {type: payment.failed, of: channel, at_least: 2, within: 1h}}",
            Distinct(FAILED, "channel", 3_600_000, 2),
        ),
        (
            "{distinct: {type: payment.failed, of: data.type, at_least: 1, at_most: 2, within: 1h}}",
            Distinct(FAILED, "data.type", 3_600_000, 1, 2),
        ),
        (
            "{rate: {type: payment.failed, within: 1d, baseline: 7, times: 2.5, min_count: 5}}",
            Rate(FAILED, 86_400_000, 7, 2.5, 5),
        ),
        (
            "{rate: {type: payment.failed, of: amount, within: 1d, baseline: 7, times: 3, min_count: 5}}",
            Rate(FAILED, 86_400_000, 7, 3.0, 5, "amount"),
        ),
        (
            "{score: {weights: {payment.failed: 5, shipment.*: 1.5, order.completed: -3}, half_life: 1d, at_least: 8}}",
            Score((("payment.failed", 5.0), ("shipment.*", 1.5), ("order.completed", -3.0)), 86_400_000, 8.0),
        ),
        (
            "{sequence: [{type: payment.failed}, {not: {type: order.completed}, within: 30m}]}",
            Sequence((Step(FAILED), Step(ORDERED, 1_800_000, absent=True))),
        ),
        (
            "{sequence: [{type: payment.failed, times: 3, within: 10m}, {type: order.completed, times: 2}]}",
            Sequence((Step(FAILED, 600_000, times=3), Step(ORDERED, times=2))),
        ),
        (
            "{absence: {after: {type: payment.failed}, of: {type: order.completed}, within: 1h}}",
            Absence(FAILED, ORDERED, 3_600_000),
        ),
        (
            "{all: [{seen: {type: payment.failed}}, {trait: {tier: gold, lifetime_value: {at_least: 500}}}]}",
            AllOf(
                (
                    Seen(FAILED),
                    Trait((Predicate("tier", "equals", "gold"), Predicate("lifetime_value", "at_least", 500))),
                )
            ),
        ),
        ("{promise_broken: delivery}", Broken("delivery")),
        ("{promise_broken: {kind: delivery, grace: 1d}}", Broken("delivery", 86_400_000)),
        (
            "{feedback: {metric: [CSAT, STARS], at_most: 2}}",
            Feedback(Selector(FEEDBACK_TYPES), ("CSAT", "STARS"), 2.0),
        ),
        (
            "{feedback: {metric: NPS, at_most: 6, type: survey.answered}}",
            Feedback(Selector(("survey.answered",)), ("NPS",), 6.0),
        ),
        (
            "{all: [{seen: {type: payment.failed}}, {not: {seen: {type: order.completed, within: 1d}}}]}",
            AllOf((Seen(FAILED), Not(Seen(ORDERED, 86_400_000)))),
        ),
        ("{any: [{seen: {type: payment.failed}}, {promise_broken: refund}]}", AnyOf((Seen(FAILED), Broken("refund")))),
    ],
)
def test_each_construct_becomes_its_struct(text: str, expected: Condition) -> None:
    """What is written is what is built."""
    assert expected == condition(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("payment.failed", (0, "`when` must hold a condition", "write one of seen, ")),
        ("{}", (0, "`when` must hold a condition", "write one of seen, ")),
        ("{sen: {type: payment.failed}}", (1, "unknown condition `sen`", "did you mean `seen`?")),
        (
            "{seen: {type: payment.failed}, promise_broken: refund}",
            (0, "`when` holds more than one condition: seen, promise_broken", "list them under `all:` or `any:`"),
        ),
        ("{seen: payment.failed}", (7, "seen must be a mapping", "write {type: ...}")),
        ("{seen: {within: 1h}}", (7, "seen lacks `type`", "name a touchpoint type of the vocabulary: ")),
        ("{seen: {type: payment.failed, withn: 1h}}", (30, "unknown key `withn` in seen", "did you mean `within`?")),
        (
            "{seen: {type: payment.failed, within: 0m}}",
            (38, "`within` must be longer than nothing", "leave `within` out for the touchpoint at hand"),
        ),
        ("{count: {type: payment.failed, within: 1h}}", (8, "count lacks `at_least`", "say how many it takes: ")),
        (
            "{count: {type: payment.failed, at_least: 0, within: 1h}}",
            (41, "`at_least` must be a whole number, 1 or more: 0", "say how many it takes: at_least: 3"),
        ),
        (
            "{count: {type: payment.failed, at_least: 3, within: 1 hour}}",
            (52, "`within` is not a duration: 1 hour", "write a number with its unit: 90s, 10m, 72h, 3d"),
        ),
        ("{sum: payment.failed}", (6, "sum must be a mapping", "write {type: ...}")),
        (
            "{sum: {type: payment.failed, of: amount, within: 1h}}",
            (6, "sum lacks `at_least`", "write at_least: 100, or at_most: 5"),
        ),
        (
            "{sum: {type: payment.failed, at_least: 5, within: 1h}}",
            (6, "sum lacks `of`", "name the number in the data: of: amount"),
        ),
        (
            "{sum: {type: payment.failed, of: amount EUR, at_least: 5, within: 1h}}",
            (33, "`amount EUR` is not a field of data", "write its name, dotted where it is nested"),
        ),
        (
            "{average: {type: payment.failed, of: amount, at_most: many, within: 1h}}",
            (54, "`at_most` must be a number: many", "write at_least: 100, or at_most: 5"),
        ),
        (
            "{average: {type: payment.failed, of: amount, at_least: 5, at_most: 4, within: 1h}}",
            (67, "average cannot be at_least 5 and at_most 4 at once", "swap the two numbers"),
        ),
        (
            "{average: {type: payment.failed, of: amount, at_least: 5, within: 1h, min_count: 0}}",
            (81, "`min_count` must be a whole number, 1 or more: 0", "leave `min_count` out for one match or more"),
        ),
        ("{distinct: payment.failed}", (11, "distinct must be a mapping", "write {type: ...}")),
        (
            "{distinct: {type: payment.failed, of: channel, within: 1h}}",
            (11, "distinct lacks `at_least`", "say how many it takes: at_least: 2"),
        ),
        (
            "{distinct: {type: payment.failed, at_least: 2, within: 1h}}",
            (11, "distinct lacks `of`", "say what differs: of: channel, "),
        ),
        (
            "{distinct: {type: payment.failed, of: channel, at_least: 65, within: 1h}}",
            (57, "`at_least` must be 64 or less: 65", "only so many values are remembered"),
        ),
        (
            "{distinct: {type: payment.failed, of: channel, at_least: 3, at_most: 2, within: 1h}}",
            (69, "distinct cannot be at_least 3 and at_most 2 at once", "swap the two numbers"),
        ),
        ("{rate: payment.failed}", (7, "rate must be a mapping", "write {type: ...}")),
        (
            "{rate: {type: payment.failed, within: 1d, baseline: 15, times: 3, min_count: 5}}",
            (52, "`baseline` must be 14 periods or less: 15", "compare with fewer periods, or make `within` longer"),
        ),
        (
            "{rate: {type: payment.failed, within: 1d, baseline: 7, times: 1, min_count: 5}}",
            (62, "`times` must be more than 1: 1", "say how much more it must be: times: 3"),
        ),
        (
            "{rate: {type: payment.failed, within: 1d, baseline: 7, times: 3}}",
            (7, "rate lacks `min_count`", "say how many it takes at least: min_count: 5"),
        ),
        (
            "{rate: {type: payment.failed, within: 1d, times: 3, min_count: 5}}",
            (7, "rate lacks `baseline`", "say how many periods before to compare with: baseline: 7"),
        ),
        ("{score: payment.failed}", (8, "score must be a mapping", "write {weights: ...}")),
        ("{score: {half_life: 1d, at_least: 8}}", (8, "score lacks `weights`", "write weights: {payment.failed: 5, ")),
        (
            "{score: {weights: [payment.failed], half_life: 1d, at_least: 8}}",
            (18, "`weights` must be a mapping", "write weights: {payment.failed: 5, "),
        ),
        (
            "{score: {weights: {payment.faild: 5}, half_life: 1d, at_least: 8}}",
            (19, "unknown touchpoint type `payment.faild`", "did you mean `payment.failed`?"),
        ),
        (
            "{score: {weights: {payment.failed: 0}, half_life: 1d, at_least: 8}}",
            (35, "the weight of `payment.failed` must be a number other than 0", "write 2 for something bad, "),
        ),
        (
            "{score: {weights: {payment.failed: 5, payment.*: 1}, half_life: 1d, at_least: 8}}",
            (38, "`payment.*` and `payment.failed` both weigh payment.failed", "give each type one weight"),
        ),
        (
            "{score: {weights: {payment.failed: -5}, half_life: 1d, at_least: 8}}",
            (18, "nothing makes the score rise", "write weights: {payment.failed: 5, "),
        ),
        (
            "{score: {weights: {payment.failed: 5}, at_least: 8}}",
            (8, "score lacks `half_life`", "say when it has faded by half: half_life: 1d"),
        ),
        (
            "{score: {weights: {payment.failed: 5}, half_life: 1d, at_least: 0}}",
            (64, "`at_least` must be more than 0: 0", "a score begins at 0: write at_least: 8"),
        ),
        ("{trait: gold}", (8, "trait must be a mapping", "write field: value, or field: {at_least: 20}")),
        ("{trait: {}}", (8, "trait is empty", "write field: value, or field: {at_least: 20}")),
        ("{trait: {tier of: gold}}", (9, "`tier of` is not a field of data", "write its name, dotted where ")),
        ("{trait: {tier: {equal: gold}}}", (16, "unknown operator `equal`", "did you mean `equals`?")),
        ("{sequence: {type: payment.failed}}", (11, "sequence must be a list of steps", "write - {type: ...} ")),
        (
            "{sequence: [{type: payment.failed}]}",
            (11, "a sequence needs at least two steps", "use `seen` for a single touchpoint"),
        ),
        (
            "{sequence: [{not: {type: payment.failed}, within: 1h}, {type: order.completed}]}",
            (12, "a sequence cannot begin with `not`", "begin with the touchpoint that starts it"),
        ),
        (
            "{sequence: [{type: payment.failed, within: 1h}, {type: order.completed}]}",
            (43, "the first step has nothing before it to be within", "move `within` to the step that follows"),
        ),
        (
            "{sequence: [{type: payment.failed, times: 33, within: 1h}, {type: order.completed}]}",
            (42, "`times` must be 32 or less: 33", "only so many are remembered: use `count` for more"),
        ),
        (
            "{sequence: [{type: payment.failed}, {type: order.completed, times: 0}]}",
            (67, "`times` must be a whole number, 1 or more: 0", "say how many matches pass the step: times: 3"),
        ),
        (
            "{sequence: [{type: payment.failed}, {not: {type: order.completed}, times: 2, within: 1h}]}",
            (74, "a step `not` has no `times`: one match breaks the silence", "leave `times` out"),
        ),
        (
            "{sequence: [{type: payment.failed}, {not: {type: order.completed}}]}",
            (36, "step 2 of the sequence lacks `within`", "say how long nothing may come: within: 30m"),
        ),
        (
            "{sequence: [{type: payment.failed}, order.completed]}",
            (36, "step 2 of the sequence must be a mapping", "write {type: ...}"),
        ),
        (
            "{absence: {after: {type: message.received}, within: 1h}}",
            (10, "absence lacks `of`", "say what is waited for: of: {type: message.sent}"),
        ),
        (
            "{absence: {after: message.received, of: {type: message.sent}, within: 1h}}",
            (18, "`after` of absence must be a mapping", "write {type: ...}; "),
        ),
        ("{promise_broken: delivry}", (17, "unknown promise kind `delivry`", "did you mean `delivery`?")),
        ("{promise_broken: xxxxx}", (17, "unknown promise kind `xxxxx`", "write one of delivery, ")),
        ("{promise_broken: [delivery]}", (17, "a promise kind must be a word", "write one of delivery, ")),
        ("{promise_broken: {grace: 1d}}", (17, "promise_broken lacks `kind`", "write kind: and one of delivery, ")),
        ("{feedback: {metric: CAST, at_most: 2}}", (20, "unknown metric `CAST`", "did you mean `CSAT`?")),
        ("{feedback: {at_most: 2}}", (11, "feedback lacks `metric`", "write one or more of NPS, ")),
        ("{feedback: {metric: [], at_most: 2}}", (20, "`metric` is an empty list", "write one or more of NPS, ")),
        ("{feedback: {metric: NPS}}", (11, "feedback lacks `at_most`", "say which score is still bad: at_most: 2")),
        (
            "{feedback: {metric: NPS, at_most: six}}",
            (34, "`at_most` must be a number: six", "say which score is still bad: at_most: 2"),
        ),
        (
            "{feedback: {metric: [NPS, CSAT], at_most: 6}}",
            (42, "at_most 6 is always met: CSAT goes from 1 to 5, low is bad", "write a number from 1 to 4"),
        ),
        (
            "{feedback: {metric: STARS, at_most: 0}}",
            (36, "at_most 0 is never met: STARS goes from 1 to 5, low is bad", "write a number from 1 to 4"),
        ),
        ("{all: []}", (6, "`all` must list conditions", "write all: and under it - seen: ...")),
        ("{any: {seen: {type: payment.failed}}}", (6, "`any` must list conditions", "write any: and under it ")),
        (
            "{not: {seen: {type: payment.failed}}}",
            (
                0,
                "`when` has nothing that happens: a bare `not` or `trait` may hold from the first moment on",
                "put it in an `all:` with the touchpoint at which to look",
            ),
        ),
        ("{trait: {tier: gold}}", (0, "`when` has nothing that happens: a bare `not` or `trait` ", "put it in an ")),
        (
            "{any: [{seen: {type: payment.failed}}, {trait: {tier: gold}}]}",
            (0, "`when` has nothing that happens: a bare `not` or `trait` ", "put it in an "),
        ),
        (
            "{all: [{seen: {type: payment.failed}}, {seen: {type: order.*}}]}",
            (
                0,
                "`when` can never hold: no instant is all of these at once",
                "use `any` or `sequence`, or give a `seen` among them a `within`",
            ),
        ),
        (
            "{all: [{promise_broken: refund}, {seen: {type: order.cancelled}}]}",
            (0, "`when` can never hold: no instant is all of these at once", "use `any` or `sequence`"),
        ),
        (
            "{any: [{promise_broken: refund}, {all: [{promise_broken: refund}, {promise_broken: delivery}]}]}",
            (0, "`when` can never hold: no instant is all of these at once", "use `any` or `sequence`"),
        ),
    ],
)
def test_a_wrong_condition_is_found_where_it_stands(text: str, expected: tuple[int, str, str]) -> None:
    """Column, message and remedy of each mistake."""
    column, message, remedy = only(text)
    assert column == expected[0]
    assert message.startswith(expected[1])
    assert remedy.startswith(expected[2])
