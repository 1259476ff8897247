"""Sign-in with OpenID Connect, against a real provider on this machine."""

from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from streams.desk.access.id_token import Grant, OidcSettings, Refused
from streams.desk.access.oidc import Oidc, SignedIn, Started
from streams.desk.access.provider import Provider as Client
from streams.desk.access.viewer import Role, Viewer
from streams.errors import SettingError
from streams.testing.patience import PATIENCE_SEC
from tests.contract.desk.access.provider import (
    CLIENT,
    SECRET,
    Claims,
    Provider,
    by_another_key,
    by_shared_secret,
    serving,
    unsigned,
)
from tests.unit.desk.access.conftest import Clock

GRANTS = (
    Grant(group="support", roles=frozenset({Role.AGENT}), teams=frozenset({"web"})),
    Grant(group="leads", roles=frozenset({Role.LEAD}), teams=frozenset({"chat"})),
    Grant(group="admins", roles=frozenset({Role.ADMIN})),
    Grant(group="heads", roles=frozenset({Role.MANAGER})),
)
DONE = "http://127.0.0.1:9/sign-in/oidc/done"


@pytest.fixture
async def provider(clock: Clock) -> AsyncIterator[Provider]:
    """Serve one."""
    async with serving(Provider(clock)) as found:
        yield found


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """Speak to it."""
    async with httpx.AsyncClient(timeout=PATIENCE_SEC) as client:
        yield client


@pytest.fixture
def oidc(provider: Provider, http: httpx.AsyncClient, clock: Clock) -> Oidc:
    """Sign people in with it."""
    settings = OidcSettings(issuer=provider.issuer, client_id=CLIENT, redirect_url=DONE, grants=GRANTS)
    return Oidc(settings, SECRET, Client(provider.issuer, http, clock), clock, is_tls=False)


async def begin(oidc: Oidc, http: httpx.AsyncClient, back_to: str = "/") -> tuple[str, dict[str, str]]:
    """Go to the provider as a browser does; return its cookie, and what it comes back with."""
    started = await oidc.start(back_to)
    assert isinstance(started, Started)
    answer = await http.get(started.url)
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    return f"{started.cookie.name}={started.cookie.value}", query


async def sign_in(oidc: Oidc, http: httpx.AsyncClient, back_to: str = "/") -> SignedIn | Refused:
    """Go there and back."""
    cookie, query = await begin(oidc, http, back_to)
    return await oidc.finish(cookie=cookie, state=query["state"], code=query["code"], issuer=query["iss"])


async def test_a_person_signs_in(oidc: Oidc, http: httpx.AsyncClient) -> None:
    """With roles and teams of the groups, in the language that the provider knows, back to the page that was wanted."""
    viewer = Viewer(name="anna", roles=frozenset({Role.AGENT}), teams=frozenset({"web"}), language="es")
    assert await sign_in(oidc, http, "/cases/c1?x=1") == SignedIn(viewer, "/cases/c1?x=1")


@pytest.mark.parametrize(
    ("groups", "roles", "teams"),
    [
        (["support", "leads"], {Role.AGENT, Role.LEAD}, {"web", "chat"}),
        (["support", "admins"], {Role.AGENT, Role.ADMIN}, {"web"}),
        (["support", "heads"], {Role.AGENT, Role.MANAGER}, set()),
        ("support", {Role.AGENT}, {"web"}),
    ],
)
async def test_groups_add_up(
    oidc: Oidc, http: httpx.AsyncClient, provider: Provider, groups: object, roles: set[Role], teams: set[str]
) -> None:
    """One that sees all teams opens all; one that sees no cases opens none."""
    provider.person["groups"] = groups
    found = await sign_in(oidc, http)
    assert isinstance(found, SignedIn)
    assert (set(found.viewer.roles), set(found.viewer.teams)) == (roles, teams)


