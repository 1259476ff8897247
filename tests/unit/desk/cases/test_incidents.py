"""What cases share, and from when on that is an incident."""

import pytest

from streams.alerts.alert import Evidence, Recent
from streams.desk.cases.incidents import IncidentPolicy, Shared, cause_of, evidence_of, places_of, shared_by, shared_in
from streams.testing.alerts import START_MS, alert

POLICY = IncidentPolicy(at_least=3, at_least_of_rule=10)


def test_what_an_alert_may_share_comes_from_its_touchpoints_and_its_subject() -> None:
    """Till, store and product; its rule at last."""
    recent = (
        Recent(START_MS, "sale.voided", "//pos/17/2", "t1"),
        Recent(START_MS, "product.viewed", "//shop.example/web", "t2", "product:9"),
        Recent(START_MS, "order.completed", "//shop.example/web", "t3", "order:1"),
    )
    assert shared_by(alert(recent=recent, subject="order:1")) == (
        ("product", "9"), ("till", "//pos/17/2"), ("store", "17"), ("rule", "payment-failing"),
    )  # fmt: skip
    assert shared_by(alert(customer="", subject="provider:paypal", rule="provider-down")) == (("provider", "paypal"),)


def test_data_tells_what_went_wrong_where_the_alert_rests_on_it() -> None:
    """Or where it is about the same thing; texts alone are names, and not every length of them."""
    rests = alert(subject="order:1", evidence=(Evidence("a", 1, 1, ("t1",)),))
    data = {"provider": "paynet", "path": "/pay", "sku": 7, "campaign": "", "carrier": "x" * 201, "amount": 1.5}
    assert shared_in(rests, "t1", "", data) == (("provider", "paynet"), ("page", "/pay"))
    assert shared_in(rests, "t2", "order:1", {"carrier": "parcels"}) == (("carrier", "parcels"),)
    assert shared_in(rests, "t2", "order:2", data) == ()
    assert shared_in(rests, "t2", "", data) == ()


def test_the_newest_evidence_leads_to_a_crowd() -> None:
    """Each touchpoint once, and a bounded number."""
    clauses = (Evidence("a", 2, 2, ("t1", "t2")), Evidence("b", 1, 1, ("t2",)))
    assert evidence_of(alert(evidence=clauses)) == (("touchpoint", "t2"), ("touchpoint", "t1"))
    many = Evidence("a", 99, 2, tuple(map(str, range(99))))
    assert len(evidence_of(alert(evidence=(many,)))) == 20


@pytest.mark.parametrize(
    ("counts", "cause"),
    [
        ({}, None),
        ({("till", "a"): 2, ("rule", "r"): 9}, None),
        ({("till", "a"): 3, ("store", "s"): 9}, ("till", "a")),
        ({("store", "s"): 3, ("store", "t"): 4}, ("store", "t")),
        ({("rule", "r"): 10}, ("rule", "r")),
        ({("provider", "p"): 3, ("rule", "r"): 99}, ("provider", "p")),
    ],
)
def test_the_most_telling_thing_that_enough_cases_share_is_the_cause(
    counts: dict[Shared, int], cause: Shared | None
) -> None:
    """A rule by itself tells little and takes more."""
    assert cause_of(counts, POLICY) == cause


def test_stores_are_what_scopes_go_by() -> None:
    """By the till's source, or the place that an alert is about."""
    assert places_of([("till", "//pos/17/2"), ("store", "17"), ("place", "3"), ("rule", "r")]) == ("17", "3")
