"""Filters as addresses, and whether a changed case belongs on a page."""

import msgspec
import pytest
from litestar.datastructures import MultiDict

from streams.desk.console.wanted import EVERY, UNRESOLVED, Fit, fit, read, write
from streams.desk.service.port import Filter
from streams.testing.desk_cases import NOW, row

ROW = msgspec.structs.replace(row(7), status="open", tags=("vip",), team="stores", assignee="ana")


def query(text: str) -> MultiDict[str]:
    """Return the query of an address."""
    return MultiDict([tuple(pair.split("=")) for pair in text.split("&") if pair])  # type: ignore[misc] # pairs they are


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Filter(statuses=UNRESOLVED)),
        ("status=all", Filter(statuses=EVERY)),
        ("status=resolved&severity=high&severity=low", Filter(statuses=("resolved",), severities=("high", "low"))),
        ("moment=FMOT&rule=a&team=b", Filter(statuses=UNRESOLVED, moments=("FMOT",), rules=("a",), teams=("b",))),
        ("assignee=-&tag=vip&incident=7", Filter(statuses=UNRESOLVED, assignee="-", tag="vip", incident=7)),
        ("snoozed=yes&search=x", Filter(statuses=EVERY, snoozed=True, search="x")),
        ("status=open&search=x", Filter(statuses=("open",), search="x")),
    ],
)
def test_a_filter_is_an_address_and_back(text: str, wanted: Filter) -> None:
    """What is read from an address is written as the same one."""
    assert read(query(text)) == wanted
    assert write(wanted) == text


@pytest.mark.parametrize(
    "text", ["status=gone", "severity=x", "moment=ZZ", "incident=many", f"search={'x' * 201}", "team="]
)
def test_values_that_nobody_has_heard_of_are_left_out(text: str) -> None:
    """An old or made-up address shows the usual queue, never an error."""
    assert read(query(text)) == Filter(statuses=UNRESOLVED)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), Fit.SHOW),
        (Filter(statuses=("open",), severities=("critical",), moments=("FMOT",), rules=("payment-failing",)), Fit.SHOW),
        (Filter(teams=("stores",), assignee="ana", tag="vip", incident=7), Fit.SHOW),
        (Filter(statuses=("waiting",)), Fit.HIDE),
        (Filter(severities=("low",)), Fit.HIDE),
        (Filter(moments=("TMOT",)), Fit.HIDE),
        (Filter(rules=("delivery-late",)), Fit.HIDE),
        (Filter(teams=("support",)), Fit.HIDE),
        (Filter(assignee="-"), Fit.HIDE),
        (Filter(tag="gift"), Fit.HIDE),
        (Filter(incident=8), Fit.HIDE),
        (Filter(search="#7"), Fit.SHOW),
        (Filter(search="8"), Fit.HIDE),
        (Filter(search="customer-7"), Fit.UPDATE),
    ],
)
def test_a_changed_case_is_shown_hidden_or_only_updated(wanted: Filter, expected: Fit) -> None:
    """As the desk would have answered; behind a mask nobody can tell whether it was searched for."""
    assert fit(ROW, wanted, NOW) is expected


def test_a_snoozed_case_leaves_the_queue_until_it_wakes() -> None:
    """Its time decides."""
    snoozed = msgspec.structs.replace(ROW, snoozed_until=NOW + 1)
    fits = [fit(snoozed, Filter(), NOW), fit(snoozed, Filter(snoozed=True), NOW), fit(snoozed, Filter(), NOW + 1)]
    assert fits == [Fit.HIDE, Fit.SHOW, Fit.SHOW]
