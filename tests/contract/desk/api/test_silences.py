"""Silences over the API."""

import httpx
import pytest

from streams.desk.access.viewer import Role
from tests.contract.desk.api.conftest import Api
from tests.contract.desk.api.double import NOW

HOUR_MS = 3_600_000
WISH = {"matchers": ['severity="low"'], "ends_at": NOW + HOUR_MS, "comment": "maintenance"}


async def test_a_lead_silences_everybody_sees_it_and_it_is_ended(api: Api) -> None:
    """Who made it is who asked."""
    async with await api.client(Role.LEAD) as lead, await api.client(Role.AGENT, name="luis") as agent:
        made = await lead.post("/api/v1/silences", json=WISH)
        assert (made.status_code, made.json()["author"]) == (201, "anna")
        assert [each["id"] for each in (await agent.get("/api/v1/silences")).json()] == [made.json()["id"]]
        address = f"/api/v1/silences/{made.json()['id']}"
        assert (await agent.delete(address)).status_code == httpx.codes.FORBIDDEN
        assert (await lead.delete(address)).status_code == httpx.codes.OK
        assert (await lead.delete(address)).status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize(
    ("change", "language", "detail"),
    [
        ({"ends_at": 1}, "en", "$: it is over already"),
        ({"ends_at": 1}, "es", "$: ya ha terminado"),
        ({"matchers": []}, "en", "$.matchers: Expected `array` of length >= 1"),
        ({"author": "ben"}, "en", "$: a name or value that is not known"),
    ],
)
async def test_what_is_wrong_is_said(api: Api, change: dict[str, object], language: str, detail: str) -> None:
    """In the language of whoever asks, and nobody silences in another one's name."""
    async with await api.client(Role.LEAD) as lead:
        answer = await lead.post("/api/v1/silences", json=WISH | change, headers={"accept-language": language})
    assert (answer.status_code, answer.json()["detail"]) == (422, detail)
