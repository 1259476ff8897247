"""The alert card as people use it: one screen, few keys, and nothing lost when the case changes under their hands."""

from collections.abc import Callable, Iterator
from functools import partial

import msgspec
import pytest
from playwright.sync_api import Page, expect

from streams.testing import desk_cases as made
from streams.testing.console import ServedConsole
from streams.testing.desk import MemoryDesk
from tests.browser.prompt import expect_prompt, shown_after_ms

Visit = Callable[..., Page]
BLOCKS = [
    "head", "who", "what", "why", "promises", "tried", "feelings", "timeline", "cause", "advice", "actions", "closes",
    "foot",
]  # fmt: skip
CASE = "c000007"
RESOLVED = '[data-card="head"] .status.resolved'


def live(page: Page) -> None:
    """Wait until the page follows what changes."""
    expect(page.locator("#live")).to_be_visible()


@pytest.mark.parametrize("locale", ["en-GB", "es-ES"])
def test_all_thirteen_blocks_are_on_one_screen(visit: Visit, locale: str) -> None:
    """1366 x 768 without scrolling, in both languages, every block filled."""
    page = visit(f"/cases/{CASE}", locale=locale)
    for block in BLOCKS:
        box = page.locator(f'[data-card="{block}"]').bounding_box()
        assert box is not None
        assert box["height"] > 10
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1366
        assert box["y"] + box["height"] <= 768
    assert page.locator("[data-card]").count() == len(BLOCKS)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize(("locale", "more"), [("en-GB", "and 5 more"), ("es-ES", "y 5 más")])
def test_a_full_card_still_fits(visit: Visit, desk: MemoryDesk, locale: str, more: str) -> None:
    """More of everything than a card shows: it says how much more there is, and stays on its screen."""
    card = desk.cards[CASE]
    many = msgspec.structs.replace(
        card,
        why=card.why * 3,
        promises=card.promises * 4,
        tried=card.tried * 5,
        feelings=card.feelings * 3,
        timeline=made.steps() * 2,
        closes=card.closes * 4,
        trail=card.trail * 9,
        alerts=card.alerts * 3,
    )
    desk.cards[CASE] = many
    page = visit(f"/cases/{CASE}", locale=locale)
    expect(page.locator('[data-card="promises"]')).to_contain_text(more)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_from_claim_to_action_in_four_keys(visit: Visit, desk: MemoryDesk) -> None:
    """Key c claims; p opens the reply with its ready text; Ctrl and Enter record it."""
    page = visit(f"/cases/{CASE}")
    page.keyboard.press("c")
    expect(page.locator('[data-card="head"]')).to_contain_text("ana (you)")
    page.keyboard.press("p")
    expect(page.locator("#ready")).to_contain_text("Lo siento")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#banner")).to_contain_text("on its way into the journey")
    assert [line.action for line in desk.cards[CASE].trail[-2:]] == ["claimed", "contacted"]


def test_a_retraction_updates_the_card_and_a_half_typed_note_survives(
    visit: Visit, desk: MemoryDesk, served: ServedConsole
) -> None:
    """Within 250 ms, with the caret where it was; then the note is sent as if nothing had happened."""
    page = visit(f"/cases/{CASE}")
    live(page)
    page.keyboard.press("n")
    page.keyboard.type("the customer sai")
    took = shown_after_ms(page, RESOLVED, lambda: served.call(desk.retract(CASE)))
    expect(page.locator('[data-card="what"]')).to_contain_text("Retracted: the payment came in time")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("d it works")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#note")).to_have_value("")
    assert desk.cards[CASE].trail[-1].detail == {"text": "the customer said it works"}

    def again() -> Iterator[float]:
        for case_id in [name for name, card in desk.cards.items() if card.row.status != "resolved"][:10]:
            live(other := visit(f"/cases/{case_id}"))
            yield shown_after_ms(other, RESOLVED, partial(served.call, desk.retract(case_id)))

    expect_prompt(took, again())


def test_evidence_is_ticked_while_one_looks(visit: Visit, desk: MemoryDesk, served: ServedConsole) -> None:
    """The first proof comes, and its line says so in words too."""
    page = visit(f"/cases/{CASE}")
    live(page)
    expect(page.locator(".proof.done")).to_have_count(0)
    served.call(desk.prove(CASE))
    expect(page.locator(".proof.done")).to_contain_text("Came: An order is completed")


