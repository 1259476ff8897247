"""The end of a shift, with the script and without it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from streams.testing.desk import MemoryDesk

Visit = Callable[..., Page]


@pytest.mark.parametrize("script", [True, False])
def test_somebody_hands_over_what_is_theirs(visit: Visit, desk: MemoryDesk, script: bool) -> None:
    """The number is said, and each trail has the note."""
    mine = [card.row.case_id for card in desk.cards.values() if card.row.assignee == "luis"]
    still = [name for name in mine if desk.cards[name].row.status != "resolved"]
    assert still
    page = visit("/?assignee=luis&snoozed=yes", "token-luis", java_script_enabled=script)
    page.locator("#handover summary").click()
    page.get_by_label("To whom").fill("eva")
    page.get_by_label("What the next one").fill("call before six")
    page.get_by_label("Yes, all of them").check()
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.locator("main .banner")).to_contain_text(f"{len(still)} cases")
    assert {desk.cards[name].row.assignee for name in still} == {"eva"}
    assert desk.cards[still[0]].trail[-1].detail == {"to": "eva", "reason": "call before six"}


def test_only_a_lead_is_offered_the_cases_of_somebody_else(visit: Visit) -> None:
    """And nobody is offered those that nobody holds."""
    offered = {
        (token, holder): visit(f"/?assignee={holder}&snoozed=yes", token).locator("#handover").count()
        for token, holder in (("token-ana", "luis"), ("token-ana", "-"), ("token-luis", "marta"))
    }
    assert offered == {("token-ana", "luis"): 1, ("token-ana", "-"): 0, ("token-luis", "marta"): 0}
