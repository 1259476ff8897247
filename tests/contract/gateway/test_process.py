"""The gateway as a process on a real port, with a real spool, while there is no broker."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest

from streams.errors import SettingError, UsageError
from streams.gateway.run import Process
from streams.gateway.secrets import IDENTITY
from streams.gateway.sink.spool import Spool
from streams.gateway.web import create
from streams.settings.settings import Settings
from streams.testing.patience import PATIENCE_SEC
from tests.contract.gateway.certificates import write_certificate
from tests.contract.gateway.serving import ITEM, running, settings


async def test_what_was_accepted_is_there_after_the_end(tmp_path: Path) -> None:
    """In the spool, as long as there is no broker."""
    wanted = settings(tmp_path)
    async with running(wanted) as gateway:
        answer = await gateway.send("1", "2")
        assert (answer.status_code, answer.json()["stored"]) == (202, "spool")
        page = (await gateway.client.get("/metrics")).text
        assert "touchpoint_gateway_spooled_records 2.0" in page
        hidden = await gateway.client.get("/metrics", headers={"x-forwarded-for": "192.0.2.1"})
        assert hidden.status_code == 404
    spool = Spool(tmp_path / "gateway" / "spool", wanted.gateway_spool_bytes, 4 << 20)
    records, _ = spool.read(1 << 20)
    spool.close()
    assert [each.touchpoint.id for each in records] == ["1", "2"]


async def test_a_request_that_is_under_way_is_answered_before_the_end(tmp_path: Path) -> None:
    """And from then on others are told to go elsewhere."""
    body = b'{"type":"page.viewed","customer":"ana"}'
    wanted = settings(tmp_path)
    async with running(wanted) as gateway:
        reader, writer = await asyncio.open_connection("127.0.0.1", wanted.gateway_port)
        key = gateway.client.headers["authorization"]
        head = f"POST /v1/touchpoints HTTP/1.1\r\nhost: x\r\nauthorization: {key}\r\ncontent-length: {len(body)}\r\n"
        writer.write(f"{head}content-type: application/json\r\n\r\n".encode() + body[:10])
        await writer.drain()
        assert (await gateway.client.get("/healthz")).status_code == 200  # so the head of the other has been read
        gateway.process.stop()
        assert not await gateway.process.is_ready()
        writer.write(body[10:])
        async with asyncio.timeout(PATIENCE_SEC):
            answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 202")


async def test_with_certificate_files_it_speaks_tls(tmp_path: Path) -> None:
    """And nothing else."""
    certificate, key = write_certificate(tmp_path)
    wanted = settings(tmp_path, gateway_tls_cert=str(certificate), gateway_tls_key=str(key))
    async with running(wanted, ssl.create_default_context(cafile=str(certificate))) as gateway:
        assert gateway.process.base_url.startswith("https://")
        answer = await gateway.send("1")
        assert answer.status_code == 202
        assert "strict-transport-security" in answer.headers
        async with httpx.AsyncClient(timeout=PATIENCE_SEC) as plain:
            with pytest.raises(httpx.TransportError):
                await plain.get(f"http://127.0.0.1:{wanted.gateway_port}/healthz")


async def test_a_full_spool_turns_senders_away(tmp_path: Path) -> None:
    """With the time to come again, and readiness says so; nothing that was accepted is touched."""
    async with running(settings(tmp_path, gateway_spool_mb=1)) as gateway:
        large = [ITEM | {"id": str(number), "data": {"path": "x" * 400_000}} for number in range(4)]
        answers = [await gateway.client.post("/v1/touchpoints", json=each) for each in large]
        assert answers[0].status_code == 202
        assert answers[-1].status_code == 503
        assert int(answers[-1].headers["retry-after"]) > 0
        assert (await gateway.client.get("/readyz")).status_code == 503


async def test_an_address_that_is_taken_is_told(tmp_path: Path) -> None:
    """With the remedy, and without a traceback."""
    async with running(settings(tmp_path / "one")) as gateway:
        port = gateway.process.settings.gateway_port
        second = Process(Settings(data_dir=str(tmp_path / "two"), gateway_port=port), environ={})
        with pytest.raises(UsageError, match=str(port)):
            await second.run(create)


@pytest.mark.parametrize(
    ("more", "environ"),
    [
        ({"gateway_tls_cert": "chain.pem"}, {}),
        ({"gateway_tls_cert": "/nowhere/chain.pem", "gateway_tls_key": "/nowhere/key.pem"}, {}),
        ({"gateway_region": "Spain"}, {}),
        ({}, {IDENTITY: "short"}),
    ],
)
def test_settings_that_cannot_be_are_told_before_anything_runs(
    tmp_path: Path, more: dict[str, Any], environ: dict[str, str]
) -> None:
    """With their names and the remedy."""
    with pytest.raises(SettingError) as error:
        Process(settings(tmp_path, **more), environ)
    assert error.value.place
    assert error.value.remedy
