"""What is served beside the ways in: health, metrics, documents, and what every answer has."""

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from streams.gateway.api.app import create_app
from streams.gateway.api.metrics import create_metrics
from streams.testing.gateway import MemoryGateway

Client = TestClient[Litestar]


def test_health_says_alive_and_ready(client: Client, gateway: MemoryGateway) -> None:
    """A gateway that ends is alive and not ready."""
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").status_code == 200
    gateway.is_ready = False
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 503)


def test_the_documents_are_served(client: Client) -> None:
    """For programs and for people."""
    document = client.get("/openapi.json").json()
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert all(path in page.text for path in document["paths"])


@pytest.mark.parametrize("path", ["/v1/touchpoints", "/healthz", "/docs", "/nowhere", "/openapi.json"])
def test_every_answer_keeps_browsers_from_guessing(client: Client, path: str) -> None:
    """Whoever made it."""
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers


def test_with_tls_browsers_are_to_keep_to_it(gateway: MemoryGateway) -> None:
    """From then on."""
    app = create_app(gateway.entrance, [], is_ready=gateway.ready, is_tls=True)
    with TestClient(app) as client:
        assert client.get("/healthz").headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/v1", 404), ("/healthz/x", 404)])
def test_what_is_not_there_is_a_problem(client: Client, path: str, status: int) -> None:
    """In the same form as all others."""
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


def test_other_methods_are_told_which_there_are(client: Client) -> None:
    """On the ways in as on the rest."""
    assert client.delete("/v1/touchpoints").headers["allow"] == "POST, OPTIONS"
    assert client.post("/healthz").status_code == 405


def test_metrics_are_for_this_machine_alone(gateway: MemoryGateway) -> None:
    """Nobody behind a proxy gets them either."""
    app = create_app(gateway.entrance, [], is_ready=gateway.ready, beside=[create_metrics(gateway.recorder.page)])
    with TestClient(app) as client:  # which has the name of no address
        assert client.get("/metrics").status_code == 404
