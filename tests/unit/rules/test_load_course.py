"""The ladder in a rule file: what becomes of it, and what is wrong with it."""

import pytest

from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.rules.load import load
from streams.rules.model import Count, Rise, Rule, Selector, Severity

FILE = """\
rules:
  - id: payment-failing
    moment: FMOT
    severity: medium
    when: {seen: {type: payment.failed}}
    expires_after: 10d
    title: {en: "Payment keeps failing", es: "El pago falla"}
    advice: {en: "Call", es: "Llamar"}
"""


def loaded(line: str) -> Rule:
    """Load the rule with one line more."""
    [rule] = load(FILE + f"    {line}\n", "pack.yaml", shipped())
    return rule


def test_steps_by_time_and_by_condition() -> None:
    """One step or a list."""
    assert loaded("raises: {to: critical, after: 4d}").raises == (Rise(Severity.CRITICAL, 4 * 86_400_000),)
    line = "raises: [{to: high, after: 1d}, {to: critical, when: {count: {type: sale.*, at_least: 6, within: 1m}}}]"
    count = Count(Selector(("sale.*",)), 6, 60_000)
    assert loaded(line).raises == (Rise(Severity.HIGH, 86_400_000), Rise(Severity.CRITICAL, when=count))


def test_the_time_to_heal() -> None:
    """A duration, none unless given."""
    assert loaded("settle: 90s").settle_ms == 90_000
    assert loaded("mode: live").settle_ms == 0


def test_proofs_of_recovery() -> None:
    """One, any of a list, or all of them; quiet is one of them."""
    sale, made = Selector(("sale.*",)), Selector(("contact.made",))
    for line, expected in (
        ("recovers_on: {type: sale.*}", ((sale,), 0, False)),
        ("recovers_on: {quiet: 72h}", ((), 72 * 3_600_000, False)),
        ("recovers_on: [{type: sale.*}, {quiet: 1h}]", ((sale,), 3_600_000, False)),
        ("recovers_on: {any: [{type: sale.*}, {quiet: 1h}]}", ((sale,), 3_600_000, False)),
        ("recovers_on: {all: [{type: sale.*}, {quiet: 1h}, {type: contact.made}]}", ((sale, made), 3_600_000, True)),
    ):
        rule = loaded(line)
        assert (rule.recovers_on, rule.recovers_quiet_ms, rule.recovers_all) == expected


def test_what_is_a_relapse() -> None:
    """A duration."""
    line = "recovers_on: {type: sale.*}\n    relapse_within: 2d"
    assert loaded(line).relapse_ms == 2 * 86_400_000


def test_what_is_lost() -> None:
    """A touchpoint, a time, or a list of them."""
    deleted = Selector(("account.deleted",))
    for line, expected in (
        ("lost: {type: account.deleted}", ((deleted,), 0)),
        ("lost: {after: 5d}", ((), 5 * 86_400_000)),
        ("lost: [{after: 5d}, {type: account.deleted}]", ((deleted,), 5 * 86_400_000)),
    ):
        rule = loaded(line)
        assert (rule.lost_on, rule.lost_after_ms) == expected


@pytest.mark.parametrize(
    ("line", "column", "message", "remedy"),
    [
        ("raises: []", 13, "`raises` is an empty list", "leave it out, or write raises: [{to: critical, after: 4d}]"),
        ("raises: high", 13, "a step of `raises` must be a mapping", "write {to: ...}"),
        (
            "raises: {to: high}",
            13,
            "a step of `raises` takes either `after` or `when`",
            "say how long the alert has been open: after: 1d",
        ),
        (
            "raises: {to: high, after: 1d, when: {seen: {type: sale.*}}}",
            13,
            "a step of `raises` takes one of `after` and `when`",
            "make them two steps",
        ),
        ("raises: {to: higher, after: 1d}", 18, "unknown to: higher", "did you mean `high`?"),
        ("raises: {after: 1d}", 13, "a step of `raises` lacks `to`", "write one of low, medium, high, critical"),
        (
            "raises: {to: medium, after: 1d}",
            13,
            "the rule is `medium` from the start: this step does not raise it",
            "name a worse severity, or begin with a milder one",
        ),
        (
            "raises: [{to: high, after: 1d}, {to: critical, after: 10d}]",
            37,
            "this step is never taken: the alert expires before",
            "make `after` shorter than `expires_after`",
        ),
        ("recovers_on: []", 18, "`recovers_on` is an empty list", "leave it out, or name what proves recovery"),
        (
            "recovers_on: {all: []}",
            24,
            "`all` must be a list with something in it",
            "write all: [{type: contact.made}, {quiet: 72h}]",
        ),
        (
            "recovers_on: {all: [{type: sale.*}], type: sale.*}",
            42,
            "unknown key `type` in `recovers_on`",
            "write one of all",
        ),
        (
            "recovers_on: [{quiet: 1h}, {quiet: 2h}]",
            32,
            "`quiet` is there twice",
            "keep the one that is meant",
        ),
        (
            "recovers_on: {quiet: soon}",
            26,
            "`quiet` is not a duration: soon",
            "write a number with its unit: 90s, 10m, 72h, 3d",
        ),
        (
            "recovers_on: {all: [{quiet: 10d}]}",
            25,
            "so long a quiet proves nothing: the alert expires before",
            "make `quiet` shorter than `expires_after`",
        ),
        (
            "recovers_on: {all: [{quiet: 1h}, {type: payment.*}]}",
            38,
            "what makes the rule fire also ends it at once: `recovers_on` matches its trigger",
            "name what shows that it is mended",
        ),
        ("lost: []", 11, "`lost` is an empty list", "leave it out, or write lost: {type: account.deleted}"),
        ("lost: [{after: 1d}, {after: 2d}]", 25, "`after` is there twice", "keep the one that is meant"),
        (
            "lost: {after: 10d}",
            11,
            "the alert is never lost by time: it expires before",
            "make `after` shorter than `expires_after`",
        ),
        ("lost: {typ: account.deleted}", 12, "unknown key `typ` in `lost`", "did you mean `type`?"),
        (
            "settle: 1d\n    lost: {after: 1d}",
            13,
            "the alert never fires: it is lost before it has settled",
            "make `settle` shorter than `after` of `lost`",
        ),
        ("relapse_within: 2d", 21, "nothing ever recovers, so nothing can relapse", "add `recovers_on`"),
        ("settle: 0s", 13, "`settle` must be longer than nothing", "leave `settle` out to fire at once"),
        (
            "settle: 10d",
            13,
            "the alert never fires: it expires before it has settled",
            "make `settle` shorter than `expires_after`",
        ),
        (
            "raises: {to: high, when: {not: {seen: {type: sale.*}}}}",
            13,
            "`when` of a step has nothing that happens: a bare `not` holds from the first moment on",
            "put the `not` in an `all:` with the touchpoint at which to look",
        ),
        (
            "raises: {to: high, when: {all: [{seen: {type: page.viewed}}, {seen: {type: payment.failed}}]}}",
            13,
            "`when` of a step can never hold: no instant is all of these at once",
            "use `any` or `sequence`, or give a `seen` among them a `within`",
        ),
    ],
)
def test_each_mistake_has_its_place_and_remedy(line: str, column: int, message: str, remedy: str) -> None:
    """By line and column of the step."""
    with pytest.raises(LoadError) as raised:
        loaded(line)
    [finding] = raised.value.findings
    assert (finding.line, finding.column, finding.message, finding.remedy) == (9, column, message, remedy)
