"""Cases over HTTP."""

from typing import Final

import pytest

from streams.desk.access.viewer import Role
from tests.contract.desk.api.conftest import Api


async def test_the_queue_is_given_page_by_page(api: Api) -> None:
    """`after` leads to the next ones; an empty one is the end."""
    async with await api.client(Role.AGENT) as client:
        first = (await client.get("/api/v1/cases", params={"limit": 2})).json()
        second = (await client.get("/api/v1/cases", params={"limit": 2, "after": first["after"]})).json()
    assert [each["case_id"] for each in first["rows"] + second["rows"]] == ["c1", "c2", "c3"]
    assert (first["total"], second["after"]) == (3, "")


async def test_filters_and_teams_cut_the_queue(api: Api) -> None:
    """Somebody of one team sees no case of another, by no way."""
    async with await api.client(Role.AGENT, teams=frozenset({"web"})) as client:
        rows = (await client.get("/api/v1/cases", params={"status": ["open", "waiting"]})).json()["rows"]
        assert [each["case_id"] for each in rows] == ["c1", "c2"]
        for path in ("", "/trail", "/journey"):
            assert (await client.get(f"/api/v1/cases/c3{path}")).status_code == 404
        answer = await client.post("/api/v1/cases/c3/commands", json={"do": "claim"})
        assert (answer.status_code, answer.json()["reason"]) == (404, "unknown")


async def test_a_query_that_does_not_fit_is_refused(api: Api) -> None:
    """With what is expected, and without what was given."""
    wrong = ("limit=0", "limit=501", "limit=x", "status=sleeping", "colour=red", "search=a&search=b", "search=%00")
    async with await api.client(Role.AGENT) as client:
        for query in (*wrong, "snoozed=perhaps", f"tag={'x' * 201}", "&".join(["rule=x"] * 201)):
            answer = await client.get(f"/api/v1/cases?{query}")
            assert (query, answer.status_code) == (query, 422)
            assert answer.headers["content-type"] == "application/problem+json"
            assert not any(word in answer.text for word in ("sleeping", "colour", "red", "perhaps"))


async def test_a_case_is_given_whole(api: Api) -> None:
    """As its card shows it."""
    async with await api.client(Role.AGENT) as client:
        card = (await client.get("/api/v1/cases/c1")).json()
    assert card["row"]["case_id"] == "c1"
    assert card["who"]["masked"] == "c***9"


async def test_a_command_answers_with_the_case_as_it_is_now(api: Api) -> None:
    """The revision has grown, the trail has a line."""
    async with await api.client(Role.AGENT) as client:
        answer = await client.post("/api/v1/cases/c1/commands", json={"do": "claim", "revision": 1})
        assert answer.status_code == 200
        assert (answer.json()["row"]["revision"], answer.json()["row"]["assignee"]) == (2, "anna")
        lines = (await client.get("/api/v1/cases/c1/trail")).json()
    assert [(line["who"], line["action"]) for line in lines] == [("machine", "opened"), ("anna", "claim")]


@pytest.mark.parametrize(
    ("command", "status", "reason"),
    [
        ({"do": "claim", "revision": 9}, 409, "outdated"),
        ({"do": "release"}, 409, "nothing"),
        ({"do": "reopen"}, 409, "not_closed"),
        ({"do": "wait", "until": 5}, 422, "in_past"),
        ({"do": "note", "text": "x" * 2001}, 422, "too_long"),
        ({"do": "assign", "to": "ben"}, 403, "forbidden"),
        ({"do": "move", "team": "chat"}, 403, "forbidden"),
    ],
)
async def test_a_refused_command_says_why(api: Api, command: dict[str, object], status: int, reason: str) -> None:
    """In a problem of its own, with the case as it is where the desk gave it."""
    async with await api.client(Role.AGENT) as client:
        answer = await client.post("/api/v1/cases/c1/commands", json=command)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["reason"]) == (status, status, reason)
    assert problem["type"] == f"urn:touchpoint:problem:{reason}"
    assert ("row" in problem) is (reason != "forbidden")


async def test_the_second_who_claims_sees_who_was_first(api: Api) -> None:
    """Two agents never hold one case."""
    async with await api.client(Role.AGENT) as anna, await api.client(Role.AGENT, name="ben") as ben:
        await anna.post("/api/v1/cases/c1/commands", json={"do": "claim", "revision": 1})
        late = await ben.post("/api/v1/cases/c1/commands", json={"do": "claim", "revision": 1})
        informed = await ben.post("/api/v1/cases/c1/commands", json={"do": "claim", "revision": 2})
    assert (late.status_code, late.json()["reason"]) == (409, "outdated")
    assert (informed.status_code, informed.json()["reason"]) == (409, "held")
    assert informed.json()["row"]["assignee"] == "anna"


