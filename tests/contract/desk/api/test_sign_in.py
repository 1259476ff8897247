"""Sign-in with OpenID Connect as a browser does it."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx
import pytest

from streams.desk.access.attempts import Brake, BrakePolicy
from streams.desk.access.id_token import Grant, OidcSettings
from streams.desk.access.oidc import Oidc
from streams.desk.access.provider import Provider as Client
from streams.desk.access.viewer import Role
from streams.desk.api.app import create_app
from streams.desk.api.sign_in import DONE, create_oidc_routes
from streams.testing.patience import PATIENCE_SEC
from streams.testing.served import listening
from tests.contract.desk.access.provider import CLIENT, SECRET, Provider, serving
from tests.contract.desk.api.conftest import Api, standing


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Serve one."""
    async with serving(Provider(standing)) as found:
        yield found


@pytest.fixture
async def browser(api: Api, provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    """Go to a desk that signs people in; redirects are followed by hand."""
    settings = OidcSettings(
        issuer=provider.issuer,
        client_id=CLIENT,
        redirect_url=f"http://127.0.0.1:9{DONE}",
        grants=(Grant(group="support", roles=frozenset({Role.AGENT})),),
    )
    async with httpx.AsyncClient(timeout=PATIENCE_SEC) as http:
        oidc = Oidc(settings, SECRET, Client(provider.issuer, http, standing), standing, is_tls=False)
        routes = create_oidc_routes(oidc, api.parts.sessions, Brake(BrakePolicy(failures=2), standing))
        async with (
            listening(create_app(api.parts, is_ready=api.ready, beside=[routes])) as url,
            httpx.AsyncClient(base_url=url, timeout=PATIENCE_SEC) as client,
        ):
            yield client


async def there(browser: httpx.AsyncClient, page: str = "/cases/c1") -> str:
    """Go to the provider; return the address that it sends the browser back to, at this desk."""
    start = await browser.get("/sign-in/oidc", params={"next": page})
    assert start.status_code == 303
    back = urlsplit((await browser.get(start.headers["location"])).headers["location"])
    return f"{back.path}?{back.query}"


async def test_a_person_signs_in_and_out(browser: httpx.AsyncClient) -> None:
    """With a session as good as any; what the sign-in had to remember is gone."""
    done = await browser.get(await there(browser))
    assert (done.status_code, done.headers["location"]) == (303, "/cases/c1")
    assert set(browser.cookies) == {"touchpoint_desk"}
    me = (await browser.get("/api/v1/me")).json()
    assert (me["viewer"]["name"], me["viewer"]["roles"]) == ("anna", ["agent"])
    assert (await browser.delete("/api/v1/session", headers={"x-csrf-token": me["csrf"]})).status_code == 204
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_who_has_no_group_is_told_so(browser: httpx.AsyncClient, provider: Provider) -> None:
    """In their language, with a way back, and without a session."""
    provider.person["groups"] = []
    answer = await browser.get(await there(browser), headers={"accept-language": "es"})
    assert answer.status_code == 403
    assert "Ninguno de sus grupos tiene un rol aquí." in answer.text
    assert '<a href="/login">Intentar de nuevo</a>' in answer.text
    assert not set(browser.cookies)


async def test_answers_that_nobody_asked_for_are_braked(browser: httpx.AsyncClient) -> None:
    """After two failures the address waits."""
    statuses = [(await browser.get(DONE, params={"state": "x", "code": "y"})).status_code for _ in range(3)]
    assert statuses == [400, 400, 429]


async def test_a_provider_that_is_down_is_said_so(browser: httpx.AsyncClient, provider: Provider) -> None:
    """As its fault, not ours."""
    provider.description = lambda _: None
    answer = await browser.get("/sign-in/oidc")
    assert (answer.status_code, "sign-in service" in answer.text) == (502, True)
