"""Who may come in, and what nobody may send."""

import httpx
import pytest

from streams.desk.access.roles import RIGHTS
from streams.desk.access.viewer import Role
from streams.desk.api.operation import Operation
from streams.desk.api.table import OPERATIONS
from streams.testing.patience import PATIENCE_SEC
from tests.contract.desk.api.conftest import Api

BODIES = {
    "commandCases": {"items": [{"case_id": "c1", "command": {"do": "acknowledge"}}]},
    "commandCase": {"do": "acknowledge"},
    "reveal": {"why": "to call back"},
    "commandIncident": {"command": {"do": "acknowledge"}},
    "createToken": {"name": "x", "roles": ["agent"]},
}


async def call(client: httpx.AsyncClient, operation: Operation, **headers: str) -> int:
    """Call an operation in a way that would be right; return its status."""
    path = (
        operation.path.replace("{case_id:str}", "c1").replace("{number:str}", "7").replace("{token_id:str}", "0" * 16)
    )
    body = BODIES.get(operation.name)
    async with client.stream(operation.method, path, json=body, headers=headers) as answer:
        return answer.status_code


async def test_nobody_gets_nothing(api: Api) -> None:
    """Without a token, with a wrong one, and with a cookie of no session."""
    wrong = f"Bearer tpd_{'0' * 16}_{'A' * 43}"
    async with await api.client() as client:
        for headers in ({}, {"authorization": wrong}, {"cookie": f"touchpoint_desk={'A' * 43}"}):
            found = {operation.name: await call(client, operation, **headers) for operation in OPERATIONS}
            assert set(found.values()) == {401}, found


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_gets_what_the_table_says(api: Api, role: Role) -> None:
    """Everything else is forbidden."""
    async with await api.client(role) as client:
        for operation in OPERATIONS:
            status = await call(client, operation)
            is_allowed = operation.right is None or operation.right in RIGHTS[role]
            assert (operation.name, status != 403) == (operation.name, is_allowed)


async def test_a_session_changes_things_with_its_csrf_token_alone(api: Api) -> None:
    """Looking needs none."""
    cookie = await api.parts.sessions.sign_in(await api.token(Role.AGENT))
    assert cookie is not None
    async with await api.client() as client:
        client.headers["cookie"] = f"{cookie.name}={cookie.value}"
        csrf = (await client.get("/api/v1/me")).json()["csrf"]
        bare = await client.post("/api/v1/cases/c1/commands", json={"do": "claim"})
        good = await client.post("/api/v1/cases/c1/commands", json={"do": "claim"}, headers={"x-csrf-token": csrf})
        assert (bare.status_code, bare.json()["reason"], good.status_code) == (403, "csrf", 200)
        assert (await client.delete("/api/v1/session")).status_code == 403
        gone = await client.delete("/api/v1/session", headers={"x-csrf-token": csrf})
        assert (gone.status_code, "Max-Age=0" in gone.headers["set-cookie"]) == (204, True)
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_who_i_am(api: Api) -> None:
    """With what I may do; a program needs no CSRF token."""
    async with await api.client(Role.COACH, name="carla") as client:
        found = (await client.get("/api/v1/me")).json()
    assert (found["viewer"]["name"], found["rights"], found["csrf"]) == ("carla", ["figures", "see"], "")


async def test_an_admin_makes_and_ends_tokens(api: Api) -> None:
    """The text is shown once, and opens nothing after that."""
    async with await api.client(Role.ADMIN) as admin:
        made = await admin.post("/api/v1/tokens", json={"name": "bot", "roles": ["agent"], "teams": ["web"]})
        text, token = made.json()["text"], made.json()["token"]
        assert (made.status_code, text.startswith(f"tpd_{token['id']}_")) == (201, True)
        assert text not in (await admin.get("/api/v1/tokens")).text
        async with httpx.AsyncClient(
            base_url=api.url, headers={"authorization": f"Bearer {text}"}, timeout=PATIENCE_SEC
        ) as bot:
            assert (await bot.get("/api/v1/cases")).json()["total"] == 2
            assert (await admin.delete(f"/api/v1/tokens/{token['id']}")).status_code == 204
            assert (await bot.get("/api/v1/cases")).status_code == 401
        assert (await admin.delete("/api/v1/tokens/" + "0" * 16)).status_code == 404
        past = await admin.post("/api/v1/tokens", json={"name": "bot", "roles": ["agent"], "expires_at": 5})
        assert past.status_code == 422


async def test_what_is_not_there_is_a_problem_too(api: Api) -> None:
    """With the same form, in the language that was asked for."""
    expected = {
        "GET /api/v1/nothing": 404,
        "GET /nothing": 404,
        "GET /api/v1/cases/%00": 404,
        "GET /api/v1/cases/%FF": 404,
        f"GET /api/v1/cases/{'x' * 65}": 404,
        "GET /api/v1/incidents/-1": 404,
        f"GET /api/v1/incidents/{'9' * 31}": 404,
        f"GET /api/v1/incidents/{1 << 31}": 404,
        "GET /api/v1/incidents/%D9%A7": 404,
        "PUT /api/v1/cases": 405,
        "TRACE /api/v1/cases": 405,
    }
    found = {}
    async with await api.client(Role.AGENT) as client:
        for line in expected:
            method, path = line.split()
            answer = await client.request(method, path, headers={"accept-language": "es-ES,es"})
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["title"] in {"Aquí no hay tal cosa", "Este método no es para esta dirección"}
            found[line] = answer.status_code
    assert found == expected


async def test_every_answer_has_the_headers_of_safety(api: Api) -> None:
    """And none that opens us to pages of others."""
    async with await api.client(Role.AGENT) as client:
        for path in ("/api/v1/cases", "/nothing", "/healthz", "/docs", "/openapi.json"):
            headers = (await client.get(path, headers={"origin": "https://other.example"})).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-frame-options"] == "DENY"
            assert "access-control-allow-origin" not in headers


async def test_health_is_for_everybody(api: Api) -> None:
    """Alive is always said, ready where it is so."""
    async with await api.client() as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).json() == {"status": "ready"}
        api.is_ready = False
        assert (await client.get("/readyz")).status_code == 503
