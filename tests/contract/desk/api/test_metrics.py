"""The page of metrics is for a scraper on this machine."""

import httpx
import pytest
from litestar import Litestar

from streams.desk.api.metrics import create_metrics
from streams.telemetry.desk import DeskReading, DeskRecorder
from streams.testing.patience import PATIENCE_SEC
from streams.testing.served import listening


async def page(accept: str) -> tuple[bytes, str]:
    """Return the page of a desk with three cases."""
    recorder = DeskRecorder()
    recorder.take(DeskReading(open_cases={"web": 3}))
    return recorder.page(accept)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [("", "text/plain"), ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text")],
)
async def test_a_scraper_on_this_machine_reads_it(accept: str, media_type: str) -> None:
    """In the format that it asks for, without a sign-in."""
    async with (
        listening(Litestar([create_metrics(page)], openapi_config=None)) as url,
        httpx.AsyncClient(timeout=PATIENCE_SEC) as client,
    ):
        answer = await client.get(f"{url}/metrics", headers={"accept": accept})
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["content-type"].startswith(media_type)
    assert 'touchpoint_desk_open_cases{team="web"} 3' in answer.text


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip"])
async def test_who_comes_through_a_proxy_finds_nothing(header: str) -> None:
    """Even one that says it is this machine."""
    async with (
        listening(Litestar([create_metrics(page)], openapi_config=None)) as url,
        httpx.AsyncClient(timeout=PATIENCE_SEC) as client,
    ):
        answer = await client.get(f"{url}/metrics", headers={header: "127.0.0.1"})
    assert answer.status_code == httpx.codes.NOT_FOUND
    assert "touchpoint_desk" not in answer.text
