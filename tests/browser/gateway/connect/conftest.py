"""A real Chromium in front of the page on a real port."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from streams.testing.connect import ADMIN, ServedGateway


@pytest.fixture
def visit(tab: Callable[..., Page], gateway: ServedGateway) -> Callable[..., Page]:
    """Open the page as its administrator: `visit(**options of a browser context)`."""

    def open_page(path: str = f"/connect#token={ADMIN}", **options: Any) -> Page:
        return tab(gateway.address, path, **({"locale": "en-GB"} | options))

    return open_page
