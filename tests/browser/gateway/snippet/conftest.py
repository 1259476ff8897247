"""Pages with the script in them, in a real Chromium, and a gateway that keeps what they send."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.conftest import PATIENCE_MS
from tests.browser.gateway.snippet.recorder import Recorder


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A gateway and a site."""
    with Recorder() as servers:
        yield servers


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor."""
    visitor = browser.new_context()
    yield visitor
    visitor.close()


@pytest.fixture
def visit(context: BrowserContext, recorder: Recorder) -> Callable[..., Page]:
    """Open a page of the site: `visit("/pay", body="<p>", attributes='data-consent="required"', before="script")`.

    Its clock stands still but for `page.clock.run_for(ms)`. `before` runs before anything else in the page.
    """

    def open_page(path: str = "/", body: str = "", attributes: str = "", before: str = "", **options: Any) -> Page:
        recorder.html = (
            f"<!doctype html><title>Shop</title><body>{body}"
            f'<script src="{recorder.script}" data-key="wk_test" {attributes}></script>'
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        now = datetime.now(UTC)
        page.clock.install(time=now)
        page.clock.pause_at(now + timedelta(minutes=1))  # ahead of where it has got to meanwhile
        if before:
            page.add_init_script(before)
        page.goto(f"{recorder.site}{path}")
        return page

    return open_page
