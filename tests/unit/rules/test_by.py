"""What an episode is about: the customer, a subject, or the value of a field of the data."""

import pytest

from streams.codec.vocabulary import shipped
from streams.errors import LoadError
from streams.rules.load import load
from streams.rules.model import AllOf, By, Count, Predicate, Rule, Selector, Trait
from streams.testing.journeys import Harness, partition, rule, touchpoint

HOUR = 3_600_000
FAILED = Selector(("payment.failed",))
BY_PROVIDER = rule(
    "by-provider",
    Count(FAILED, 2, HOUR),
    by=By.SUBJECT,
    by_field="card.provider",
    recovers_on=(Selector(("order.completed",)),),
)


def failed(minute: int, provider: object) -> object:
    """Return a failed payment through a provider, under a subject that does not matter."""
    return touchpoint("payment.failed", minute, subject=f"cart:{minute}", card={"provider": provider})


def said(*touchpoints: object, of: Rule = BY_PROVIDER) -> list[tuple[str, str, int]]:
    """Return what is said: subject, status and revision."""
    owner = Harness(partition([of]))
    for one in touchpoints:
        owner.feed(one)  # type: ignore[arg-type] # is one
    return [(alert.subject, alert.status.value, alert.revision) for alert in owner.alerts]


def test_each_value_has_its_own_count_and_its_own_recovery() -> None:
    """Whatever the subject is."""
    mended = touchpoint("order.completed", 9, card={"provider": "adyen"})
    assert said(failed(0, "adyen"), failed(1, "stripe"), failed(2, "adyen"), failed(3, "stripe"), mended) == [
        ("card.provider:adyen", "firing", 1),
        ("card.provider:stripe", "firing", 1),
        ("card.provider:adyen", "recovered", 2),
    ]


@pytest.mark.parametrize("value", [None, "", ["adyen"], {"name": "adyen"}, True, "x" * 201])
def test_a_touchpoint_without_the_field_is_about_nothing(value: object) -> None:
    """Two of them are not about the same; neither is what cannot be a name."""
    nothing = touchpoint("payment.failed", 5)
    assert said(failed(0, value), failed(1, value), nothing, touchpoint("payment.failed", 6)) == []


def test_traits_belong_to_the_customer_all_the_same() -> None:
    """An update of the customer has no such field."""
    gold = AllOf((Count(FAILED, 2, HOUR), Trait((Predicate("tier", "equals", "gold"),))))
    of = rule("gold", gold, by=By.SUBJECT, by_field="card.provider")
    update = touchpoint("customer.updated", 0, tier="gold")
    assert said(update, failed(1, "adyen"), failed(2, "adyen"), of=of) == [("card.provider:adyen", "firing", 1)]
    assert said(failed(1, "adyen"), failed(2, "adyen"), of=of) == []


def loaded(by: str, when: str = "count: {type: payment.failed, at_least: 3, within: 10m}") -> Rule:
    """Load a rule."""
    text = f"""\
rules:
  - id: a
    moment: FMOT
    severity: high
    by: {by}
    when:
      {when}
    title: {{en: a, es: b}}
"""
    return load(text, "a.yaml", shipped())[0]


def test_a_field_is_written_with_data_before_it() -> None:
    """Dotted where it is nested."""
    found = loaded("data.card.provider")
    assert (found.by, found.by_field) == (By.SUBJECT, "card.provider")
    assert (loaded("subject").by, loaded("subject").by_field) == (By.SUBJECT, "")


@pytest.mark.parametrize(
    ("by", "when", "column", "said"),
    [
        ("subjects", "", 9, "a.yaml:5:9: unknown by: subjects (did you mean `subject`?)"),
        ("data.", "", 9, "a.yaml:5:9: unknown by: data. (write customer, subject, or a field of the data"),
        ("provider", "", 9, "a.yaml:5:9: unknown by: provider (write customer, subject, or a field of the data"),
        ("data.x", "promise_broken: delivery", 9, "a promise or an alert is about a subject (write by: subject"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(by: str, when: str, column: int, said: str) -> None:
    """And with the remedy."""
    with pytest.raises(LoadError) as caught:
        loaded(by, when) if when else loaded(by)
    [finding] = caught.value.findings
    assert (finding.line, finding.column) == (5, column)
    assert said in str(finding)
