"""One request: the language of its person, and ways that lead nowhere else."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from streams.desk.console.routes import create_routes
from streams.desk.console.visit import local
from streams.testing.console import MemorySessions
from streams.testing.desk import MemoryDesk


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "es-MX,es;q=0.9,en;q=0.8", "es"),
        ("", "fr, en;q=0.4, es;q=0.7", "es"),
        ("", "de", "en"),
        ("", "es;q=much", "en"),
        ("en", "es", "en"),
        ("xx", "es", "es"),
    ],
)
def test_the_language_is_chosen_preferred_or_english(cookie: str, accepted: str, language: str) -> None:
    """A choice counts most, then the browser."""
    app = Litestar(list(create_routes(MemoryDesk(1), MemorySessions())), openapi_config=None, logging_config=None)
    with TestClient(app) as client:
        headers = {"accept-language": accepted, "cookie": f"touchpoint_language={cookie}"}
        assert f'<html lang="{language}"' in client.get("/login", headers=headers).text


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/cases/a?x=1&y=2", "/cases/a?x=1&y=2"),
        ("", "/"),
        ("https://example.org", "/"),
        ("//example.org", "/"),
        ("/\\example.org", "/"),
        ("/a\r\nSet-Cookie: b=c", "/"),
        ("/caf\u00e9", "/caf%C3%A9"),
    ],
)
def test_a_way_back_is_ours_or_the_queue(path: str, expected: str) -> None:
    """Whatever a form says, nobody is led to another site."""
    assert local(path) == expected
