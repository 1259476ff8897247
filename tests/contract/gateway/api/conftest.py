"""A whole gateway but for keys and sink, behind Litestar's own test client."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from streams.gateway.api.bodies import Limits
from streams.gateway.providers import registry
from streams.testing.gateway import SERVER, MemoryGateway
from tests.contract.gateway.providers import signing

BEARER: Final = {"authorization": f"Bearer {SERVER}"}
LIMITS: Final = Limits(bytes_=100_000, items=1_000, sec=5.0)


PROVIDERS: Final = registry.load(fetch=signing.fetch)
SECRETS: Final = {
    name: f"{signing.secret_of(provider.mapping.signatures[-1].scheme)}\nverify:mine"
    for name, provider in PROVIDERS.items()
}


@pytest.fixture
def gateway() -> MemoryGateway:
    """A gateway with all ways in."""
    return MemoryGateway(limits=LIMITS, room=300_000, providers=PROVIDERS, secrets=SECRETS)


@pytest.fixture
def client(gateway: MemoryGateway) -> Iterator[TestClient[Litestar]]:
    """A client without a key."""
    with TestClient(gateway.app, raise_server_exceptions=True) as found:
        yield found


def item(**fields: Any) -> dict[str, Any]:
    """A failed payment of Ana's."""
    return {"type": "payment.failed", "id": "1", "customer": "ana", "data": {"amount": 19.9}} | fields
