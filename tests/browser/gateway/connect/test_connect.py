"""From nothing to the first touchpoint: the line that the page shows is run as it stands, and what it sends is seen."""

import shutil
import subprocess
from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from streams.testing.connect import ADMIN, ServedGateway
from streams.testing.patience import PATIENCE_SEC
from tests.browser.prompt import expect_prompt, shown_after_ms

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
NEEDS: Final = {"curl": "curl", "python": "python3", "javascript": "node", "php": "php", "till": "curl"}
SEEN_MS: Final = 1_000.0
TRIES: Final = 5


def create(page: Page, way: str, source: str = "//shop.example") -> None:
    """Choose a way and create its key."""
    page.locator(f"#way-{way}").check()
    page.get_by_label("Name of the system that sends").fill(source)
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("status")).to_contain_text("copy it now")


def run(line: str) -> str:
    """Run a line as a developer would, and return what it says."""
    done = subprocess.run(["/bin/bash", "-c", line], capture_output=True, text=True, timeout=PATIENCE_SEC, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("way", NEEDS)
def test_the_line_shown_sends_and_what_it_sends_is_seen(visit: Visit, gateway: ServedGateway, way: str) -> None:
    """Every way that can be run on this machine."""
    if shutil.which(NEEDS[way]) is None:
        pytest.skip(f"no {NEEDS[way]} on this machine")
    page = visit()
    create(page, way)
    line = page.locator(f"#line-{way}")
    expect(line).to_be_visible()
    said = run(line.inner_text())
    sent = gateway.sink.touchpoints
    assert "accepted" in said
    expect(page.locator("#seen li.accepted")).to_have_count(len(sent))
    assert len(sent) == (2 if way == "till" else 1)
    for touchpoint in sent:
        assert touchpoint.source == "//shop.example"
        expect(page.locator("#seen")).to_contain_text(touchpoint.type)
        expect(page.locator("#seen")).to_contain_text(touchpoint.id[-3:])
        expect(page.locator("#seen")).not_to_contain_text(touchpoint.id)


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_what_is_sent_is_seen_within_a_second(visit: Visit) -> None:
    """From the moment in which the line is started."""
    page = visit()
    create(page, "curl")
    line = page.locator("#line-curl").inner_text()
    took = shown_after_ms(page, "#seen li.accepted", lambda: run(line))
    again = (shown_after_ms(page, f"#seen li.accepted:nth-child({n})", lambda: run(line)) for n in range(2, TRIES + 1))
    expect_prompt(took, again, SEEN_MS)


def test_one_key_serves_all_ways_of_its_kind(visit: Visit, gateway: ServedGateway) -> None:
    """Who made it for curl finds it in the line for Python too, and not in that for web pages."""
    page = visit()
    create(page, "curl")
    text = page.locator("#line-curl").inner_text().partition("Bearer ")[2][:64]
    page.locator("#way-python").check()
    expect(page.locator("#line-python")).to_contain_text(text)
    expect(page.locator("#line-curl")).to_be_hidden()
    page.locator("#way-web").check()
    expect(page.locator("#line-web")).to_contain_text("YOUR_KEY")
    assert gateway.ring.find(text) is not None


def test_a_refused_item_is_explained(visit: Visit, gateway: ServedGateway) -> None:
    """A type with a slip of the pen is told with the type that was meant; nothing of the data is shown."""
    page = visit()
    create(page, "curl")
    line = page.locator("#line-curl").inner_text()
    subprocess.run(
        ["/bin/bash", "-c", line.replace("payment.failed", "paymnt.failed")], check=False, capture_output=True
    )
    refused = page.locator("#seen li.refused")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("no such type")
    expect(refused).to_contain_text("Did you mean payment.failed")
    expect(refused).not_to_contain_text("paymnt")
    assert gateway.sink.touchpoints == []


def test_the_line_is_copied_as_it_stands(visit: Visit) -> None:
    """The button says that it did."""
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    create(page, "javascript")
    page.locator('[data-copy="line-javascript"]').click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#line-javascript").text_content()


def test_what_is_next_is_in_sight_on_a_phone(visit: Visit) -> None:
    """The field to mend, then the line to copy."""
    page = visit(viewport={"width": 390, "height": 844})
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_label("Name of the system that sends")).to_be_focused()
    create(page, "python")
    expect(page.locator("#line-python")).to_be_focused()
    expect(page.locator("#line-python")).to_be_in_viewport()


def test_a_key_for_pages_needs_their_address(visit: Visit, gateway: ServedGateway) -> None:
    """What is missing is said in words, and what was typed is still there."""
    page = visit()
    page.locator("#way-web").check()
    page.get_by_label("Name of the system that sends").fill("//shop.example/web")
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("alert")).to_contain_text("https://shop.example, without a path")
    expect(page.get_by_label("Name of the system that sends")).to_have_value("//shop.example/web")
    page.get_by_label("Address of the pages").fill("https://Shop.example/")
    page.get_by_role("button", name="Create key").click()
    expect(page.locator("#line-web")).to_contain_text('data-key="tpg_')
    assert gateway.ring.origins() == {"https://shop.example"}


def test_a_provider_gets_an_address_with_a_key_of_its_own(visit: Visit, gateway: ServedGateway) -> None:
    """It opens that provider's webhook alone."""
    page = visit()
    page.locator("#way-mail").check()
    page.get_by_role("combobox", name="Provider").select_option("postmark")
    create(page, "mail", "//mail.example")
    address = page.locator("#line-mail").inner_text()
    assert address.startswith(f"{gateway.address}/v1/webhooks/postmark?key=tpg_")
    key = gateway.ring.find(address.partition("key=")[2])
    assert key is not None
    assert key.provider == "postmark"
    page.locator("#way-shop").check()
    expect(page.locator("#line-shop")).to_contain_text("YOUR_KEY")


def test_a_third_key_is_refused_until_one_is_revoked(visit: Visit, gateway: ServedGateway) -> None:
    """The page that says so has the buttons to do it."""
    page = visit()
    create(page, "curl")
    create(page, "curl")
    page.get_by_label("Name of the system that sends").fill("//shop.example")
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("alert")).to_contain_text("two live keys")
    page.get_by_role("button", name="Revoke //shop.example").first.click()
    expect(page.get_by_role("status")).to_contain_text("Revoked")
    create(page, "curl")
    assert len([key for key in gateway.keeper.all() if not key.revoked_at]) == 2


def test_nobody_gets_in_without_the_token(visit: Visit) -> None:
    """A link with the token opens the page and does not stay in the address; a wrong token is told."""
    page = visit("/connect")
    expect(page.get_by_role("heading", level=1)).to_have_text("Who is there?")
    page.get_by_label("Admin token").fill("guess")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Send your first touchpoint")
    assert visit().url.endswith("/connect")


def test_a_page_without_script_makes_keys_too(visit: Visit) -> None:
    """Only copying and seeing needs it, and the page says so."""
    page = visit("/connect", java_script_enabled=False)
    page.get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Open").click()
    create(page, "curl")
    expect(page.locator("#line-curl")).to_contain_text("tpg_")
    expect(page.get_by_text("This list needs JavaScript.")).to_be_visible()
    expect(page.locator('[data-copy="line-curl"]')).to_be_hidden()


def test_who_is_signed_out_meanwhile_is_told(visit: Visit) -> None:
    """The list does not go on asking."""
    page = visit()
    create(page, "curl")
    expect(page.locator("#live")).to_contain_text("Waiting")
    page.context.clear_cookies()
    expect(page.locator("#live")).to_contain_text("signed out")
