"""Alertmanager: the real one where it is installed, and what is posted to it everywhere."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from streams.broker.probe import free_port
from streams.desk.notify.alertmanager import AGAIN_SEC, HOLD_SEC, NAME, Alertmanager
from streams.desk.notify.channel import Receipt, Sent
from streams.desk.notify.notice import About, Kind, Notice
from streams.desk.notify.web import Web
from streams.testing.patience import PATIENCE_SEC
from tests.contract.desk.notify.provider import Provider
from tests.unit.desk.notify.notices import LINK, NOON, notice

# Debian names it after Prometheus; `go install` puts it into a folder that is not always in the path.
BINARY: Final = (
    shutil.which("alertmanager")
    or shutil.which("prometheus-alertmanager")
    or shutil.which("alertmanager", path=str(Path.home() / "go" / "bin"))
)
REMEDY: Final = (
    "no Alertmanager here: apt-get install prometheus-alertmanager, "
    "or go install github.com/prometheus/alertmanager/cmd/alertmanager@v0.28.1"
)
CONFIG: Final = """
route:
  receiver: others
  group_by: [dedup_key]
  group_wait: 0s
  group_interval: 1s
  routes:
    - {{receiver: pages, matchers: ['alertname="TouchpointCase"', 'severity=~"critical|high"']}}
receivers:
  - {{name: others}}
  - {{name: pages, webhook_configs: [{{url: "{url}/page", send_resolved: true}}]}}
"""


class Real:
    """A running Alertmanager and what it has told its own receiver."""

    def __init__(self, url: str, pages: Provider) -> None:
        self.url = url
        self.pages = pages

    async def active(self) -> list[dict[str, Any]]:
        """Return the alerts that it holds for active."""
        async with httpx.AsyncClient(timeout=PATIENCE_SEC) as client:
            found: list[dict[str, Any]] = (await client.get(f"{self.url}/api/v2/alerts")).json()
        return found

    async def paged(self, status: str) -> dict[str, Any]:
        """Return the page of this status as soon as it is there."""
        async with asyncio.timeout(PATIENCE_SEC):
            while True:
                for asked in self.pages.asked:
                    if asked.body["status"] == status:
                        body: dict[str, Any] = asked.body
                        return body
                await asyncio.sleep(0.05)


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Real]:
    """Start the real one, which pages a server of this test."""
    if BINARY is None:
        pytest.skip(REMEDY)
    port = free_port()
    async with Provider() as pages:
        config = tmp_path / "alertmanager.yml"
        config.write_text(CONFIG.format(url=pages.url))
        options = [
            f"--config.file={config}",
            f"--storage.path={tmp_path}/data",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        with (tmp_path / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: ASYNC220 # returns at once
                [BINARY, *options, "--cluster.listen-address="], stdout=log, stderr=log
            )
        try:
            await ready(f"http://127.0.0.1:{port}/-/ready", process)
            yield Real(f"http://127.0.0.1:{port}", pages)
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, PATIENCE_SEC)


async def ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until it answers."""
    async with httpx.AsyncClient(timeout=PATIENCE_SEC) as client, asyncio.timeout(PATIENCE_SEC):
        while True:
            assert process.poll() is None, "Alertmanager has ended"
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


def ms() -> int:
    """Return the time, which the real one has too."""
    return int(time.time() * 1000)


async def said(channel: Alertmanager, told: Notice, earlier: Receipt | None = None) -> Receipt:
    """Send it and return the receipt."""
    sent = await channel.send(told, earlier)
    assert isinstance(sent, Sent)
    return sent.receipt


