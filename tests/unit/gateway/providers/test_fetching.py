"""Certificates and keys are fetched seldom, from whom the caller chose, and in bounds."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from streams.gateway.providers.fetching import FAILED_MS, KEPT, MOST_BYTES, Documents, over_https


class Counting:
    """Answers with its count, or not at all, and remembers who asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_down = False

    def __call__(self, url: str) -> bytes | None:
        """Return an answer."""
        self.asked.append(url)
        return None if self.is_down else str(len(self.asked)).encode()


def test_a_document_is_fetched_once_in_its_time() -> None:
    """What is kept is not asked for again until it is old."""
    fetch = Counting()
    documents = Documents(fetch)
    assert [documents.get("u", at, 1_000) for at in (0, 999, 1_000, 1_500)] == [b"1", b"1", b"2", b"2"]


def test_what_failed_is_not_asked_for_all_the_time() -> None:
    """Nobody can make us ask again and again."""
    fetch = Counting()
    fetch.is_down = True
    documents = Documents(fetch)
    assert [documents.get("u", at, 1) for at in (0, FAILED_MS - 1)] == [None, None]
    assert len(fetch.asked) == 1
    fetch.is_down = False
    assert documents.get("u", FAILED_MS, 1) == b"2"


def test_few_documents_are_kept() -> None:
    """Many addresses push each other out."""
    fetch = Counting()
    documents = Documents(fetch)
    for number in range(KEPT + 1):
        documents.get(f"u{number}", 0, 1_000)
    documents.get(f"u{KEPT}", 1, 1_000)
    documents.get("u0", 1, 1_000)
    assert fetch.asked[KEPT + 1 :] == ["u0"]


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        size = MOST_BYTES + 1 if self.path == "/large" else 2
        self.send_response({"/moved": 302, "/none": 404}.get(self.path, 200))
        self.send_header("Location", "/small")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(b"x" * size)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """Serve on this machine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{found.server_address[1]}"
        found.shutdown()
        thread.join()


@pytest.mark.parametrize(("path", "expected"), [("/small", b"xx"), ("/large", None), ("/moved", None), ("/none", None)])
def test_only_a_small_direct_answer_counts(server: str, path: str, expected: bytes | None) -> None:
    """A redirect, an error and an endless document are no answer."""
    assert over_https(f"{server}{path}") == expected


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "nothing", "http://[", "ftp://x/"])
def test_an_address_that_does_not_answer_is_none(url: str) -> None:
    """Whoever cannot be reached gave nothing."""
    assert over_https(url) is None
