"""How soon a page shows what has changed.

It is a promise about the page, not about what the machine does beside it, so the best of some tries counts.
"""

import time
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Final

from playwright.sync_api import Page

WITHIN_MS: Final = 250.0
_WATCH: Final = """(selector) => { window.seen = 0; new MutationObserver(() => {
  if (!window.seen && document.querySelector(selector)) window.seen = Date.now();
}).observe(document.body, { childList: true, subtree: true, attributes: true }); }"""
_SEEN: Final = """() => new Promise((done) => { const clock = setInterval(() => {
  if (window.seen) { clearInterval(clock); done(window.seen); } }, 5); })"""


def shown_after_ms(page: Page, selector: str, change: Callable[[], object]) -> float:
    """Make a change and return how long it took until the page had what the selector finds."""
    page.evaluate(_WATCH, selector)
    began = time.time() * 1000
    change()
    return float(page.evaluate(_SEEN)) - began


def expect_prompt(first_ms: float, others: Iterable[float], within_ms: float = WITHIN_MS) -> None:
    """Raise AssertionError, with all tries, unless one was in time; `others` are measured only as long as none was."""
    tries = []
    for took_ms in chain([first_ms], others):
        if took_ms <= within_ms:
            return
        tries.append(took_ms)
    shown = ", ".join(f"{took_ms:.0f}" for took_ms in tries)
    message = f"none of {len(tries)} tries was shown within {within_ms:g} ms: {shown}"
    raise AssertionError(message)