async def test_the_real_one_routes_groups_and_resolves_a_case(real: Real, web: Web) -> None:
    """It pages by our labels when the case opens, and again when it is over."""
    channel = Alertmanager(real.url, "", web, ms)
    now = ms()
    receipt = await said(channel, notice(at=now, opened_at=now - 60_000))
    page = await real.paged("firing")
    (alert,) = await real.active()
    assert alert["labels"] == receipt.ids
    assert alert["annotations"]["summary"] == "Critical: Payment keeps failing (Case 12, New)"
    assert alert["generatorURL"] == page["alerts"][0]["generatorURL"] == LINK
    assert page["groupLabels"] == {"dedup_key": notice().dedup_key}
    await said(channel, notice(at=now, opened_at=now - 60_000, kind=Kind.RESOLVED, revision=2), receipt)
    assert (await real.paged("resolved"))["alerts"][0]["status"] == "resolved"
    assert await real.active() == []


async def test_the_real_one_holds_one_alert_when_a_case_gets_worse(real: Real, web: Web) -> None:
    """The severity is a label, so the alert with the old one ends as the new one begins."""
    channel = Alertmanager(real.url, "", web, ms)
    now = ms()
    receipt = await said(channel, notice(at=now, opened_at=now - 60_000, severity="low"))
    assert [alert["labels"]["severity"] for alert in await real.active()] == ["low"]
    await said(channel, notice(at=now, opened_at=now - 60_000, kind=Kind.WORSE, revision=2), receipt)
    assert [alert["labels"]["severity"] for alert in await real.active()] == ["critical"]
    await real.paged("firing")


async def test_the_real_one_takes_a_case_that_is_repeated_for_the_same(real: Real, web: Web) -> None:
    """Repeating moves its end and nothing else."""
    now = ms()
    await said(Alertmanager(real.url, "", web, lambda: now), notice(opened_at=now - 60_000))
    (first,) = await real.active()
    await said(Alertmanager(real.url, "", web, lambda: now + 60_000), notice(opened_at=now - 60_000))
    (second,) = await real.active()
    assert second["fingerprint"] == first["fingerprint"]
    assert second["startsAt"] == first["startsAt"]
    assert second["endsAt"] > first["endsAt"]


async def test_an_open_case_is_told_again_long_before_it_is_forgotten(provider: Provider, web: Web) -> None:
    """Four times within the hour that it is held; what is over is not told again."""
    channel = Alertmanager(provider.url, "Bearer t", web, lambda: NOON)
    opened, over = await channel.send(notice(), None), await channel.send(notice(kind=Kind.RESOLVED), None)
    assert isinstance(opened, Sent)
    assert isinstance(over, Sent)
    assert (opened.again_after_sec, over.again_after_sec) == (AGAIN_SEC, 0.0)
    assert 4 * AGAIN_SEC <= HOLD_SEC
    first, last = (asked.body[0] for asked in provider.asked)
    assert (first["startsAt"], first["endsAt"]) == ("2026-11-22T11:59:00.000+00:00", "2026-11-22T13:00:00.000+00:00")
    assert last["endsAt"] == "2026-11-22T12:00:00.000+00:00"
    assert first["labels"]["alertname"] == NAME
    assert provider.asked[0].headers["authorization"] == "Bearer t"


@pytest.mark.parametrize(
    "changes", [{"kind": Kind.RETRACTED}, {"about": About.DIGEST, "kind": Kind.DIGEST, "case_id": ""}]
)
async def test_what_nobody_will_end_is_not_told_again(changes: dict[str, Any], provider: Provider, web: Web) -> None:
    """A case that was nothing, and a digest, which ends by itself."""
    sent = await Alertmanager(provider.url, "", web, lambda: NOON).send(notice(**changes), None)
    assert isinstance(sent, Sent)
    assert sent.again_after_sec == 0.0


async def test_no_alert_ends_before_it_starts_or_has_an_empty_label(provider: Provider, web: Web) -> None:
    """Alertmanager refuses the one, and drops the other."""
    channel = Alertmanager(provider.url, "", web, lambda: NOON - 3_600_000)
    await channel.send(notice(kind=Kind.RESOLVED, severity="", moment=""), None)
    (alert,) = provider.asked[0].body
    assert alert["startsAt"] == alert["endsAt"]
    assert [name for name, value in alert["labels"].items() if not value] == []
