"""Who hears of what: trouble made for a real Prometheus, fired by the shipped rules, told by a real Alertmanager."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from aiohttp import web
from ruamel.yaml import YAML

from streams.broker.probe import free_port
from streams.settings.places import DEPLOY
from streams.testing.patience import PATIENCE_SEC

ALERTMANAGER: Final = shutil.which("alertmanager") or shutil.which("prometheus-alertmanager")
PROMETHEUS: Final = shutil.which("prometheus")
AMTOOL: Final = shutil.which("amtool")
CONFIG: Final = DEPLOY / "alertmanager" / "alertmanager.yml"
SECRETS: Final = ("pagerduty_key", "slack_url", "dead_man_token")
pytestmark = pytest.mark.skipif(
    None in (ALERTMANAGER, PROMETHEUS, AMTOOL), reason="apt-get install prometheus prometheus-alertmanager"
)
# A worker with a blind source and no customers' touchpoints, a desk that owes and that nobody looks at, a canary that
# is not heard; and the gateway does not answer.
TROUBLE: Final = {
    "worker": 'touchpoint_sources{state="silent"} 2\ntouchpoint_touchpoints_total{topic="t",group="canary"} 5\n',
    "desk": "touchpoint_desk_owed_age_seconds 400\ntouchpoint_desk_unseen_age_seconds 5000\n",
    "canary": 'touchpoint_canary_heard_timestamp_seconds{stage="accepted"} 1000\n',
}
TOLD: Final = {
    "page": {"TouchpointComponentDown", "TouchpointNotificationsOwed"},
    "#operations": {"TouchpointSourceBlind", "TouchpointNoTouchpoints"},
    "#support": {"TouchpointCasesUnseen"},
    "dead-man": {"TouchpointWatchdog"},
}
INHIBITED: Final = {"TouchpointCanarySilent"}


class World:
    """What is scraped, and everybody who is told: a pager, a chat with two rooms, and a dead-man's switch."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.port = port
        self.told: dict[str, set[str]] = {name: set() for name in TOLD}
        self.tokens: set[str] = set()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve while the context lasts."""
        app = web.Application()
        app.router.add_get("/{component}/metrics", self._metrics)
        app.router.add_post("/{place:.*}", self._hear)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _metrics(self, request: web.Request) -> web.Response:
        page = TROUBLE.get(request.match_info["component"])
        return web.Response(text=page) if page is not None else web.Response(status=503)

    async def _hear(self, request: web.Request) -> web.Response:
        body, place = await request.json(), request.match_info["place"]
        if place == "page":
            self.tokens.add(body["routing_key"])
            self._note("page", body["payload"]["custom_details"]["runbook"])
        elif place == "slack":
            self._note(body["channel"], body["attachments"][0]["text"])
        else:
            self.tokens.add(request.headers["Authorization"])
            self.told["dead-man"] |= {alert["labels"]["alertname"] for alert in body["alerts"]}
        return web.json_response({"ok": True})

    def _note(self, whom: str, text: str) -> None:
        self.told[whom] |= {name for name in RULES if f"#{name.lower()}" in text.rsplit(maxsplit=1)[-1]}


def loaded(path: Path) -> Any:
    """Return a YAML file."""
    return YAML(typ="safe", pure=True).load(path)


RULES: Final = {
    rule["alert"]: rule
    for group in loaded(DEPLOY / "prometheus" / "rules" / "alerts.yaml")["groups"]
    for rule in group["rules"]
}


def write(path: Path, document: Any) -> Path:
    """Write a YAML file."""
    with path.open("w") as file:
        YAML(typ="safe", pure=True).dump(document, file)
    return path


def routes(folder: Path, world: World) -> Path:
    """Return the shipped routes with secrets in this folder, and services on this machine."""
    for name in SECRETS:
        (folder / name).write_text(f"{world.url}/slack" if name == "slack_url" else f"the {name}")
    config = loaded(CONFIG)
    for receiver in config["receivers"]:
        for each in receiver.get("pagerduty_configs", ()):
            each |= {"routing_key_file": str(folder / "pagerduty_key"), "url": f"{world.url}/page"}
        for each in receiver.get("slack_configs", ()):
            each["api_url_file"] = str(folder / "slack_url")
        for each in receiver.get("webhook_configs", ()):
            each["url"] = f"{world.url}/alive"
            each["http_config"]["authorization"]["credentials_file"] = str(folder / "dead_man_token")
    return write(folder / "alertmanager.yml", config)


def scrapes(folder: Path, world: World, alertmanager: int) -> Path:
    """Return the shipped scraping and rules, on this machine and fifteen times as fast."""
    alerts = loaded(DEPLOY / "prometheus" / "rules" / "alerts.yaml")
    for group in alerts["groups"]:
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = "1s"
    write(folder / "alerts.yaml", alerts)
    shutil.copy(DEPLOY / "prometheus" / "rules" / "recording.yaml", folder)
    config = loaded(DEPLOY / "prometheus" / "prometheus.yml")
    config["global"] |= {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = ["recording.yaml", "alerts.yaml"]
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager}"]}]}]
    for job in config["scrape_configs"]:
        name = job["job_name"]
        if job.pop("dns_sd_configs", None) and name != "alertmanager":
            job |= {"metrics_path": f"/{name}/metrics", "static_configs": [{"targets": [f"127.0.0.1:{world.port}"]}]}
        else:
            job["static_configs"] = [{"targets": [f"127.0.0.1:{alertmanager}"]}]
    return write(folder / "prometheus.yml", config)


@asynccontextmanager
async def running(folder: Path, name: str, *command: str) -> AsyncIterator[None]:
    """Run a program while the context lasts."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: ASYNC220 # returns at once
    try:
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, PATIENCE_SEC)


