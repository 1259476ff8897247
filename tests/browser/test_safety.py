"""What a page must never do: run what customers or agents wrote, obey other sites, be kept, or say who it is."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import httpx
import msgspec
import pytest
from playwright.sync_api import Page, expect

from streams.desk.service.views import Incident
from streams.testing import desk_cases as made
from streams.testing.console import ServedConsole
from streams.testing.desk import MemoryDesk
from streams.testing.patience import PATIENCE_SEC

Visit = Callable[..., Page]
CASE: Final = "c000007"
PLANTED: Final = "\"'><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">{{7*7}}"
PATHS: Final = (
    "/", f"/cases/{CASE}", f"/cases/{CASE}/trail", f"/cases/{CASE}/journey", "/incidents", "/incidents/7", "/teams",
    "/rules",
)  # fmt: skip
_KEPT: Final = {"case_id", "key"}  # what the desk makes itself, a hash
_T = TypeVar("_T", bound=msgspec.Struct)


def plant(value: Any) -> Any:
    """Return plain data with the script in every text."""
    if isinstance(value, str):
        return f"{value}{PLANTED}"
    if isinstance(value, list | tuple):
        return [plant(item) for item in value]
    if isinstance(value, dict):
        return {key: item if key in _KEPT else plant(item) for key, item in value.items()}
    return value


def planted(of: _T) -> _T:
    """Return a view with the script in every text of it."""
    return msgspec.convert(plant(msgspec.to_builtins(of)), type(of), strict=False)


class HostileDesk(MemoryDesk):
    """A desk whose every text wants to be run."""

    def __init__(self) -> None:
        super().__init__(12)
        for case_id, card in self.cards.items():
            row = msgspec.structs.replace(planted(card.row), status="open", incident=7)
            named = msgspec.structs.replace(planted(card), row=row, actions=card.actions, cause=planted(
                made.card(made.row(7)).cause or card.cause  # type: ignore[type-var] # case 7 has a cause
            ))  # fmt: skip
            self.cards[case_id] = named

    async def incidents(self, viewer: Any, *, closed: bool = False) -> list[Incident]:
        """Return one, hostile."""
        return [planted(one) for one in await super().incidents(viewer, closed=closed)]

    async def board(self, viewer: Any) -> Any:
        """Return hostile teams."""
        return [planted(team) for team in made.BOARD]

    async def worth(self, viewer: Any) -> Any:
        """Return hostile rules."""
        return [planted(rule) for rule in made.WORTH]

    async def incident(self, viewer: Any, number: int) -> Incident | None:
        """Return it with its hostile customers."""
        found = await super().incident(viewer, number)
        return found and msgspec.structs.replace(planted(found), rows=found.rows)


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> MemoryDesk:
    """The usual desk, or the hostile one where a test asks for it."""
    return HostileDesk() if request.node.get_closest_marker("usefixtures") else MemoryDesk(12)


@pytest.fixture
def hostile() -> None:
    """Ask for the hostile desk."""


@pytest.fixture
def client(served: ServedConsole) -> Iterator[httpx.Client]:
    """A program that is signed in."""
    with httpx.Client(base_url=served.address, cookies={"session": "token-ana"}, timeout=PATIENCE_SEC) as made_client:
        yield made_client


def seal(client: httpx.Client, path: str = f"/cases/{CASE}") -> str:
    """Return the signature of the forms of a page."""
    found = re.search(r'name="csrf" content="(\w+)"', client.get(path).text)
    assert found
    return found[1]


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("path", PATHS)
def test_a_script_in_any_text_is_shown_and_never_run(visit: Visit, path: str) -> None:
    """Whatever customers, rules and colleagues write is text, on the page and in what is merged into it."""
    page = visit(path)
    assert page.title() != "owned"
    assert page.locator("main script, main img").count() == 0
    assert PLANTED in page.locator("main").inner_text() or PLANTED in page.content().replace("&quot;", '"').replace(
        "&lt;", "<"
    ).replace("&gt;", ">")


@pytest.mark.usefixtures("hostile")
def test_a_script_in_a_live_change_is_never_run(visit: Visit, served: ServedConsole, desk: MemoryDesk) -> None:
    """Rows that come by the stream are as escaped as those of the page."""
    page = visit("/")
    expect(page.locator("#live")).to_be_visible()
    card = desk.cards[CASE]
    row = msgspec.structs.replace(card.row, case_id="c999", number=999, rank=1e9, status="open")
    served.call(desk.put(msgspec.structs.replace(card, row=row), announce=True))
    expect(page.locator('[data-number="999"]')).to_have_count(1)
    assert "owned" not in page.title().replace(PLANTED, "")
    assert page.locator("main script, main img").count() == 0


@pytest.mark.parametrize("path", [*PATHS, "/login", "/cases/none"])
def test_every_page_refuses_what_it_does_not_need(client: httpx.Client, path: str) -> None:
    """The strict policy, nothing inline, nothing kept, nothing from elsewhere."""
    answer = client.get(path)
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>|javascript:", answer.text)
    assert not re.search(r'(src|href|action)="(https?:)?//', answer.text)


def test_files_are_kept_forever_under_the_name_of_their_content(client: httpx.Client) -> None:
    """And an older name is not answered with newer content."""
    page = client.get("/").text
    for address in set(re.findall(r'"(/static/[^"#]+)', page)):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/0000000000000000/console.js").status_code == 404


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (f"/cases/{CASE}/act", {"do": "claim", "revision": "3"}),
        (f"/cases/{CASE}/reveal", {"why": "curious"}),
        ("/incidents/7/act", {"do": "reach", "how": "apologised", "sure": "yes"}),
        ("/preferences", {"theme": "dark"}),
        ("/logout", {}),
        ("/login", {"token": "token-ana"}),
    ],
)
def test_a_form_of_another_site_does_nothing(
    client: httpx.Client, desk: MemoryDesk, path: str, fields: dict[str, str]
) -> None:
    """Without the signature, with a made-up one, or with that of another person."""
    before = dict(desk.cards)
    seal(client)
    for forged in ({}, {"csrf": "0" * 64}, {"csrf": "é"}):
        answer = client.post(path, data=fields | forged)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert desk.cards == before


def test_the_signature_of_one_person_is_none_for_another(client: httpx.Client, served: ServedConsole) -> None:
    """A browser that changes hands does not carry the rights of its forms along."""
    token = seal(client)
    client.cookies.set("session", "token-luis", domain="127.0.0.1")
    client.cookies.delete("session", domain="")
    answer = client.post(f"/cases/{CASE}/act", data={"csrf": token, "do": "claim", "revision": "3"})
    assert answer.status_code == 403


def test_nobody_sees_anything_without_signing_in(served: ServedConsole) -> None:
    """Pages lead to the sign-in, streams and the script's requests are refused."""
    with httpx.Client(base_url=served.address, timeout=PATIENCE_SEC) as nobody:
        for path in PATHS:
            answer = nobody.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login?next=")
            assert nobody.get(path, headers={"x-fragment": "page"}).status_code == 401
        assert nobody.get("/events").status_code == 401
        assert nobody.post(f"/cases/{CASE}/act", data={"do": "claim"}).status_code == 303


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)"])
def test_a_sign_in_leads_nowhere_else(client: httpx.Client, target: str) -> None:
    """The way back is a path of ours or the queue."""
    fields = {"csrf": seal(client, "/login"), "token": "token-ana", "next": target}
    assert client.post("/login", data=fields).headers["location"] == "/"
    back = {"csrf": seal(client), "theme": "dark", "back": target}
    assert client.post("/preferences", data=back).headers["location"] == "/"


def test_nothing_personal_is_on_any_page_before_it_is_revealed(client: httpx.Client) -> None:
    """Neither the customer nor a trait; a reveal without a reason reveals nothing."""
    for path in PATHS:
        text = client.get(path).text
        assert "customer-" not in text
        assert "Alba" not in text
    answer = client.post(f"/cases/{CASE}/reveal", data={"csrf": seal(client), "why": "  "})
    assert answer.status_code == 422
    assert "Alba" not in answer.text


def test_a_form_that_is_too_large_is_refused(client: httpx.Client, desk: MemoryDesk) -> None:
    """A note of a megabyte is not read; one of five thousand characters is told to be too long."""
    token = seal(client)
    large = client.post(f"/cases/{CASE}/act", data={"csrf": token, "do": "note", "text": "x" * 1_000_000})
    assert large.status_code == 413
    longer = client.post(f"/cases/{CASE}/act", data={"csrf": token, "do": "note", "text": "x" * 5_000})
    assert (longer.status_code, "too long" in longer.text) == (422, True)
    assert len(desk.cards[CASE].trail) == 3
