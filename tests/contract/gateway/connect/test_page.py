"""What the page must never do: let others in, obey other sites, run what was typed, be kept, or show a key again."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from streams.gateway.connect.guard import Guard
from streams.gateway.connect.routes import create_routes
from streams.gateway.connect.script import create_script_route
from streams.gateway.connect.watch import Watch
from streams.gateway.keys.file import place
from streams.gateway.keys.keeper import Keeper
from streams.gateway.keys.key import Key
from streams.gateway.keys.ring import Ring
from streams.testing.connect import ADMIN

NOW = 1_800_000_000_000
OURS = {"Origin": "https://in.example"}
PLANTED = "\"'><script>document.title='owned'</script> {{7*7}}"
SCRIPT = b"// the script\n"
Client = TestClient[Litestar]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the keys are."""
    return place(tmp_path)


@pytest.fixture
def keeper(path: Path) -> Keeper:
    """Changes them."""
    return Keeper(path, lambda: NOW)


@pytest.fixture
def stranger(path: Path, keeper: Keeper) -> Iterator[Client]:
    """A browser that nobody has signed in on."""
    guard = Guard(ADMIN, lambda: NOW, is_secure=True)
    ring = Ring(path, lambda: NOW)
    routes = create_routes(ring, keeper, Watch(), guard=guard, now=lambda: NOW, base_url="https://in.example/")
    app = Litestar([*routes, create_script_route(SCRIPT)], openapi_config=None, logging_config=None)
    with TestClient(app, base_url="https://in.example") as client:
        client.follow_redirects = False
        yield client


