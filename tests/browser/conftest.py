"""A real Chromium in front of the console on a real port."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from streams.testing.console import VIEWERS, ServedConsole
from streams.testing.desk import MemoryDesk
from streams.testing.patience import PATIENCE_SEC

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
PATIENCE_MS = PATIENCE_SEC * 1_000
expect.set_options(timeout=PATIENCE_MS)

ANA = next(iter(VIEWERS))  # the token of a team lead


def chromium() -> str:
    """Return where Chromium is; skip where there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip("no Chromium: install Debian's package chromium, or say where it is in CHROMIUM")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module: while it runs there is a loop in this thread, which tests of asyncio would mind."""
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def desk() -> MemoryDesk:
    """A desk with forty cases."""
    return MemoryDesk(40)


@pytest.fixture
def served(desk: MemoryDesk) -> Iterator[ServedConsole]:
    """The console of that desk."""
    with ServedConsole(desk, now=lambda: desk.now) as console:
        yield console
        console.call(desk.close())


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page: `tab(address, "/", **options of a browser context)`, with a session if there is one.

    Nothing may go wrong in it: one that throws, or that the Content-Security-Policy had to stop, fails the test.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(address: str, path: str, session: str = "", **options: Any) -> Page:
        context = browser.new_context(base_url=address, **({"viewport": {"width": 1366, "height": 768}} | options))
        contexts.append(context)
        if session:
            context.add_cookies([{"name": "session", "value": session, "url": address}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: _note(wrong, message))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def visit(tab: Callable[..., Page], served: ServedConsole) -> Callable[..., Page]:
    """Open a page of the console as somebody: `visit("/", "token-ana", **options of a browser context)`."""

    def open_page(path: str, token: str = ANA, **options: Any) -> Page:
        return tab(served.address, path, token, **options)

    return open_page


def _note(wrong: list[str], message: Any) -> None:
    """Keep what the browser complains of; an answer that is a refusal is none of that."""
    if message.type == "error" and "Failed to load resource" not in message.text:
        wrong.append(message.text)