def with_(**claims: object) -> Callable[[Claims], Claims]:
    """Return a spoiler that sets claims; None takes them away."""
    return lambda given: {key: value for key, value in (given | claims).items() if value is not None}


@pytest.mark.parametrize(
    ("spoil", "refused"),
    [
        (with_(nonce="another"), Refused.NONCE),
        (with_(nonce=None), Refused.NONCE),
        (with_(aud="another"), Refused.AUDIENCE),
        (with_(aud=None), Refused.AUDIENCE),
        (with_(aud=[CLIENT, "another"]), Refused.AUDIENCE),
        (with_(azp="another"), Refused.AUDIENCE),
        (with_(iss="https://other.example"), Refused.ISSUER),
        (with_(exp=1), Refused.EXPIRED),
        (with_(exp=None), Refused.EXPIRED),
        (with_(exp="soon"), Refused.EXPIRED),
        (with_(iat=1), Refused.EXPIRED),
        (with_(iat=1 << 40), Refused.EXPIRED),
        (with_(iat=True), Refused.EXPIRED),
        (with_(preferred_username=None), Refused.NAME),
        (with_(preferred_username="a\nb"), Refused.NAME),
        (with_(preferred_username="x" * 201), Refused.NAME),
        (with_(preferred_username="Machine"), Refused.NAME),
        (with_(groups=["other"]), Refused.GROUP),
        (with_(groups=None), Refused.GROUP),
        (with_(groups=[["support"], {"a": 1}, 5]), Refused.GROUP),
    ],
)
async def test_a_signed_proof_that_is_not_for_this_sign_in_is_refused(
    oidc: Oidc, http: httpx.AsyncClient, provider: Provider, spoil: Callable[[Claims], Claims], refused: Refused
) -> None:
    """By its claims, each with its own reason."""
    provider.spoil = spoil
    assert await sign_in(oidc, http) is refused


async def test_an_audience_of_several_names_us(oidc: Oidc, http: httpx.AsyncClient, provider: Provider) -> None:
    """As the party that it was made for."""
    provider.spoil = with_(aud=[CLIENT, "another"], azp=CLIENT)
    assert isinstance(await sign_in(oidc, http), SignedIn)


@pytest.mark.parametrize(
    ("sign", "refused"),
    [
        (unsigned, Refused.SIGNATURE),
        (by_shared_secret, Refused.SIGNATURE),
        (by_another_key, Refused.SIGNATURE),
        (lambda _: "a.b.c", Refused.SIGNATURE),
        (lambda _: "", Refused.SIGNATURE),
        (lambda _: "é.é", Refused.SIGNATURE),
        (lambda _: "x" * 100_000, Refused.SIGNATURE),
        (lambda _: 5, Refused.PROVIDER),
    ],
)
async def test_a_proof_that_the_provider_did_not_sign_is_refused(
    oidc: Oidc, http: httpx.AsyncClient, provider: Provider, sign: Callable[[Claims], object], refused: Refused
) -> None:
    """Whatever its claims say."""
    provider.sign = sign
    assert await sign_in(oidc, http) is refused


async def test_keys_rotate(oidc: Oidc, http: httpx.AsyncClient, provider: Provider, clock: Clock) -> None:
    """A key that is not known is asked for, once in a while; one that was withdrawn is forgotten in an hour."""
    assert isinstance(await sign_in(oidc, http), SignedIn)
    provider.signer, provider.published = "second", ["first", "second"]
    assert await sign_in(oidc, http) is Refused.SIGNATURE
    assert provider.asked.count("keys") == 1
    clock.forward(30)
    assert isinstance(await sign_in(oidc, http), SignedIn)
    assert isinstance(await sign_in(oidc, http), SignedIn)
    assert provider.asked.count("keys") == 2
    provider.signer, provider.published = "first", ["second"]
    assert isinstance(await sign_in(oidc, http), SignedIn)
    clock.forward(3600)
    assert await sign_in(oidc, http) is Refused.SIGNATURE


