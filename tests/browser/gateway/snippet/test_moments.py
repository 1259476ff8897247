"""What the script sees by itself: pages, and what goes wrong on them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.architecture.test_imports import ROOT
from tests.browser.gateway.snippet.recorder import Recorder, until

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
SECOND = 1_000


def send(page: Page, recorder: Recorder) -> None:
    """Let everything that is to come be sent, and a last touchpoint behind it."""
    page.clock.run_for(2 * SECOND)
    page.evaluate("touchpoint('track', 'cart.viewed')")
    recorder.wait_for("cart.viewed", page)


def found(recorder: Recorder) -> list[str]:
    """Return the types of what went wrong."""
    return [type_ for type_ in recorder.types() if type_ != "cart.viewed"]


def test_pages_that_change_their_address_without_loading_are_viewed(visit: Visit, recorder: Recorder) -> None:
    """Forth and back, once for each path; what the page itself does with its history still works."""
    page = visit("/a")
    assert page.evaluate("history.pushState({n: 1}, '', '/b'); history.state") == {"n": 1}
    page.clock.run_for(1)
    page.evaluate("history.replaceState(null, '', '/b?tab=2')")
    page.clock.run_for(1)
    page.go_back()
    page.clock.run_for(1)
    page.evaluate("touchpoint('page', '/a/step-2')")
    send(page, recorder)
    views = [item["data"]["path"] for item in recorder.items if item["type"] == "page.viewed"]
    assert views == ["/a", "/b", "/a", "/a/step-2"]


@pytest.mark.parametrize(
    ("clicks", "gap_ms", "apart", "expected"),
    [(4, 100, 0, 1), (12, 100, 0, 1), (3, 100, 0, 0), (6, 400, 0, 0), (4, 100, 60, 0)],
)
def test_more_than_three_clicks_in_a_second_in_one_place_are_rage(
    visit: Visit, recorder: Recorder, clicks: int, gap_ms: int, apart: int, expected: int
) -> None:
    """Told once for one burst; patient clicks, and clicks all over the page, are none."""
    page = visit("/pay", body='<div id="total" style="height: 400px">12 euros</div>')
    for number in range(clicks):
        page.mouse.click(100 + number * apart, 100)
        page.clock.run_for(gap_ms)
    send(page, recorder)
    assert found(recorder) == ["click.raged"] * expected
    if expected:
        assert recorder.wait_for("click.raged")["data"] == {"path": "/pay", "element": "div#total"}


@pytest.mark.parametrize(
    "body",
    [
        '<button id="x">Pay</button>',
        '<a id="x" href="#there">Pay</a>',
        '<a id="x" href="/away" onclick="return false">Pay</a>',
        '<div id="x" role="button">Pay</div>',
        '<div id="x" onclick="void 0">Pay</div>',
        '<button id="x"><span>Pay</span></button>',
    ],
)
def test_a_click_without_any_effect_is_dead(visit: Visit, recorder: Recorder, body: str) -> None:
    """On anything that looks as if it did something; the element is named, never what stands on it."""
    page = visit("/pay#there", body=body)
    page.locator("#x").click()
    send(page, recorder)
    assert found(recorder) == ["click.dead"]
    data = recorder.wait_for("click.dead")["data"]
    assert data["path"] == "/pay"
    assert data["element"].endswith("#x")
    assert "Pay" not in str(data)


@pytest.mark.parametrize(
    "body",
    [
        "<button id='x' onclick='this.textContent += 1'>More</button>",
        "<button id='x' onclick='this.className = 1'>More</button>",
        "<button id='x' onclick='setTimeout(() => document.body.append(1), 900)'>Slow</button>",
        "<button id='x' onclick=\"history.pushState(null, '', '/b')\">Next</button>",
        "<a id='x' href='#part'>Part</a>",
        "<a id='x' href='mailto:shop@shop.example' onclick='return true'>Mail</a>",
        "<a id='x' href='/file' download>File</a>",
        "<details><summary id='x'>More</summary>text</details>",
        "<form onsubmit='return false'><button id='x'>Send</button></form>",
        "<p id='x'>just text</p>",
        "<label id='x'><input type='checkbox'>Terms</label>",
    ],
)
def test_a_click_with_an_effect_is_not_dead(visit: Visit, recorder: Recorder, body: str) -> None:
    """A change of the page, an address, a form, a file; nor is one where nothing was to be expected."""
    page = visit(body=body)
    page.locator("#x").click()
    send(page, recorder)
    assert found(recorder) == []


def test_a_click_that_scrolls_is_not_dead(visit: Visit, recorder: Recorder) -> None:
    """Nothing else changes, but the person sees it move."""
    page = visit(
        body="<button id='x' onclick='window.scrollTo(0, 500)'>Down</button><div style='height: 5000px'></div>"
        "<script>addEventListener('scroll', () => { window.hasScrolled = true; })</script>"
    )
    page.locator("#x").click()
    until(page, "window.hasScrolled")
    send(page, recorder)
    assert found(recorder) == []


def test_a_link_to_another_page_is_not_dead(visit: Visit, recorder: Recorder) -> None:
    """However long the other one takes."""
    page = visit(body='<a id="x" href="/next">Next</a>')
    page.locator("#x").click()
    page.wait_for_url("**/next")
    send(page, recorder)
    assert found(recorder) == []


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("null.secret", "TypeError :1"),
        ("throw 'ana@shop.example'", "Error :1"),
        ("Promise.reject(new RangeError('ana@shop.example'))", "RangeError promise"),
    ],
)
def test_an_error_is_told_by_name_and_place(visit: Visit, recorder: Recorder, script: str, error: str) -> None:
    """Never by its message, which may quote what somebody typed; one that repeats is told once."""
    page = visit("/pay")
    for _ in range(3):
        page.add_script_tag(content=script)
    send(page, recorder)
    assert found(recorder) == ["error.shown"]
    data = recorder.wait_for("error.shown")["data"]
    assert data == {"path": "/pay", "error": error}


def test_an_error_right_after_a_click_is_a_failed_click(visit: Visit, recorder: Recorder) -> None:
    """With the file and the line, and no dead click beside it."""
    page = visit(
        "/pay?token=secret", body="<button id='x'>Pay</button>\n<script>\nx.onclick = () => { nothing.there }</script>"
    )
    page.locator("#x").click()
    send(page, recorder)
    assert found(recorder) == ["click.failed"]
    assert recorder.wait_for("click.failed")["data"] == {"path": "/pay", "error": "ReferenceError pay:3"}


def test_a_form_that_the_browser_refuses_is_an_error_shown(visit: Visit, recorder: Recorder) -> None:
    """By its first field and what is wrong with it, never by what stands in it."""
    page = visit(
        "/pay",
        body="<form><input id='mail' type='email' value='ana at shop'><input required><button>Pay</button></form>",
    )
    page.get_by_role("button").click()
    send(page, recorder)
    assert found(recorder) == ["error.shown"]
    assert recorder.wait_for("error.shown")["data"] == {
        "path": "/pay",
        "error": "typeMismatch",
        "element": "input#mail",
    }


def test_the_calls_of_the_document_say_what_the_script_cannot_see(visit: Visit, recorder: Recorder) -> None:
    """Also from a page in which they come before the script."""
    document = (ROOT / "deploy" / "gateway" / "CONNECT.md").read_text("utf-8")
    (calls,) = re.findall(r"<!-- calls -->\n```html\n(.*?)\n```", document, re.DOTALL)
    page = visit("/pay?token=secret", body=calls)
    send(page, recorder)
    assert found(recorder) == ["payment.failed", "error.shown"]
    failed, shown = (recorder.wait_for(type_) for type_ in ("payment.failed", "error.shown"))
    assert failed["subject"] == "cart:9"
    assert failed["data"] == {"reason": "card_declined", "provider": "adyen", "amount": 59.9, "currency": "EUR"}
    assert shown["data"] == {"path": "/pay", "error": "address_unknown"}


def test_a_form_that_the_server_refuses_is_unseen_without_a_call(visit: Visit, recorder: Recorder) -> None:
    """The page comes again with a text in it, which looks like any other."""
    page = visit("/pay", body="<form><p role='alert'>The address is unknown.</p><input aria-invalid='true'></form>")
    send(page, recorder)
    assert found(recorder) == []


def test_nothing_that_a_page_calls_throws(visit: Visit, recorder: Recorder) -> None:
    """A wrong call, a click on nothing and a click on a drawing do no harm."""
    page = visit(body='<svg width="90" height="90"><a id="x" href="#"><rect width="90" height="90"/></a></svg>')
    page.evaluate("touchpoint('dance'); touchpoint(); document.dispatchEvent(new Event('click'))")
    page.locator("#x").click()
    send(page, recorder)
    assert "error.shown" not in recorder.types()
