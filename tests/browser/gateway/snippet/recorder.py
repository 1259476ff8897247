"""A gateway that only keeps what pages send, and beside it, on an origin of its own, the site that has the pages."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import msgspec
from playwright.sync_api import Page

from streams.gateway.connect.assets import touchpoint_js
from streams.testing.patience import PATIENCE_SEC


def until(page: Page, expression: str) -> None:
    """Return as soon as an expression is true in a page whose clock stands still."""
    deadline = time.monotonic() + PATIENCE_SEC
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression


class Request(msgspec.Struct, frozen=True):
    """One request at the gateway, and how it was answered."""

    method: str
    key: str
    media_type: str
    items: list[dict[str, Any]]
    status: int


class Recorder:
    """The two servers; `status` is what the gateway answers next."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.status = 200
        self.html = ""
        self._changed = threading.Condition()
        self._gateway = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._gateway_get, self._take))
        self._site = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._site_get, self._take))
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            for server in (self._gateway, self._site)
        ]

    @property
    def script(self) -> str:
        """Where the script is."""
        return f"http://127.0.0.1:{self._gateway.server_port}/touchpoint.js"

    @property
    def site(self) -> str:
        """Where the pages are: another origin."""
        return f"http://127.0.0.1:{self._site.server_port}"

    @property
    def items(self) -> list[dict[str, Any]]:
        """Everything that was answered with success, in its order."""
        with self._changed:
            return [item for request in self.requests if request.status == 200 for item in request.items]

    def types(self) -> list[str]:
        """Return the types of all that was taken but page views."""
        return [item["type"] for item in self.items if item["type"] != "page.viewed"]

    def wait(self, is_there: Callable[[], bool], page: Page | None = None) -> None:
        """Return as soon as it is there; fail when it does not come. The clock of a page runs meanwhile."""
        until = time.monotonic() + PATIENCE_SEC
        while time.monotonic() < until:
            if page is not None:
                page.clock.run_for(100)
            with self._changed:
                if self._changed.wait_for(is_there, PATIENCE_SEC if page is None else 0.05):
                    return
        raise AssertionError([item["type"] for item in self.items])

    def wait_for(self, type_: str, page: Page | None = None) -> dict[str, Any]:
        """Return the first touchpoint of a type."""
        self.wait(lambda: any(item["type"] == type_ for item in self.items), page)
        return next(item for item in self.items if item["type"] == type_)

    def _gateway_get(self, path: str) -> tuple[str, bytes]:
        asset = touchpoint_js()
        return asset.media_type, asset.body

    def _site_get(self, path: str) -> tuple[str, bytes]:
        return "text/html; charset=utf-8", self.html.encode()

    def _take(self, request: BaseHTTPRequestHandler) -> int:
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        with self._changed:
            status = self.status
            self.requests.append(
                Request(
                    request.command,
                    parse_qs(urlsplit(request.path).query).get("key", [""])[0],
                    request.headers.get("Content-Type", ""),
                    msgspec.json.decode(body) if body else [],
                    status,
                )
            )
            self._changed.notify_all()
        return status

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server, thread in zip((self._gateway, self._site), self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def _handler(
    get: Callable[[str], tuple[str, bytes]], take: Callable[[BaseHTTPRequestHandler], int]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, *get(self.path))

        def do_POST(self) -> None:
            self._answer(take(self), "application/json", b"{}")

        do_OPTIONS = do_POST  # noqa: N815 # the name is the interface's

        def _answer(self, status: int, media_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the name is the interface's
            """Say nothing."""

    return Handler