async def inhibited(port: int) -> set[str]:
    """Return the alerts that Alertmanager keeps quiet because of another one."""
    async with httpx.AsyncClient(timeout=PATIENCE_SEC) as client:
        try:
            found = (await client.get(f"http://127.0.0.1:{port}/api/v2/alerts")).json()
        except httpx.TransportError:
            return set()
    return {alert["labels"]["alertname"] for alert in found if alert["status"]["inhibitedBy"]}


@asynccontextmanager
async def told(folder: Path, world: World) -> AsyncIterator[int]:
    """Run the shipped Alertmanager, which tells this world, and give its port once it takes alerts."""
    port = free_port()
    async with (
        world.serving(),
        running(
            folder, "alertmanager", str(ALERTMANAGER), f"--config.file={routes(folder, world)}",
            f"--storage.path={folder}/am", f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
        ),
        httpx.AsyncClient(timeout=PATIENCE_SEC) as client,
        asyncio.timeout(PATIENCE_SEC),
    ):  # fmt: skip
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(f"http://127.0.0.1:{port}/-/ready")).is_success:
                    break
            await asyncio.sleep(0.1)
        yield port


async def fire(port: int, *firing: tuple[str, dict[str, str]]) -> None:
    """Fire these alerts of the shipped rules as Prometheus does, with the labels that their series have."""
    posted = [
        {
            "labels": {"alertname": name, **RULES[name]["labels"], **labels},
            "annotations": {"runbook_url": RULES[name]["annotations"]["runbook_url"]},
        }
        for name, labels in firing
    ]
    async with httpx.AsyncClient(timeout=PATIENCE_SEC) as client:
        (await client.post(f"http://127.0.0.1:{port}/api/v2/alerts", json=posted)).raise_for_status()


async def test_trouble_of_the_pipeline_reaches_whoever_mends_it(tmp_path: Path) -> None:
    """Late alerts, stuck alerts and a flood of dead letters are paged; what can wait goes to the room of operations."""
    world = World()
    expected = {
        "page": {
            "TouchpointTimeToAlertBurnsFast", "TouchpointOutboxStuck", "TouchpointDeadLettersFlood",
            "TouchpointAlertmanagerMute",
        },
        "#operations": {"TouchpointSourceBlind", "TouchpointDeadLettersRising", "TouchpointAlertmanagerMute"},
        "#support": {"TouchpointAlertmanagerMute"},
        "dead-man": set(),
    }  # fmt: skip
    async with told(tmp_path, world) as port:
        await fire(
            port,
            ("TouchpointTimeToAlertBurnsFast", {}),
            ("TouchpointTimeToAlertSlow", {}),  # the page of the same objective says it
            ("TouchpointOutboxStuck", {"job": "worker", "instance": "w1"}),
            ("TouchpointDeadLettersFlood", {"topic": "touchpoints.web"}),
            ("TouchpointDeadLettersRising", {"topic": "touchpoints.pos", "reason": "bad_data"}),
            ("TouchpointSourceBlind", {"state": "silent"}),
            ("TouchpointAlertmanagerMute", {"instance": "a1", "integration": "pagerduty"}),
        )
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SEC):
                while world.told != expected:  # noqa: ASYNC110 - others do it
                    await asyncio.sleep(0.2)
        assert world.told == expected
        assert await inhibited(port) == {"TouchpointTimeToAlertSlow"}


