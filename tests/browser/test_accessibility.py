"""Everybody can use it: axe on every page, light and dark, English and Spanish, desk and phone; pictures to look at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from streams.testing.desk import MemoryDesk

Visit = Callable[..., Page]
CASE: Final = "c000007"
PAGES: Final = {
    "queue": "/",
    "nothing": "/?search=0",
    "card": f"/cases/{CASE}",
    "trail": f"/cases/{CASE}/trail",
    "journey": f"/cases/{CASE}/journey",
    "incidents": "/incidents",
    "incident": "/incidents/7",
    "teams": "/teams",
    "recovery": "/teams?by=rule",
    "rules": "/rules",
    "silences": "/silences",
    "login": "/login",
    "missing": "/cases/none",
}
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "light": {"color_scheme": "light", "locale": "en-GB"},
    "dark": {"color_scheme": "dark", "locale": "es-ES"},
    "phone": {"color_scheme": "light", "locale": "es-ES", "viewport": {"width": 390, "height": 844}, "has_touch": True},
    "phone-dark": {"color_scheme": "dark", "locale": "en-GB", "viewport": {"width": 390, "height": 844}},
}


@pytest.fixture
def desk() -> MemoryDesk:
    """A dozen cases have every kind of row: axe looks at each element."""
    return MemoryDesk(12)


def serious(page: Page, part: str = "html") -> list[str]:
    """Return what axe finds serious or critical in a part of a page, with the elements."""
    found = Axe().run(page, context=part).response["violations"]
    return [
        f"{violation['id']}: {[node['html'][:120] for node in violation['nodes']][:3]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_serious_on_any_page(visit: Visit, look: str, tmp_path: Path) -> None:
    """No page scrolls sideways either; the pictures are in the test's folder."""
    page = visit("/login", **LOOKS[look])
    found: dict[str, object] = {}
    for name, address in PAGES.items():
        page.goto(address)
        page.screenshot(path=tmp_path / f"{name}-{look}.png", full_page="phone" in look)
        if problems := serious(page):
            found[name] = problems
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[f"{name} sideways"] = page.evaluate("document.documentElement.scrollWidth")
    assert found == {}


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_menus_and_dialogs_are_no_exception(visit: Visit, look: str, tmp_path: Path) -> None:
    """What opens is checked while it is open."""
    page = visit(f"/cases/{CASE}", **LOOKS[look])
    found: dict[str, object] = {}
    for key in ("r", "b", "p", "o", "t", "z", "u", "m"):
        page.keyboard.press(key)
        expect(page.locator(f'details[open] > summary[data-key="{key}"]')).to_be_visible()
        page.screenshot(path=tmp_path / f"menu-{key}-{look}.png")
        if problems := serious(page, "details[open]"):
            found[key] = problems
        page.evaluate("document.querySelector('details[open]').open = false; document.activeElement.blur()")
    page.keyboard.press("?")
    page.screenshot(path=tmp_path / f"help-{look}.png")
    if problems := serious(page, "#help"):
        found["help"] = problems
    assert found == {}


def test_focus_is_always_seen(visit: Visit) -> None:
    """Whatever Tab reaches has an outline, in the order of the page; the first leads past the frame."""
    page = visit("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for _ in range(18):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => { const at = document.activeElement, row = at.closest(".row") || at;
            return [at, row].some((one) => getComputedStyle(one).outlineStyle !== "none"); }"""
        )
        assert shown, page.evaluate("document.activeElement.outerHTML")


def test_landmarks_and_live_regions_are_there(visit: Visit) -> None:
    """One banner, one main, a navigation; new cases are told politely."""
    page = visit("/")
    assert page.locator("header.bar, main, nav[aria-label]").count() >= 3
    expect(page.locator("#announce")).to_have_attribute("aria-live", "polite")
    expect(page.locator("h1")).to_have_count(1)


def test_language_and_theme_can_be_switched_and_are_remembered(visit: Visit) -> None:
    """A form and a cookie; the browser's own wishes count until then."""
    page = visit("/", locale="es-ES")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.locator("header .side summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_contain_text("Live queue")
    page.locator("header .side summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 17, 19)"
    page.goto("/rules")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_nothing_moves_for_those_who_do_not_want_it(visit: Visit) -> None:
    """Reduced motion is kept."""
    page = visit("/", reduced_motion="reduce")
    row = page.locator("#queue .row").first
    row.evaluate("row => row.classList.add('fresh')")
    assert row.evaluate("row => getComputedStyle(row).animationName") == "none"
