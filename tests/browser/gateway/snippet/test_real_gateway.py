"""The script in front of a whole gateway, with a key for web pages."""

import pytest
from playwright.sync_api import Browser

from streams.gateway.connect.ways import PAGE_TYPES
from streams.gateway.keys.key import Key, Kind
from streams.testing.connect import ServedGateway
from tests.browser.gateway.snippet.recorder import Recorder

pytestmark = pytest.mark.browser


def test_what_a_page_sends_is_taken(browser: Browser, gateway: ServedGateway, recorder: Recorder) -> None:
    """From another origin, while the page lives and as it goes away; what the key may not send is refused alone."""
    key = Key(id="", source="//shop.example/web", kind=Kind.BROWSER, types=PAGE_TYPES, origins=(recorder.site,))
    _, text = gateway.keeper.create(key)
    gateway.ring.look()
    recorder.html = (
        f'<!doctype html><title>Shop</title><script src="{gateway.address}/touchpoint.js" data-key="{text}"></script>'
    )
    page = browser.new_page()
    with page.expect_response(lambda response: "/v1/touchpoints" in response.url) as first:
        page.goto(f"{recorder.site}/pay?token=secret")
        page.evaluate("touchpoint('identify', 'C-7', {email: 'ana@shop.example'})")
    assert first.value.status == 207
    page.evaluate("touchpoint('track', 'payment.failed', {reason: 'declined', note: 'ana@shop.example'}, 'order:7')")
    page.goto("about:blank")
    page.close()
    recorder.wait(lambda: len(gateway.sink.touchpoints) == 2)
    viewed, failed = gateway.sink.touchpoints
    assert (viewed.type, viewed.source, viewed.data) == ("page.viewed", "//shop.example/web", b'{"path":"/pay"}')
    assert viewed.customer.startswith("anonymous_id:")
    assert (failed.type, failed.customer, failed.subject) == ("payment.failed", "C-7", "order:7")
    assert failed.data == b'{"reason":"declined","note":"[email]"}'