@pytest.mark.parametrize(
    ("cause", "quiet"),
    [
        (("TouchpointComponentDown", "gateway", "i1"), {"spool i1", "accepted", "notification"}),
        (("TouchpointComponentDown", "worker", "i1"), {"notification"}),
        (("TouchpointComponentNotReady", "desk", "i1"), {"notification"}),
        (
            ("TouchpointComponentMissing", "gateway", ""),
            {"spool i1", "spool i2", "in use i3", "accepted", "notification"},
        ),
        (("TouchpointDependencyDown", "kafka", ""), {"in use i3", "desk lags", "accepted", "notification"}),
        (("TouchpointDependencyDown", "database", ""), {"desk lags", "notification"}),
        (("TouchpointDependencyDown", "registry", ""), set()),
        (("TouchpointDependencyUnreachable", "gateway", "i3"), {"in use i3"}),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else None,
)
async def test_a_cause_keeps_its_own_symptoms_quiet_and_no_others(
    tmp_path: Path, cause: tuple[str, str, str], quiet: set[str]
) -> None:
    """One process of several says nothing about the others, and no component about a stage before it."""
    name, component, instance = cause
    symptoms = {
        "spool i1": ("TouchpointSpoolNearlyFull", {"job": "gateway", "instance": "i1"}),
        "spool i2": ("TouchpointSpoolNearlyFull", {"job": "gateway", "instance": "i2"}),
        "in use i3": ("TouchpointSpoolInUse", {"job": "gateway", "instance": "i3"}),
        "desk lags": ("TouchpointDeskLag", {"job": "desk", "instance": "d1"}),
        "accepted": ("TouchpointCanarySilent", {"stage": "accepted", "instance": "c1"}),
        "notification": ("TouchpointCanarySilent", {"stage": "notification", "instance": "c1"}),
    }
    where = {"instance": instance} if instance else {}
    async with told(tmp_path, World()) as port:
        await fire(port, (name, {"component": component, "job": component, "dependency": component, **where}))
        await fire(port, *symptoms.values())
        found: list[Any] = []
        muted: set[str] = set()
        with suppress(TimeoutError):
            async with httpx.AsyncClient(timeout=PATIENCE_SEC) as client, asyncio.timeout(PATIENCE_SEC):
                # It takes an alert before it knows whom that one keeps quiet.
                while len(found) <= len(symptoms) or _is_under_way(found) or not quiet <= muted:
                    await asyncio.sleep(0.1)
                    found = (await client.get(f"http://127.0.0.1:{port}/api/v2/alerts")).json()
                    inhibited_ = [one["labels"].items() for one in found if one["status"]["inhibitedBy"]]
                    muted = {
                        key
                        for key, (symptom, labels) in symptoms.items()
                        if any({"alertname": symptom, **labels}.items() <= one for one in inhibited_)
                    }
        assert len(found) == 1 + len(symptoms)
        assert muted == quiet


def _is_under_way(found: list[Any]) -> bool:
    """Return whether Alertmanager has still to look at one of these alerts."""
    return any(one["status"]["state"] == "unprocessed" for one in found)


async def test_each_hears_what_is_theirs_and_the_cause_keeps_its_symptoms_quiet(tmp_path: Path) -> None:
    """The gateway that is down is paged; that no canary is heard follows from it, and is not."""
    world, alertmanager, prometheus = World(), free_port(), free_port()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(world.serving())
        await stack.enter_async_context(
            running(
                tmp_path, "alertmanager", str(ALERTMANAGER), f"--config.file={routes(tmp_path, world)}",
                f"--storage.path={tmp_path}/am", f"--web.listen-address=127.0.0.1:{alertmanager}",
                "--cluster.listen-address=",
            )
        )  # fmt: skip
        await stack.enter_async_context(
            running(
                tmp_path, "prometheus", str(PROMETHEUS), f"--config.file={scrapes(tmp_path, world, alertmanager)}",
                f"--storage.tsdb.path={tmp_path}/prom", f"--web.listen-address=127.0.0.1:{prometheus}",
                "--rules.alert.resend-delay=1s",  # what fires before Alertmanager is discovered
            )
        )  # fmt: skip
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SEC):
                while world.told != TOLD or not await inhibited(alertmanager) >= INHIBITED:  # noqa: ASYNC110 - others do it
                    await asyncio.sleep(0.3)
        logs = "".join((tmp_path / f"{name}.log").read_text()[-2000:] for name in ("alertmanager", "prometheus"))
        assert world.told == TOLD, logs
        assert await inhibited(alertmanager) == INHIBITED
        assert world.tokens == {"the pagerduty_key", "Bearer the dead_man_token"}


def test_alertmanager_takes_the_file_and_no_secret_is_in_it() -> None:
    """The real tool finds nothing to complain about, and every secret is the name of a file."""
    checked = subprocess.run([str(AMTOOL), "check-config", str(CONFIG)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    text = CONFIG.read_text()
    assert all(f"/run/secrets/{name}" in text for name in SECRETS)
    assert not any(f" {word}:" in text for word in ("api_url", "routing_key", "service_key", "password", "credentials"))


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ("severity=page component=alertmanager alertname=TouchpointAlertmanagerMute", "pager,support,tickets"),
        ("severity=page component=worker", "pager"),
        ("severity=ticket component=worker team=operations", "tickets"),
        ("severity=ticket component=desk team=support", "support"),
        ("severity=page component=desk team=support", "pager"),
        ("severity=none alertname=TouchpointWatchdog", "dead-man"),
        ("alertname=Other", "tickets"),
    ],
)
def test_routes_by_severity_and_team(labels: str, receiver: str) -> None:
    """What nobody thought of is a ticket."""
    command = [str(AMTOOL), "config", "routes", "test", f"--config.file={CONFIG}", *labels.split()]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == receiver