def test_whoever_is_second_sees_the_holder_and_keeps_what_was_typed(visit: Visit, desk: MemoryDesk) -> None:
    """Two agents take the same case: one has it, the other reads who does, and both notes arrive."""
    first, second = visit(f"/cases/{CASE}", "token-ana"), visit(f"/cases/{CASE}", "token-luis")
    live(second)
    second.locator("#note").fill("I would call")
    first.keyboard.press("c")
    expect(second.locator('[data-card="head"]')).to_contain_text("ana")
    expect(second.locator("#note")).to_have_value("I would call")
    second.locator("body").press("Escape")
    second.evaluate("document.activeElement.blur()")
    second.keyboard.press("s")
    expect(second.locator("#banner")).to_contain_text("Somebody else has claimed the case")
    expect(second.locator("#banner")).to_contain_text("Held by ana")
    expect(second.locator("#note")).to_have_value("I would call")
    assert desk.cards[CASE].row.assignee == "ana"


def test_an_outdated_form_tells_what_has_changed(visit: Visit, desk: MemoryDesk, served: ServedConsole) -> None:
    """A page that did not hear of a change is told what it was, and its reason is kept."""
    page = visit(f"/cases/{CASE}", java_script_enabled=False)
    served.call(desk.prove(CASE))
    page.locator("#m-resolve summary").click()
    page.locator("#resolve-reason").fill("paid at the till")
    page.locator("#m-resolve button").click()
    expect(page.locator("#banner")).to_contain_text("Somebody changed the case since")
    expect(page.locator("#banner")).to_contain_text("The journey: brought news of an alert")
    expect(page.locator("#resolve-reason")).to_have_value("paid at the till")
    page.locator("#m-resolve button").click()
    expect(page.locator("#banner")).to_contain_text("Resolved.")
    assert desk.cards[CASE].trail[-1].detail == {"reason": "paid at the till"}


def test_a_promise_an_offer_and_a_judgement_are_recorded(visit: Visit, desk: MemoryDesk) -> None:
    """Each opens by its key, is filled in, and lands in the trail."""
    page = visit(f"/cases/{CASE}")
    page.keyboard.press("b")
    page.locator("#callback-in").select_option("60")
    page.locator("#m-callback button").click()
    expect(page.locator('[data-card="head"]')).to_contain_text("call back 12:00")
    page.keyboard.press("o")
    page.locator("#offer-value").fill("12.5")
    page.locator("#m-offer button").click()
    expect(page.locator('[data-card="actions"]')).to_contain_text("reached the customer")
    page.keyboard.press("u")
    page.locator("#judge-reason").fill("paid by transfer")
    page.locator("#m-judge button.main").click()
    expect(page.locator('[data-card="actions"]')).to_contain_text("judged an alert: paid by transfer")
    callback, offer, judged = desk.cards[CASE].trail[-3:]
    assert callback.detail == {"how": "callback"}
    assert desk.cards[CASE].row.callback_at == desk.now + 3_600_000
    assert offer.detail == {"how": "offered", "offer": "voucher", "value": 12.5, "currency": "EUR"}
    assert judged.action == "judged"


def test_personal_data_are_shown_once_after_a_reason_and_written_down(visit: Visit, desk: MemoryDesk) -> None:
    """Before it nothing in the page says who it is; after it the trail says who looked, and why."""
    page = visit(f"/cases/{CASE}")
    assert "customer-7" not in page.content()
    page.locator("#reveal summary").click()
    page.locator("#why").fill("calling back")
    page.locator("#reveal button").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("customer-7")
    expect(dialog).to_contain_text("+34 600 000 000")
    dialog.locator("[data-close]").click()
    expect(dialog).to_have_count(0)
    assert "customer-7" not in page.content()
    assert desk.revealed == [("ana", CASE, "calling back")]
    expect(page.locator('[data-card="actions"]')).to_contain_text("saw personal data")


def test_a_coach_looks_and_changes_nothing(visit: Visit) -> None:
    """No form is offered that would be refused."""
    page = visit(f"/cases/{CASE}", "token-carla")
    expect(page.locator('[data-card="actions"] form')).to_have_count(0)


def test_the_journey_is_drawn_and_written(visit: Visit) -> None:
    """A lane for each channel, a mark at each long silence, and the same as a list."""
    page = visit(f"/cases/{CASE}/journey")
    expect(page.locator(".lane-name")).to_have_count(7)
    expect(page.locator(".gap-name")).to_have_count(5)
    expect(page.locator(".journey .step")).to_have_count(15)
    expect(page.locator(".journey .step").first).to_contain_text("left the chat")


def test_one_recovery_for_all_customers_of_an_incident(visit: Visit, desk: MemoryDesk) -> None:
    """It needs a yes, tells for how many it was done, and why not for the others."""
    page = visit("/incidents/7")
    page.locator("#bulk-how").select_option("apologised")
    page.get_by_label("Yes, for all 5 open cases").check()
    page.get_by_role("button", name="Do it for all").click()
    expect(page.locator("#banner")).to_contain_text("Done for 4 cases.")
    expect(page.locator("#banner")).to_contain_text("1 \N{MULTIPLICATION SIGN} Somebody else has claimed the case")
    assert sum(card.trail[-1].action == "contacted" for card in desk.cards.values()) == 4
