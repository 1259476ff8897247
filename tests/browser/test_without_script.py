"""Everything works without the script: plain links and forms, each answered by a page to go on from."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from streams.testing.desk import MemoryDesk

Visit = Callable[..., Page]
CASE = "c000007"


@pytest.fixture
def plain(visit: Visit) -> Visit:
    """Open pages in a browser that runs no script."""
    return lambda path, token="token-ana", **options: visit(path, token, java_script_enabled=False, **options)


def test_signing_in_leads_where_one_wanted_to_go(plain: Visit) -> None:
    """A wrong token is refused without a reason, a right one leads back to the case; signing out ends it."""
    page = plain(f"/cases/{CASE}", "")
    assert page.url.endswith(f"/login?next=%2Fcases%2F{CASE}")
    page.get_by_label("Token").fill("nothing")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("main [role=alert]")).to_have_text("This token opens nothing here.")
    page.get_by_label("Token").fill("token-ana")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/cases/{CASE}")
    page.locator("header .side summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")  # or going on would take it back
    page.goto("/")
    assert "/login" in page.url


def test_a_case_is_worked_from_claim_to_resolved(plain: Visit, desk: MemoryDesk) -> None:
    """Each step is a form; reloading sends nothing twice."""
    page = plain("/")
    page.get_by_role("link", name="#7 ").click()
    page.get_by_role("button", name="Claim").click()
    expect(page.locator("#banner")).to_contain_text("the case is yours")
    page.reload()
    page.locator("#note").fill("spoke with the customer")
    page.get_by_role("button", name="Note", exact=True).click()
    page.locator("#m-reply summary").click()
    page.locator("#m-reply [value=apologised]").check()
    page.locator("#m-reply button").click()
    page.locator("#m-resolve summary").click()
    page.locator("#m-resolve button").click()
    expect(page.locator('[data-card="head"] .status')).to_have_text("Resolved")
    actions = [line.action for line in desk.cards[CASE].trail[3:]]
    assert actions == ["claimed", "noted", "contacted", "resolved"]


def test_a_refused_form_comes_back_filled_in(plain: Visit, desk: MemoryDesk) -> None:
    """Luis holds case 28: the offer is not made, and what was typed is still there."""
    page = plain("/cases/c00001c")
    page.locator("#m-offer summary").click()
    page.locator("#offer-what").fill("free return")
    page.locator("#offer-value").fill("9.5")
    page.locator("#m-offer button").click()
    expect(page.locator("#banner")).to_contain_text("Held by luis")
    expect(page.locator("#offer-what")).to_have_value("free return")
    expect(page.locator("#offer-value")).to_have_value("9.5")


def test_personal_data_come_as_a_page_of_their_own(plain: Visit, desk: MemoryDesk) -> None:
    """Shown once, and the way back leads to the masked card."""
    page = plain(f"/cases/{CASE}")
    page.locator("#reveal summary").click()
    page.locator("#why").fill("calling back")
    page.locator("#reveal button").click()
    expect(page.locator("h1")).to_contain_text("customer-7")
    page.get_by_role("link", name="Hide and go back").click()
    page.wait_for_url(f"**/cases/{CASE}")
    assert "customer-7" not in page.content()
    assert desk.revealed == [("ana", CASE, "calling back")]


def test_pages_of_the_queue_and_of_filters_are_links(plain: Visit) -> None:
    """Filters, next page and incidents are reached by addresses alone."""
    page = plain("/?status=all")
    page.locator(".filters summary").click()
    page.locator("input[name=severity][value=low]").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#queue .row")).to_have_count(5)
    page.get_by_role("link", name="Incidents").click()
    page.get_by_role("link", name="Payments by paynet fail").click()
    expect(page.locator("#incident-rows .row")).to_have_count(5)