async def test_an_answer_belongs_to_the_browser_that_asked(oidc: Oidc, http: httpx.AsyncClient, clock: Clock) -> None:
    """Not to another one, not without a cookie, not after ten minutes."""
    cookie, query = await begin(oidc, http)
    other, _ = await begin(oidc, http)
    for wrong, state in (
        (other, query["state"]),
        ("", query["state"]),
        (cookie, "x"),
        (cookie, ""),
        (cookie, "\udcff"),
    ):
        assert await oidc.finish(cookie=wrong, state=state, code=query["code"]) is Refused.STATE
    for nonsense in ("touchpoint_sign_in=AAAA", "touchpoint_sign_in=W10", "touchpoint_sign_in=é"):
        assert await oidc.finish(cookie=nonsense, state="", code=query["code"]) is Refused.STATE
    clock.forward(600)
    assert await oidc.finish(cookie=cookie, state=query["state"], code=query["code"]) is Refused.STATE


async def test_a_code_works_once(oidc: Oidc, http: httpx.AsyncClient) -> None:
    """And an answer of another issuer, or without a code, not at all."""
    cookie, query = await begin(oidc, http)
    state, code = query["state"], query["code"]
    assert await oidc.finish(cookie=cookie, state=state, code="") is Refused.PROVIDER
    assert await oidc.finish(cookie=cookie, state=state, code=code, issuer="https://other") is Refused.ISSUER
    assert isinstance(await oidc.finish(cookie=cookie, state=state, code=code), SignedIn)
    assert await oidc.finish(cookie=cookie, state=state, code=code) is Refused.PROVIDER


@pytest.mark.parametrize(
    "away", ["//evil.example", "https://evil.example", "/\\evil.example", "", "x", "/a\nb", "/" + "a" * 600]
)
async def test_a_sign_in_leads_back_to_us(oidc: Oidc, http: httpx.AsyncClient, away: str) -> None:
    """And nowhere else."""
    found = await sign_in(oidc, http, away)
    assert isinstance(found, SignedIn)
    assert found.back_to == "/"


@pytest.mark.parametrize(
    "description",
    [
        lambda found: found | {"issuer": "https://other.example"},
        lambda found: found | {"authorization_endpoint": "http://evil.example/authorize"},
        lambda _: {},
        lambda _: [],
        lambda found: found | {"more": "x" * (1 << 21)},
    ],
)
async def test_a_provider_that_is_not_to_be_trusted_is_not_used(
    oidc: Oidc, provider: Provider, description: Callable[[Claims], object]
) -> None:
    """Of another name, without TLS, or without an end."""
    provider.description = description
    assert await oidc.start() is Refused.PROVIDER


async def test_a_provider_that_is_down_is_said_so(oidc: Oidc, provider: Provider) -> None:
    """And sign-in works again when it is back."""
    description, provider.description = provider.description, lambda _: 1 / 0
    assert await oidc.start() is Refused.PROVIDER
    provider.description = description
    assert isinstance(await oidc.start(), Started)


@pytest.mark.parametrize(
    ("issuer", "redirect_url", "grants"),
    [
        ("http://id.example", DONE, GRANTS),
        ("https://id.example", "http://desk.example/done", GRANTS),
        ("https://id.example", DONE, ()),
        ("no url", DONE, GRANTS),
    ],
)
def test_settings_that_would_be_unsafe_are_refused(
    clock: Clock, issuer: str, redirect_url: str, grants: tuple[Grant, ...]
) -> None:
    """Before anybody signs in."""
    settings = OidcSettings(issuer=issuer, client_id=CLIENT, redirect_url=redirect_url, grants=grants)
    with pytest.raises(SettingError):
        Oidc(settings, SECRET, Client(issuer, httpx.AsyncClient(timeout=PATIENCE_SEC), clock), clock, is_tls=True)
