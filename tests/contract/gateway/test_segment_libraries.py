"""What Segment's own libraries send is understood: the real ones, in front of a real server."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from segment.analytics.client import Client

from streams.broker.cache import cache_folder
from streams.gateway.candidate import Candidate, Identity
from streams.gateway.identity.hashing import Hasher
from streams.gateway.outcome import Ignored, Refused, Why
from streams.gateway.segment.calls import read, write_key
from streams.testing.gateway import SERVER, MemoryGateway
from streams.testing.patience import PATIENCE_SEC
from streams.testing.served import Served
from tests.contract.gateway.listener import Listener

KEY = "wk_contract"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NOON_MS = 1_777_636_800_000
NODE = Path(__file__).parent / "node"
ANA = Identity(customer="7")
EXPECTED: Sequence[Candidate | Ignored] = [
    Candidate(
        type="order.completed",
        id="m-order",
        time=NOON_MS,
        subject="order:50",
        identity=ANA,
        data={"items": [{"sku": "p-1", "quantity": 2, "amount": 25.5}], "amount": 25.5, "currency": "EUR"},
    ),
    Candidate(
        type="payment.failed",
        id="m-payment",
        time=NOON_MS,
        identity=Identity(anonymous_id="b-1"),
        data={"reason": "declined"},
    ),
    Candidate(type="page.viewed", id="m-page", time=NOON_MS, identity=ANA, data={"path": "/home", "name": "Home"}),
    Candidate(type="page.viewed", id="m-screen", time=NOON_MS, identity=ANA, data={"path": "Cart", "name": "Cart"}),
    Candidate(
        type="customer.updated",
        id="m-identify",
        time=NOON_MS,
        identity=Identity(customer="7", anonymous_id="b-1", email="Ana@shop.example"),
        data={"tier": "gold"},
        links=True,
    ),
    Candidate(
        type="identity.linked",
        id="m-alias-anonymous_id",
        time=NOON_MS,
        identity=Identity(anonymous_id="b-0"),
        data={"to": "7", "namespace": "anonymous_id"},
    ),
    Candidate(
        type="identity.linked",
        id="m-alias-user_id",
        time=NOON_MS,
        identity=Identity(customer="b-0"),
        data={"to": "7", "namespace": "user_id"},
    ),
    Ignored(Why.UNMAPPED, "journeys are of people, not of groups"),
]


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A server that keeps what it is sent."""
    with Listener() as server:
        yield server


def understood(listener: Listener) -> list[Candidate | Ignored | Refused]:
    """Return what all that came means; each request bears the key twice, and both are the same."""
    for heard in listener.heard:
        assert write_key(heard.authorization, heard.body) == KEY
        assert write_key("", heard.body) == KEY
    return [item for heard in listener.heard for item in read(heard.path.removeprefix("/v1/"), heard.body)]


def send(host: str, key: str, **options: Any) -> None:
    """Send one call of each kind with the Python library."""
    client = Client(key, host=host, **options)
    client.track(
        "7", "Order Completed", message_id="m-order", timestamp=NOON,
        properties={
            "order_id": "50", "total": 25.5, "currency": "EUR",
            "products": [{"product_id": "p-1", "quantity": 2, "price": 12.75}],
        },
    )  # fmt: skip
    client.track(
        anonymous_id="b-1", event="payment.failed", message_id="m-payment", timestamp=NOON,
        properties={"reason": "declined"},
    )  # fmt: skip
    client.page(
        "7", name="Home", message_id="m-page", timestamp=NOON, properties={"url": "https://shop.example/home?u=1"}
    )
    client.screen("7", name="Cart", message_id="m-screen", timestamp=NOON)
    client.identify(
        "7", {"email": "Ana@shop.example", "plan": "gold", "name": "Ana"}, anonymous_id="b-1",
        message_id="m-identify", timestamp=NOON,
    )  # fmt: skip
    client.alias("b-0", "7", message_id="m-alias", timestamp=NOON)
    client.group("7", "g-1", message_id="m-group", timestamp=NOON)
    if "sync_mode" not in options:
        client.shutdown()


def send_from_node(host: str, key: str) -> None:
    """Send the same with the Node library."""
    node, folder = _node()
    command = [node, "send.mjs", host, key]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SEC, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("options", [{"sync_mode": True}, {"gzip": True, "upload_interval": 0.01}])
def test_the_python_library_is_understood(listener: Listener, options: dict[str, Any]) -> None:
    """Call by call, and compressed in batches from its own thread."""
    send(listener.address, KEY, **options)
    assert understood(listener) == EXPECTED


@pytest.mark.network
def test_the_node_library_is_understood(listener: Listener) -> None:
    """In the batch that it makes of them."""
    send_from_node(listener.address, KEY)
    assert understood(listener) == EXPECTED


@pytest.mark.parametrize("sender", [send, pytest.param(send_from_node, marks=pytest.mark.network)])
def test_a_gateway_takes_what_the_libraries_send(sender: Callable[[str, str], None]) -> None:
    """Over HTTP and through the door: keyed, masked, linked, and nothing refused."""
    gateway = MemoryGateway()
    with Served(gateway.app) as served:
        sender(served.address, SERVER)
    email = Hasher(b"s" * 32)("email_sha256", "ana@shop.example")
    links = [link.touchpoint for each in gateway.sink.admitted for link in each.links]
    assert [(each.type, each.customer) for each in gateway.sink.touchpoints] == [
        ("order.completed", "7"),
        ("payment.failed", "anonymous_id:b-1"),
        ("page.viewed", "7"),
        ("page.viewed", "7"),
        ("customer.updated", "7"),
        ("identity.linked", "anonymous_id:b-0"),
        ("identity.linked", "b-0"),
    ]
    assert [(each.type, each.customer) for each in links] == [
        ("identity.linked", email),
        ("identity.linked", "anonymous_id:b-1"),
    ]
    assert all(b"Ana" not in each.data for each in gateway.sink.touchpoints)


def _node() -> tuple[str, Path]:
    """Return Node and a folder where the library is installed, once for each lock file."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("no Node: install Debian's packages nodejs and npm")
    files = sorted(path for path in NODE.iterdir() if path.is_file())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    folder = cache_folder() / "node" / digest
    if not (folder / "node_modules" / ".package-lock.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copy(path, folder)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True, timeout=240)
    return node, folder
