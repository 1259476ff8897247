"""Everybody can use the page: axe, light and dark, English and Spanish, desk and phone; pictures to look at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from streams.testing.connect import ServedGateway

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "light": {"color_scheme": "light", "locale": "en-GB"},
    "dark": {"color_scheme": "dark", "locale": "es-ES"},
    "phone": {"color_scheme": "light", "locale": "es-ES", "viewport": {"width": 390, "height": 844}, "has_touch": True},
    "phone-dark": {"color_scheme": "dark", "locale": "en-GB", "viewport": {"width": 390, "height": 844}},
}


def flaws(page: Page) -> list[str]:
    """Return what axe finds, whatever it thinks of it, and whether the page scrolls sideways."""
    found = [
        f"{violation['id']}: {[node['html'][:120] for node in violation['nodes']][:3]}"
        for violation in Axe().run(page).response["violations"]
    ]
    return found + (["sideways"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else [])


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_either_page(visit: Visit, gateway: ServedGateway, look: str, tmp_path: Path) -> None:
    """The door, an empty page, one with a key, touchpoints and refusals, and one with a mistake."""
    page = visit("/connect", **LOOKS[look])
    found: dict[str, list[str]] = {}

    def judge(name: str) -> None:
        page.screenshot(path=tmp_path / f"{name}-{look}.png", full_page=True)
        if problems := flaws(page):
            found[name] = problems

    judge("door")
    page = visit(**LOOKS[look])
    expect(page.locator("#make")).to_be_visible()
    for way in ("curl", "till", "web", "mail", "kafka"):  # one of each form of line
        page.locator(f"#way-{way}").check()
        judge(f"empty-{way}")
    page.locator("#way-web").check()
    page.locator("#make button").click()
    expect(page.locator("#flaw")).to_be_visible()
    judge("flaw")
    page.locator("#way-curl").check()
    page.locator("#source").fill("//a-rather-long-name.of-a-shop.example/madrid/014")
    page.locator("#make button").click()
    text = page.locator("#line-curl").text_content() or ""
    for type_ in ("payment.failed", "paymnt.failed"):
        headers = {"Authorization": f"Bearer {text.partition('Bearer ')[2][:64]}", "Content-Type": "application/json"}
        page.request.post(
            "/v1/touchpoints", headers=headers, data={"type": type_, "customer": "c", "id": "0123456789abc"}
        )
    expect(page.locator("#seen li")).to_have_count(2)
    judge("seen")
    assert found == {}
    assert len(gateway.sink.touchpoints) == 1


def test_the_language_can_be_chosen_and_is_remembered(visit: Visit) -> None:
    """Whatever the browser prefers."""
    page = visit(locale="es-ES")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/connect")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_everything_can_be_reached_and_chosen_by_keyboard(visit: Visit) -> None:
    """The first Tab leads past the frame, and arrows choose the way."""
    page = visit()
    expect(page.locator("#make")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.locator("#way-curl").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#way-python")).to_be_checked()
    expect(page.locator("#line-python")).to_be_visible()
    assert (
        page.locator(".ways label:has(:focus-visible)").evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    )