WRONG_BODIES: Final = [
    (b"{", 400, ""),
    (b"", 400, ""),
    (b"\xff", 400, ""),
    (b'{"do":"note","text":"\xed\xa0\x80"}', 400, ""),
    (b'{"do":"note","text":"\\ud800"}', 400, ""),
    (b"[" * 5000, 422, "$: Expected `object`, got `array`"),
    (b'{"do":"note","text":' + b"[" * 100_000, 422, "$.text: Expected `str`, got `array`"),
    (b'{"do":"note","more":' + b"[" * 100_000, 400, ""),
    (b'{"do":"note","text":7}', 422, "$.text: Expected `str`, got `int`"),
    (b'{"do":"note"}', 422, "$: Object missing required field `text`"),
    (b'{"do":"anna@example.com"}', 422, "$.do: a name or value that is not known"),
    (b'{"do":"claim","revision":"1"}', 422, "$.revision: Expected `int`, got `str`"),
    (b'{"do":"wait","until":1' + b"0" * 40 + b"}", 422, "a number that is too large"),
    (b'{"do":"note","text":"\\u0000"}', 422, "NUL"),
    (b'{"do":"reach","how":"called","data":{"anna@example.com":[1]}}', 422, "$.data[...]: Expected"),
    (b'{"do":"note","text":"' + b"x" * (1 << 18) + b'"}', 413, ""),
]


async def test_a_body_that_does_not_fit_is_refused(api: Api) -> None:
    """Nothing reaches the desk, and nothing of the body comes back."""
    headers = {"content-type": "application/json"}
    async with await api.client(Role.AGENT) as client:
        for body, status, detail in WRONG_BODIES:
            answer = await client.post("/api/v1/cases/c1/commands", content=body, headers=headers)
            assert (body[:60], answer.status_code) == (body[:60], status)
            assert detail in answer.json().get("detail", "")
            assert "anna" not in answer.text
    assert api.desk.acts == 0


async def test_a_body_must_say_that_it_is_json(api: Api) -> None:
    """So that no form of another site can send one."""
    async with await api.client(Role.AGENT) as client:
        for media_type in ("text/plain", "application/x-www-form-urlencoded", ""):
            headers = {"content-type": media_type}
            answer = await client.post("/api/v1/cases/c1/commands", content=b'{"do":"claim"}', headers=headers)
            assert answer.status_code == 415
    assert api.desk.acts == 0


async def test_a_bulk_answers_for_each_item(api: Api) -> None:
    """In their order; one that is refused stops no other."""
    items = [
        {"case_id": "c1", "command": {"do": "claim", "revision": 1}},
        {"case_id": "nobody", "command": {"do": "claim"}},
        {"case_id": "c2", "command": {"do": "claim", "revision": 4}},
        {"case_id": "c3", "command": {"do": "assign", "to": "ben"}},
    ]
    async with await api.client(Role.LEAD) as client:
        answer = await client.post("/api/v1/cases/commands", json={"items": items})
    assert answer.status_code == 200
    found = [(each["case_id"], each["status"], each.get("reason", "")) for each in answer.json()["items"]]
    assert found == [("c1", 200, ""), ("nobody", 404, "unknown"), ("c2", 409, "outdated"), ("c3", 200, "")]


@pytest.mark.parametrize("count", [0, 501])
async def test_a_bulk_is_bounded(api: Api, count: int) -> None:
    """One to five hundred items."""
    items = [{"case_id": f"c{number}", "command": {"do": "claim"}} for number in range(count)]
    async with await api.client(Role.LEAD) as client:
        assert (await client.post("/api/v1/cases/commands", json={"items": items})).status_code == 422


async def test_a_bulk_has_each_case_once(api: Api) -> None:
    """Or the order in which they are done would decide."""
    items = [{"case_id": "c1", "command": {"do": "claim"}}] * 2
    async with await api.client(Role.LEAD) as client:
        assert (await client.post("/api/v1/cases/commands", json={"items": items})).status_code == 422
    assert api.desk.acts == 0


async def test_a_reveal_needs_a_reason_and_is_written_down(api: Api) -> None:
    """Others do not see that line, the privacy officer does."""
    async with await api.client(Role.AGENT) as anna:
        assert (await anna.post("/api/v1/cases/c1/reveal", json={"why": ""})).status_code == 422
        revealed = await anna.post("/api/v1/cases/c1/reveal", json={"why": "to call back"})
        assert revealed.json() == {"customer": "cust-000129", "traits": {"mail": "anna@example.com"}}
        mine = (await anna.get("/api/v1/cases/c1/trail")).json()
    async with await api.client(Role.LEAD, name="ben") as ben:
        others = (await ben.get("/api/v1/cases/c1/trail")).json()
        card = (await ben.get("/api/v1/cases/c1")).json()["trail"]
    async with await api.client(Role.PRIVACY, name="eva") as eva:
        officer = (await eva.get("/api/v1/cases/c1/trail")).json()
    found = [[line["action"] for line in lines] for lines in (mine, others, card, officer)]
    assert found == [["opened", "revealed"], ["opened"], ["opened"], ["opened", "revealed"]]


async def test_an_incident_is_recovered_at_once(api: Api) -> None:
    """Every open case of it gets the command in its own name; the others stay."""
    async with await api.client(Role.LEAD) as client:
        assert [each["number"] for each in (await client.get("/api/v1/incidents")).json()] == [7]
        assert (await client.get("/api/v1/incidents/7")).json()["cases"] == 2
        body = {"command": {"do": "reach", "how": "apologised"}}
        answer = await client.post("/api/v1/incidents/7/commands", json=body)
        assert answer.json() == {"done": 2, "refused": {}}
        assert (await client.post("/api/v1/incidents/8/commands", json=body)).status_code == 404
    assert {key: each.revision for key, each in api.desk.rows.items()} == {"c1": 2, "c2": 1, "c3": 2}
