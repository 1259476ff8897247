"""What is kept and sent of a person, and when."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.gateway.snippet.recorder import Recorder

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
SECOND = 1_000
REQUIRED = 'data-consent="required"'
KEPT = "Object.keys(localStorage)"


def test_nothing_is_kept_or_sent_before_consent(visit: Visit, recorder: Recorder, context: BrowserContext) -> None:
    """Not even for later: what happened before is nobody's business."""
    page = visit(attributes=REQUIRED, body="<button>Pay</button>")
    page.evaluate(
        "touchpoint('track', 'cart.viewed', {n: 1}); touchpoint('identify', 'C-7', {email: 'ana@shop.example'})"
    )
    page.get_by_role("button").click()
    page.clock.run_for(10 * SECOND)
    page.goto(f"{recorder.site}/next")
    assert page.evaluate(KEPT) == []
    assert context.cookies() == []
    assert recorder.requests == []


def test_consent_begins_with_the_page_that_it_is_given_on(visit: Visit, recorder: Recorder) -> None:
    """And lasts on the next one."""
    page = visit("/pay", attributes=REQUIRED)
    page.evaluate("touchpoint('track', 'cart.viewed', {n: 1}); touchpoint('consent', true)")
    recorder.wait_for("page.viewed", page)
    page.goto(f"{recorder.site}/next")
    recorder.wait(lambda: len(recorder.items) == 2, page)
    assert [item["data"] for item in recorder.items] == [{"path": "/pay"}, {"path": "/next"}]
    assert len({item["identity"]["anonymous_id"] for item in recorder.items}) == 1


@pytest.mark.parametrize(("attributes", "left"), [(REQUIRED, []), ("", ["touchpoint.consent"])])
def test_consent_that_is_withdrawn_forgets_everything(
    visit: Visit, recorder: Recorder, attributes: str, left: list[str]
) -> None:
    """In the browser, what waits to be sent included; where nobody had to ask, the answer alone is kept."""
    page = visit(attributes=attributes)
    page.evaluate("touchpoint('consent', true); touchpoint('track', 'cart.viewed'); touchpoint('consent', false)")
    assert page.evaluate(KEPT) == left
    page.goto(f"{recorder.site}/next")
    page.evaluate("touchpoint('track', 'cart.viewed')")
    page.clock.run_for(10 * SECOND)
    assert page.evaluate(KEPT) == left
    assert recorder.requests == []


def test_consent_that_is_given_again_makes_another_visitor(visit: Visit, recorder: Recorder) -> None:
    """What was forgotten does not come back."""
    page = visit()
    page.evaluate("touchpoint('consent', true)")
    recorder.wait(lambda: len(recorder.items) == 1, page)
    page.evaluate("touchpoint('consent', false); touchpoint('consent', true)")
    recorder.wait(lambda: len(recorder.items) == 2, page)
    assert len({item["identity"]["anonymous_id"] for item in recorder.items}) == 2


def test_who_signs_in_is_linked_once_and_known_from_then_on(
    visit: Visit, recorder: Recorder, context: BrowserContext
) -> None:
    """An address goes out once, and is never kept in the browser's storage."""
    page = visit()
    before = recorder.wait_for("page.viewed", page)
    context.set_offline(offline=True)
    page.evaluate(
        "touchpoint('identify', 'C-7', {email: 'ana@shop.example'}, {tier: 'gold'}); touchpoint('track', 'cart.viewed')"
    )
    assert "ana@" not in page.evaluate("JSON.stringify(localStorage)")
    context.set_offline(offline=False)
    signed_in, after = recorder.wait_for("customer.updated", page), recorder.wait_for("cart.viewed", page)
    assert signed_in["identity"] == before["identity"] | {"email": "ana@shop.example"}
    assert (signed_in["customer"], signed_in["data"]) == ("C-7", {"tier": "gold"})
    assert after["customer"] == "C-7"
    assert "identity" not in after


def test_who_signs_out_is_nobody_again(visit: Visit, recorder: Recorder) -> None:
    """The next person at the same computer is another one."""
    page = visit()
    page.evaluate("touchpoint('identify', 7); touchpoint('reset'); touchpoint('track', 'cart.viewed')")
    viewed, after = recorder.wait_for("page.viewed", page), recorder.wait_for("cart.viewed", page)
    assert recorder.wait_for("customer.updated")["customer"] == "7"
    assert "customer" not in after
    assert after["identity"]["anonymous_id"] != viewed["identity"]["anonymous_id"]
