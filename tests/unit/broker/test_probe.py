"""Telling a serving broker from a starting one and from other programs."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from streams.broker import probe
from streams.broker.probe import FIRST_PORT, PORTS, free_port, is_free, serving_brokers
from streams.errors import BrokerError
from streams.testing.patience import PATIENCE_SEC


@contextmanager
def _server(answer: bytes) -> Iterator[int]:
    """Listen, give each connection the same answer, and close it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def _metadata(brokers: int, correlation: int = 1) -> bytes:
    body = struct.pack(">ii", correlation, brokers)
    return struct.pack(">i", len(body)) + body


@pytest.mark.parametrize("brokers", [0, 1, 3])
def test_living_brokers_are_counted(brokers: int) -> None:
    """0 is a broker that nobody has let in yet."""
    with _server(_metadata(brokers)) as port:
        assert serving_brokers(port, PATIENCE_SEC) == brokers


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", _metadata(1)[:6], _metadata(1, correlation=7), struct.pack(">i", 2)],
    ids=["nothing", "web server", "cut short", "someone else's answer", "too short"],
)
def test_other_programs_are_not_brokers(answer: bytes) -> None:
    """Whatever else answers on the port is told apart."""
    with _server(answer) as port:
        assert serving_brokers(port) is None


def test_an_owned_port_is_not_free() -> None:
    """A port with a listener is in use, one without is free."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert not is_free(listener.getsockname()[1])
    port = free_port()
    assert is_free(port)
    assert serving_brokers(port) is None


def test_a_port_is_given_once_and_never_to_a_connection() -> None:
    """Neither another caller nor the near end of somebody's connection takes it before it is used."""
    given = [free_port() for _ in range(200)]
    assert len(set(given)) == 200
    assert all(FIRST_PORT <= port < FIRST_PORT + PORTS <= 32_768 for port in given)


def test_a_port_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others listen on is not given away; when all is taken, that is said."""
    monkeypatch.setattr(probe, "is_free", lambda port: port % 3 == 0)
    assert free_port() % 3 == 0
    monkeypatch.setattr(probe, "is_free", lambda _: False)
    with pytest.raises(BrokerError, match="no port"):
        free_port()
