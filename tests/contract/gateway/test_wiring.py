"""The gateway as it is shipped: each way in beside the native one leads through to the spool."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from streams.gateway.api.uploads import PART_TYPE, UPLOADS
from streams.gateway.keys.key import Key, Kind
from streams.gateway.sink.record import Record
from streams.gateway.sink.spool import Spool
from streams.settings.settings import Settings
from streams.testing.patience import PATIENCE_SEC
from tests.contract.gateway.providers import recorded
from tests.contract.gateway.serving import Running, running, settings

VARIABLE: Final = "TOUCHPOINT_WEBHOOK_SHOPIFY_SECRET"
SECRET: Final = "s3cret of the shop"  # noqa: S105 # of this test


def spooled(wanted: Settings) -> Sequence[Record]:
    """Return what is safe once the gateway has ended."""
    spool = Spool(Path(wanted.data_dir) / "gateway" / "spool", wanted.gateway_spool_bytes, 4 << 20)
    records, _ = spool.read(1 << 20)
    spool.close()
    return records


def shown(records: Sequence[Record]) -> list[tuple[str, str, str]]:
    """Return type, id and source of each."""
    return [(each.touchpoint.type, each.touchpoint.id, each.touchpoint.source) for each in records]


def hook(gateway: Running) -> tuple[str, str]:
    """Make a key of a shop's webhooks; return its id and the path with it."""
    wanted = Key(id="", source="//shop.example/hooks", kind=Kind.WEBHOOK, provider="shopify")
    key, text = gateway.process.keeper.create(wanted)
    gateway.process.ring.look()
    return key.id, f"/v1/webhooks/shopify?key={text}"


def order() -> tuple[bytes, dict[str, str]]:
    """Return body and headers of an order, as the shop sends them but for the proof."""
    (path,) = (each for each in recorded.files("shopify") if each.stem == "orders_create")
    found = recorded.read(path)
    return json.dumps(found.body).encode(), found.headers | {"content-type": "application/json"}


def proof(secret: str, body: bytes) -> dict[str, str]:
    """Return the header by which the shop signs."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode()}


async def test_a_call_of_segments_libraries_is_spooled(tmp_path: Path) -> None:
    """As a touchpoint of the key's source, with the id of the call."""
    wanted = settings(tmp_path)
    call = {"event": "page.viewed", "userId": "ana", "messageId": "m1", "properties": {"path": "/sale"}}
    async with running(wanted) as gateway:
        answer = await gateway.client.post("/v1/track", json=call)
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    (record,) = spooled(wanted)
    assert shown([record]) == [("page.viewed", "m1", "//shop.example")]
    assert (record.topic, record.touchpoint.customer) == ("touchpoints.web", "ana")
    assert json.loads(record.touchpoint.data) == {"path": "/sale"}


@pytest.mark.parametrize("is_file", [False, True], ids=["value", "file"])
async def test_a_webhook_is_believed_by_the_secret_of_the_environment(tmp_path: Path, *, is_file: bool) -> None:
    """Or of the file that it names; the proof is over the bytes as they came, and any other is refused."""
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    environ = {f"{VARIABLE}_FILE": str(tmp_path / "secret")} if is_file else {VARIABLE: SECRET}
    wanted = settings(tmp_path)
    body, headers = order()
    async with running(wanted, environ=environ) as gateway:
        _, path = hook(gateway)
        sent = {"right": proof(SECRET, body), "other": proof("other", body), "none": {}}
        found = {
            name: (await gateway.client.post(path, content=body, headers=headers | each)).status_code
            for name, each in sent.items()
        }
        changed = await gateway.client.post(path, content=body + b" ", headers=headers | sent["right"])
        assert (found, changed.status_code) == ({"right": 204, "other": 401, "none": 401}, 401)
    first, *links = spooled(wanted)
    assert shown([first]) == [("order.completed", "wh-orders-create", "//shop.example/hooks")]
    assert first.touchpoint.customer == "115310627314723950"
    assert json.loads(first.touchpoint.data) == {"amount": 403, "currency": "EUR", "items": 2}
    assert {each.touchpoint.type for each in links} == {"identity.linked"}
    assert b"ana@mail.example" not in repr([first, *links]).encode()


async def test_a_secret_that_was_forgotten_is_told_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """By the variable to set, for keys that are there; for one that comes later the access log has the reason."""
    wanted = settings(tmp_path)
    body, headers = order()
    async with running(wanted) as gateway:
        key_id, path = hook(gateway)
        answer = await gateway.client.post(path, content=body, headers=headers | proof(SECRET, body))
        assert (answer.status_code, answer.json()["reason"]) == (401, "signature")
    assert VARIABLE not in caplog.text
    assert "reason=no_secret" in capfd.readouterr().err
    async with running(settings(tmp_path)) as gateway:
        gateway.process.keeper.revoke(next(key.id for key in gateway.process.keeper.all() if key.kind is Kind.SERVER))
    (line,) = (each for each in caplog.records if VARIABLE in each.getMessage())
    assert (line.levelname, f"key {key_id}:" in line.getMessage()) == ("WARNING", True)
    caplog.clear()
    async with running(settings(tmp_path), environ={VARIABLE: SECRET}):
        pass
    assert VARIABLE not in caplog.text
    assert SECRET not in caplog.text
    assert spooled(wanted) == []


def metadata(**pairs: str) -> str:
    """Return what a client says of a file."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in pairs.items())


async def told(gateway: Running, address: str) -> dict[str, Any]:
    """Return what an upload came to once it is over."""
    async with asyncio.timeout(PATIENCE_SEC):
        while (found := (await gateway.client.get(address)).json())["state"] not in ("done", "ended"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return dict(found)


async def test_the_file_of_a_till_is_uploaded_in_two_parts(tmp_path: Path) -> None:
    """It is read with the till's mapping, not as lines of our own, wherever it was cut."""
    wanted = settings(tmp_path)
    (path,) = (each for each in recorded.files("pos") if each.stem == "csv")
    fixture = recorded.read(path)
    content = str(fixture.text).encode()
    cut = content.index(b"1002") + 2
    async with running(wanted) as gateway:
        about = {"Upload-Length": str(len(content)), "Upload-Metadata": metadata(filename="t.csv", provider="pos")}
        made = await gateway.client.post(UPLOADS, headers=about)
        assert made.status_code == 201
        address = made.headers["location"]
        for offset, part in ((0, content[:cut]), (cut, content[cut:])):
            headers = {"Upload-Offset": str(offset), "Content-Type": PART_TYPE}
            added = await gateway.client.patch(address, headers=headers, content=part)
            assert (added.status_code, added.headers["upload-offset"]) == (204, str(offset + len(part)))
        end = await told(gateway, address)
        assert [end[name] for name in ("state", "accepted", "ignored", "refused")] == ["done", 5, 1, 0]
    expected = [(each["type"], each["id"], "//shop.example") for each in fixture.expected if "type" in each]
    records = spooled(wanted)
    assert shown(records) == expected
    assert json.loads(records[0].touchpoint.data) == fixture.expected[0]["data"]
    assert [each.touchpoint.customer.partition(":")[0] for each in records] == ["loyalty_id", "", "", "", ""]
