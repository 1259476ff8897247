"""Ask a port whether a Kafka broker serves there, with one request of the Kafka protocol itself.

An open port proves nothing: a broker opens it before it takes part in its cluster, and another program may own it.
"""

import os
import socket
import struct
from itertools import count
from typing import Final

from streams.broker.properties import HOST
from streams.errors import BrokerError

METADATA: Final = 3
METADATA_VERSION: Final = 1  # the oldest that can ask for no topics; every broker since 0.10 answers it
CLIENT: Final = b"touchpoint-probe"
LARGEST_ANSWER: Final = 1 << 20
# Below 32768, where systems begin to take ports for outgoing connections: one of those could be gone before it is
# used, and who asks again and again whether somebody listens there may end up connected to itself.
FIRST_PORT: Final = 10_240
PORTS: Final = 20_480
_SPREAD: Final = 7_919  # a prime, so that processes that were started one after the other begin far apart
_turns: Final = count()


def serving_brokers(port: int, timeout_sec: float = 1.0, host: str = HOST) -> int | None:
    """Return how many brokers the cluster at this port counts as alive; None when no Kafka answers.

    0 means that it is still starting. The broker itself counts once the controller has let it in.
    """
    request = struct.pack(f">hhih{len(CLIENT)}si", METADATA, METADATA_VERSION, 1, len(CLIENT), CLIENT, 0)
    try:
        with socket.create_connection((host, port), timeout_sec) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            (size,) = struct.unpack(">i", _read(connection, 4))
            if not 8 <= size <= LARGEST_ANSWER:
                return None
            correlation, brokers = struct.unpack_from(">ii", _read(connection, size))
    except (OSError, EOFError):
        return None
    return int(brokers) if correlation == 1 else None


def is_free(port: int) -> bool:
    """Tell whether a broker could listen on this loopback port now."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does; else a restart waits a minute
        try:
            candidate.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a loopback port that nobody listens on, and that nobody but the caller is likely to take soon.

    A process is given each port once, and processes begin in different places.
    """
    for _ in range(PORTS):
        port = FIRST_PORT + (os.getpid() * _SPREAD + next(_turns)) % PORTS
        if is_free(port):
            return port
    raise BrokerError("no port of the loopback is free", remedy="see what listens on so many", place=HOST)


def _read(connection: socket.socket, size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        chunk = connection.recv(size - len(content))
        if not chunk:
            raise EOFError
        content += chunk
    return bytes(content)
