"""Silences as people use them, with the script and without it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from streams.testing.desk import MemoryDesk

Visit = Callable[..., Page]


@pytest.mark.parametrize("script", [True, False])
def test_a_lead_silences_and_ends_it(visit: Visit, desk: MemoryDesk, script: bool) -> None:
    """What was typed is kept where it is no condition; the end is a button in its line."""
    page = visit("/silences", java_script_enabled=script)
    page.get_by_label("Which cases").fill("nonsense")
    page.get_by_label("Why").fill("the tills are replaced")
    page.get_by_role("button", name="Silence", exact=True).click()
    expect(page.locator("main [role=alert]")).to_contain_text("a matcher is label=")
    expect(page.get_by_label("Why")).to_have_value("the tills are replaced")
    page.get_by_label("Which cases").fill('rule="payment-failing"\nstore=madrid')
    page.get_by_role("button", name="Silence", exact=True).click()
    expect(page.locator("#banner")).to_contain_text("Silenced")
    line = page.locator("#silences tbody tr", has_text="payment-failing")
    expect(line).to_contain_text("the tills are replaced")
    assert [each.matchers for each in desk.silenced.values()][-1] == ('rule="payment-failing"', "store=madrid")
    line.get_by_role("button", name="End now").click()
    expect(page.locator("#banner")).to_contain_text("Ended")
    expect(page.locator("#silences tbody tr")).to_have_count(1)


def test_an_agent_sees_what_is_silenced_and_changes_nothing(visit: Visit) -> None:
    """How many cases it holds is there; no form is."""
    page = visit("/silences", "token-luis")
    expect(page.locator("#silences tbody tr")).to_contain_text(["The tills are being replaced"])
    expect(page.locator("#silences tbody .strong")).to_have_text("3")
    expect(page.locator("main form")).to_have_count(0)