@pytest.fixture
def admin(stranger: Client) -> Client:
    """The same one, signed in."""
    answer = stranger.post("/connect/sign-in", data={"token": ADMIN}, headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/connect")
    return stranger


def test_a_stranger_sees_and_changes_nothing(stranger: Client, keeper: Keeper) -> None:
    """Every address asks for the token, also where a key is known."""
    key, _ = keeper.create(Key(id="", source="//shop.example"))
    before = keeper.all()
    for answer in (
        stranger.get("/connect"),
        stranger.get(f"/connect?watch={key.id}"),
        stranger.get(f"/connect/seen?key={key.id}"),
        stranger.post("/connect/keys", data={"way": "curl", "source": "s"}, headers=OURS),
        stranger.post("/connect/keys/revoke", data={"id": key.id}, headers=OURS),
        stranger.post("/connect/sign-in", data={"token": "guess"}, headers=OURS),
        stranger.post("/connect/sign-in", data={"token": ADMIN + "x" * 1_000}, headers=OURS),
    ):
        assert answer.status_code == 401
        assert key.id not in answer.text
        assert "//shop.example" not in answer.text
        assert "set-cookie" not in answer.headers
    assert keeper.all() == before


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_forms_of_other_sites_change_nothing(admin: Client, keeper: Keeper, headers: dict[str, str]) -> None:
    """Not even with the cookie of an administrator; nor can they sign somebody in."""
    key, _ = keeper.create(Key(id="", source="//shop.example"))
    before = keeper.all()
    for address, data in (
        ("/connect/keys", {"way": "curl", "source": "s"}),
        ("/connect/keys/revoke", {"id": key.id}),
        ("/connect/sign-in", {"token": ADMIN}),
    ):
        answer = admin.post(address, data=data, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert keeper.all() == before


def test_a_key_is_shown_once_and_never_again(admin: Client, path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither on the next page nor in a log, and it opens at once."""
    with caplog.at_level(logging.DEBUG):
        answer = admin.post("/connect/keys", data={"way": "curl", "source": "//shop.example"}, headers=OURS)
    text = re.findall(r"tpg_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", answer.text)[0]
    assert Ring(path, lambda: NOW).find(text) is not None
    assert "https://in.example/v1/touchpoints" in answer.text
    assert text not in admin.get("/connect").text
    assert text not in caplog.text


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_names_the_variable_of_the_providers_secret(admin: Client, language: str) -> None:
    """Of the provider that was chosen, and a placeholder for the other way."""
    form = {"way": "mail", "source": "//mail.example", "provider_mail": "amazon_ses"}
    shown = admin.post(f"/connect/keys?lang={language}", data=form, headers=OURS).text
    assert shown.count("<code>TOUCHPOINT_WEBHOOK_AMAZON_SES_SECRET</code>") == 1
    assert shown.count("<code>TOUCHPOINT_WEBHOOK_PROVIDER_SECRET</code>") == 1


def test_what_was_typed_is_never_run(admin: Client) -> None:
    """It comes back as text."""
    fields = {"way": PLANTED, "source": PLANTED, "origin": PLANTED, "provider_shop": PLANTED}
    for way in (PLANTED, "web", "shop"):
        answer = admin.post("/connect/keys", data=fields | {"way": way}, headers=OURS)
        assert answer.status_code == 422
        assert "<script>" not in answer.text
        assert "49" not in re.sub(r"[0-9a-f]{8,}", "", answer.text)
    assert "<script>" not in admin.get("/connect", params={"watch": PLANTED, "lang": PLANTED}).text


def test_a_name_that_somebody_else_gave_is_never_run_either(admin: Client, keeper: Keeper) -> None:
    """A source in the file of keys may hold anything but spaces."""
    keeper.create(Key(id="", source="'><script>alert(1)</script>"))
    assert "<script>alert" not in admin.get("/connect").text


@pytest.mark.parametrize("address", ["/connect", "/connect?lang=es", "/connect/seen?key=x"])
def test_every_page_refuses_what_it_does_not_need(admin: Client, address: str) -> None:
    """The strict policy, nothing inline, nothing kept, nothing from elsewhere."""
    answer = admin.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>|javascript:", answer.text)
    assert not re.search(r'(src|href|action)="(https?:)?//', answer.text)


def test_files_are_kept_forever_under_the_name_of_their_content(admin: Client) -> None:
    """And an older name is not answered with newer content."""
    found = set(re.findall(r'"(/connect/static/[^"]+)', admin.get("/connect").text))
    assert {address.rpartition(".")[2] for address in found} == {"css", "js", "svg"}
    for address in found:
        answer = admin.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    for address in ("/connect/static/0000000000000000/connect.js", "/connect/static/x/..%2fpage.py"):
        assert admin.get(address).status_code == 404


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 100, "²", "1e3"])
def test_any_number_may_be_asked_from(admin: Client, after: str) -> None:
    """What is none is zero."""
    answer = admin.get("/connect/seen", params={"key": "x", "after": after})
    assert (answer.status_code, answer.json()) == (200, {"number": 0, "html": ""})


def test_a_form_that_is_too_large_is_not_read(admin: Client) -> None:
    """A source of many characters is told to be none."""
    assert admin.post("/connect/keys", data={"source": "x" * 100_000}, headers=OURS).status_code == 413
    assert admin.post("/connect/keys", data={"source": "x" * 1_000}, headers=OURS).status_code == 422


PART = b'--a\r\nContent-Disposition: form-data; name="way"\r\nContent-Type: text/plain; charset=none\r\n\r\nx\r\n--a--'


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("multipart/form-data; boundary=a", PART),
        ("multipart/form-data", b"x"),
        ("application/x-www-form-urlencoded; charset=none", b"a=%ff&%=%&source=%ed%a0%80&source=%00"),
        ("application/x-www-form-urlencoded", b"&=" * 5_000),
        ("application/json", b"{"),
        ("", b"\xff\x00"),
    ],
)
def test_what_is_no_form_changes_nothing(admin: Client, keeper: Keeper, media_type: str, body: bytes) -> None:
    """Whatever it says that it is; nothing fails."""
    for address in ("/connect/keys", "/connect/keys/revoke", "/connect/sign-in"):
        answer = admin.post(address, content=body, headers=OURS | {"Content-Type": media_type})
        assert answer.status_code in (200, 401, 422)
    assert keeper.all() == []


def test_a_file_of_keys_that_is_wrong_is_told_and_left_alone(
    admin: Client, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The administrator is sent to the log of the gateway, and it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{")
    for address, data in (("/connect/keys", {"way": "curl", "source": "s"}), ("/connect/keys/revoke", {"id": "x"})):
        answer = admin.post(address, data=data, headers=OURS)
        assert answer.status_code == 503
        assert "see the log of the gateway" in answer.text
        assert f"no key was changed: {path}" in caplog.text
        caplog.clear()
    assert path.read_text() == "{"


def test_the_way_without_a_key_makes_none(admin: Client, keeper: Keeper) -> None:
    """A Kafka client has nothing to do with the gateway."""
    assert admin.post("/connect/keys", data={"way": "kafka", "source": "s"}, headers=OURS).status_code == 200
    assert keeper.all() == []


def test_the_script_for_pages_is_for_everybody(stranger: Client) -> None:
    """From any site, checked by its integrity, and asked for again only after an hour."""
    answer = stranger.get("/touchpoint.js")
    assert (answer.content, answer.headers["content-type"]) == (SCRIPT, "text/javascript; charset=utf-8")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    again = stranger.get("/touchpoint.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
