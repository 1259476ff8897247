"""What a health check says of a service."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner

from streams.broker.probe import free_port
from streams.cli.healthy import command
from streams.errors import TouchpointError, UsageError


class Service(BaseHTTPRequestHandler):
    """Ready under one path, recovering under all others."""

    def do_GET(self) -> None:
        """Answer."""
        is_ready = self.path == "/readyz?full"
        self.send_response(200 if is_ready else 503)
        self.end_headers()
        self.wfile.write(b"ready\n" if is_ready else b"1 of 4 owned partitions are recovered\nmore\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class calls it
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    """A service on a free port."""
    server = HTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


Check = Callable[[str], str]


@pytest.fixture
def check() -> Check:
    """Run the check as the command line does; returns what it prints, raises what it explains."""

    def run(url: str) -> str:
        done = CliRunner().invoke(command, [url])
        if done.exception is not None:
            raise done.exception
        return done.output

    return run


def test_ready_is_healthy(service: str, check: Check) -> None:
    """The answer is shown."""
    assert check(f"{service}/readyz?full") == "ready\n"


def test_what_is_not_ready_says_why(service: str, check: Check) -> None:
    """Status and the first line of the answer, with the exit code of a failure."""
    with pytest.raises(TouchpointError) as caught:
        check(f"{service}/readyz")
    assert (caught.value.exit_code, str(caught.value)) == (
        1, f"{service}/readyz answers 503: 1 of 4 owned partitions are recovered",
    )  # fmt: skip


def test_who_does_not_answer_is_not_healthy(check: Check) -> None:
    """The cause is named."""
    with pytest.raises(TouchpointError) as caught:
        check(f"http://127.0.0.1:{free_port()}/readyz")
    assert (caught.value.exit_code, caught.value.message) == (1, "no answer: Connection refused")


@pytest.mark.parametrize("url", ["127.0.0.1:9102", "ftp://127.0.0.1/", "http://:9102/", "http://a:b/", ""])
def test_what_is_no_address_is_refused(url: str, check: Check) -> None:
    """With the exit code of a mistake in the call."""
    with pytest.raises(UsageError) as caught:
        check(url)
    assert caught.value.exit_code == 2
