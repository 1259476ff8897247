"""How touchpoints get from a page to the gateway: in batches, while leaving, after a time without a network."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.gateway.snippet.recorder import Recorder, until

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
SECOND = 1_000
NOTE_BEACONS = """const send = navigator.sendBeacon.bind(navigator);
navigator.sendBeacon = (...given) => { sessionStorage.beacons = "used"; return send(...given); };"""
COUNT_ANSWERS = """const real = window.fetch; window.answers = 0;
window.fetch = async (...given) => { const answer = await real(...given); window.answers += 1; return answer; };"""
NO_BEACON = "navigator.sendBeacon = () => false;"
NO_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden'); }});"
FULL_STORAGE = "Storage.prototype.setItem = () => { throw new Error('full'); };"


def track(page: Page, count: int, first: int = 0) -> None:
    """Track so many numbered touchpoints."""
    page.evaluate(
        "([n, first]) => { for (let i = 0; i < n; i++) touchpoint('track', 'cart.viewed', {n: first + i}); }",
        [count, first],
    )


def numbers(recorder: Recorder) -> list[int]:
    """Return the numbers of those that were taken."""
    return [item["data"]["n"] for item in recorder.items if item["type"] == "cart.viewed"]


def test_a_page_view_is_sent_without_a_preflight(visit: Visit, recorder: Recorder) -> None:
    """To another origin, as text, with the write key, and all that a touchpoint needs."""
    page = visit("/pay?token=secret")
    view = recorder.wait_for("page.viewed", page)
    assert set(view) == {"id", "type", "time", "identity", "data"}
    assert view["data"] == {"path": "/pay"}
    assert list(view["identity"]) == ["anonymous_id"]
    (request,) = recorder.requests
    assert (request.method, request.key, request.media_type) == ("POST", "wk_test", "text/plain;charset=UTF-8")


def test_calls_before_the_script_is_there_are_kept(visit: Visit, recorder: Recorder) -> None:
    """A payment that fails while the page loads is told, with its data and what it is about."""
    stub = "window.touchpoint = function () { (touchpoint.q = touchpoint.q || []).push(arguments) };"
    page = visit(
        before=f"{stub} touchpoint('track', 'payment.failed', {{reason: 'declined', provider: 'adyen'}}, 'order:7')"
    )
    failed = recorder.wait_for("payment.failed", page)
    assert (failed["data"], failed["subject"]) == ({"reason": "declined", "provider": "adyen"}, "order:7")


def test_many_go_in_batches_and_in_order(visit: Visit, recorder: Recorder) -> None:
    """Twenty at most in one request, none twice."""
    page = visit()
    track(page, 50)
    recorder.wait(lambda: len(numbers(recorder)) >= 50, page)
    assert numbers(recorder) == list(range(50))
    assert [len(request.items) for request in recorder.requests] == [20, 20, 11]
    assert len({item["id"] for item in recorder.items}) == 51


@pytest.mark.parametrize(("before", "beacons"), [(NOTE_BEACONS, "used"), (NO_BEACON, None)])
def test_what_is_left_is_sent_while_the_page_goes_away(
    visit: Visit, recorder: Recorder, before: str, beacons: str | None
) -> None:
    """By sendBeacon, or by fetch where that is refused; either outlives the page."""
    page = visit(before=before)
    track(page, 3)
    page.goto(f"{recorder.site}/next")
    recorder.wait(lambda: len(numbers(recorder)) == 3)
    assert page.evaluate("sessionStorage.getItem('beacons')") == beacons


def test_what_happens_without_a_network_is_sent_later_and_once(
    visit: Visit, recorder: Recorder, context: BrowserContext
) -> None:
    """By the next page even, when this one was closed meanwhile; a copy bears the same id."""
    page = visit()
    recorder.wait_for("page.viewed", page)
    context.set_offline(offline=True)
    track(page, 3)
    page.clock.run_for(5 * SECOND)
    assert numbers(recorder) == []
    page.close()
    context.set_offline(offline=False)
    page = visit()
    recorder.wait(lambda: len({item["id"] for item in recorder.items}) == 5, page)
    assert sorted({item["id"]: item["data"]["n"] for item in recorder.items if "n" in item["data"]}.values()) == [
        0,
        1,
        2,
    ]
    until(page, "Object.keys(localStorage).every((key) => !key.startsWith('touchpoint.q.'))")


def test_the_network_that_comes_back_is_used_at_once(visit: Visit, recorder: Recorder, context: BrowserContext) -> None:
    """No timer has to run out."""
    page = visit()
    recorder.wait_for("page.viewed", page)
    context.set_offline(offline=True)
    track(page, 2)
    page.clock.run_for(SECOND)
    context.set_offline(offline=False)
    recorder.wait(lambda: numbers(recorder) == [0, 1])


def test_the_queue_has_a_bound(visit: Visit, recorder: Recorder, context: BrowserContext) -> None:
    """The newest 200 stay; a touchpoint larger than any should be never enters."""
    page = visit()
    context.set_offline(offline=True)
    track(page, 250)
    page.evaluate("touchpoint('track', 'cart.viewed', {n: 'x'.repeat(3000)})")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('touchpoint.q.')).length") == 200
    context.set_offline(offline=False)
    recorder.wait(lambda: len(numbers(recorder)) >= 200, page)
    assert numbers(recorder) == list(range(50, 250))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_gateway_that_is_busy_is_asked_again_later_and_later(visit: Visit, recorder: Recorder, status: int) -> None:
    """After two seconds, then four, and with the same ids, so that nothing counts twice."""
    recorder.status = status
    page = visit(before=COUNT_ANSWERS)
    page.clock.run_for(SECOND)
    until(page, "answers === 1")
    page.clock.run_for(2 * SECOND - 1)
    assert len(recorder.requests) == 1
    page.clock.run_for(1)
    until(page, "answers === 2")
    recorder.status = 200
    page.clock.run_for(4 * SECOND - 1)
    assert len(recorder.requests) == 2
    page.clock.run_for(1)
    recorder.wait_for("page.viewed")
    assert len({request.items[0]["id"] for request in recorder.requests}) == 1


def test_a_refusal_is_final(visit: Visit, recorder: Recorder) -> None:
    """What was wrong once is wrong for ever, and must not stand in the way of the rest."""
    recorder.status = 403
    page = visit()
    recorder.wait(lambda: len(recorder.requests) == 1, page)
    until(page, "Object.keys(localStorage).every((key) => !key.startsWith('touchpoint.q.'))")
    recorder.status = 200
    track(page, 1)
    recorder.wait(lambda: numbers(recorder) == [0], page)
    assert [len(request.items) for request in recorder.requests] == [1, 1]


@pytest.mark.parametrize("before", [NO_STORAGE, FULL_STORAGE])
def test_a_browser_without_storage_sends_all_the_same(visit: Visit, recorder: Recorder, before: str) -> None:
    """And one person on one page is one person."""
    page = visit(before=before)
    track(page, 2)
    recorder.wait(lambda: numbers(recorder) == [0, 1], page)
    assert len({item["identity"]["anonymous_id"] for item in recorder.items}) == 1
