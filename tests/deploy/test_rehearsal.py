"""The system of docker-compose.yml, started whole as processes: data through every service, and a worker that dies."""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import pytest
from msgspec.structs import replace

from streams.codec.touchpoint import to_json
from streams.datasets import simulate
from streams.desk.notify.alertmanager import NAME
from streams.testing.patience import PATIENCE_SEC
from streams.touchpoints.touchpoint import Touchpoint
from tests.deploy.compose import ROOT
from tests.deploy.natives import POSTGRES
from tests.deploy.rehearsal import Rehearsal

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]
NAMED_WITHIN_SEC: Final = 240.0  # it takes two minutes at most (test_prometheus adds them up), and a machine its time
FLAPS_SEC: Final = 20.0
KAFKA_DOWN: Final = ("TouchpointDependencyDown", "kafka")
SHOP: Final = "//shop.example"
RULES: Final = ROOT / "deploy/rules"
CUSTOMERS: Final = 40
SQUEEZED: Final = 30  # forty days of journeys in a day and a third: within the lateness bound
SETTINGS: Final = {
    "TOUCHPOINT_PARTITIONS": "4",
    "TOUCHPOINT_RETENTION": "forever",
    "TOUCHPOINT_CANARY_INTERVAL_SEC": "5",
    "TOUCHPOINT_LANE_SESSION_SEC": "15",  # so soon a dead worker's partitions are given to others
}
MORE: Final = {"gateway": {"TOUCHPOINT_GATEWAY_ACK_SEC": "30"}}  # new topics, on a machine that has much else to do
_Found = TypeVar("_Found")


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    """The system, up and healthy."""
    with Rehearsal(SETTINGS, more=MORE) as system:
        yield system


@pytest.fixture(scope="module")
def sent(rehearsal: Rehearsal) -> list[Touchpoint]:
    """Made journeys with known bad moments that end just now: sent by HTTP and from a file, and folded."""
    made = sorted(
        (each.touchpoint for each in simulate.arrivals(simulate.Plan(customers=CUSTOMERS, seed=7))),
        key=lambda one: one.time,
    )
    ends = int((datetime.now(UTC) - timedelta(minutes=1)).timestamp() * 1000)
    last = made[-1].time
    found = [replace(one, time=ends - (last - one.time) // SQUEEZED) for one in made]
    send(rehearsal, found)
    return found


def ask(url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Any:
    """Return the JSON that is answered."""
    with urllib.request.urlopen(urllib.request.Request(url, body, dict(headers or {})), timeout=PATIENCE_SEC) as answer:  # noqa: S310 - our own address
        return json.load(answer)


def until(look: Callable[[], _Found], fits: Callable[[_Found], bool], within_sec: float = PATIENCE_SEC) -> _Found:
    """Look again and again; return what fits, or what was seen last."""
    deadline = time.monotonic() + within_sec
    while not fits(found := look()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def query(system: Rehearsal, expression: str) -> dict[str, float]:
    """Return what Prometheus answers, by instance (or nothing, where there is none)."""
    asked = f"{system.url('prometheus')}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
    return {one["metric"].get("instance", ""): float(one["value"][1]) for one in ask(asked)["data"]["result"]}


def instance(system: Rehearsal, name: str) -> str:
    """Return what Prometheus calls a replica."""
    return system.url(name).removeprefix("http://")


def send(system: Rehearsal, touchpoints: list[Touchpoint]) -> None:
    """Send what comes from the shop over HTTP, as its web site would, and the rest to Kafka from a file."""
    key = json.loads(system.run("gateway", "gateway", "keys", "create", "--source", SHOP, "--burst", "1000", "--json"))
    of_shop = [to_json(one) for one in touchpoints if one.source.startswith(SHOP)]
    headers = {"authorization": f"Bearer {key['text']}", "content-type": "application/x-ndjson"}
    answer = ask(f"{system.url('gateway')}/v1/touchpoints", headers, b"\n".join(of_shop))
    assert (answer["accepted"], answer["refused"], answer["stored"]) == (len(of_shop), 0, "broker")
    others = system.folder / "others.jsonl"
    others.write_bytes(b"\n".join(to_json(one) for one in touchpoints if not one.source.startswith(SHOP)))
    done = json.loads(system.run("topics", "send", str(others), "--json"))
    assert (done["sent"], done["bad"]) == (len(touchpoints) - len(of_shop), 0)


def signed_in(system: Rehearsal) -> dict[str, str]:
    """Return the headers of somebody who may see every case."""
    made = json.loads(system.run("desk", "desk", "tokens", "create", "probe", "--role", "manager", "--json"))
    return {"authorization": f"Bearer {made['text']}"}


def standing(system: Rehearsal, headers: Mapping[str, str]) -> set[str]:
    """Return the alerts that the desk has and that stand."""
    cases = ask(f"{system.url('desk')}/api/v1/cases?limit=200", headers)["rows"]
    cards = [ask(f"{system.url('desk')}/api/v1/cases/{case['case_id']}", headers) for case in cases]
    return {alert["alert_id"] for card in cards for alert in card["alerts"] if alert["status"] == "firing"}


def expected(system: Rehearsal, touchpoints: list[Touchpoint], until_: timedelta) -> set[str]:
    """Return the alerts of live rules that stand by the backtest, so long after now."""
    events, said = system.folder / "all.jsonl", system.folder / "said.jsonl"
    events.write_bytes(b"\n".join(map(to_json, touchpoints)))
    until_at = (datetime.now(UTC) + until_).isoformat()
    system.run("topics", "backtest", "--rules", str(RULES), "--events", str(events), "--output", str(said),
               "--until", until_at)  # fmt: skip
    last = {alert["alert_id"]: alert for alert in map(json.loads, said.read_text().splitlines())}
    return {one["alert_id"] for one in last.values() if one["status"] == "firing" and one["mode"] == "live"}


def folded(system: Rehearsal, worker: str, customers: set[str]) -> int:
    """Return how many touchpoints of these customers one worker has in their journeys; 0 for what is not its own."""
    count = 0
    for customer in customers:
        try:
            count += ask(f"{system.url(worker)}/journey/{customer}")["touchpoints"]
        except urllib.error.HTTPError as error:
            assert error.code in (404, 421, 503), customer  # noqa: PT017 - what is not there is no failure
    return count


def test_touchpoints_become_cases(rehearsal: Rehearsal, sent: list[Touchpoint]) -> None:
    """What stands on the desk is what the backtest says of the same touchpoints, and nothing else."""
    headers = signed_in(rehearsal)
    soon, later = (expected(rehearsal, sent, timedelta(minutes=minutes)) for minutes in (0, 30))
    assert soon & later
    seen = until(lambda: standing(rehearsal, headers), lambda found: soon & later <= found <= soon | later)
    assert soon & later <= seen <= soon | later


def test_a_customer_is_known_whichever_worker_has_the_journey(rehearsal: Rehearsal, sent: list[Touchpoint]) -> None:
    """The desk finds all workers behind one name: every case shows touchpoints that no alert has shown."""
    headers, desk = signed_in(rehearsal), rehearsal.url("desk")
    cases = until(lambda: ask(f"{desk}/api/v1/cases?limit=200", headers)["rows"], bool)
    journeys = [ask(f"{desk}/api/v1/cases/{case['case_id']}/journey", headers) for case in cases]
    customers, workers = {one.customer for one in sent}, rehearsal.names("worker")
    counts = until(
        lambda: {name: folded(rehearsal, name, customers) for name in workers},
        lambda found: sum(found.values()) == len(sent),
    )
    assert all(counts.values())
    assert all(any(not step["is_evidence"] for step in journey) for journey in journeys if len(journey) > 1)
    assert sum(counts.values()) == len(sent)


def test_prometheus_sees_every_service_and_the_right_figure(rehearsal: Rehearsal, sent: list[Touchpoint]) -> None:
    """Each replica is a target that is up, and the touchpoints of all of them are those that were sent."""
    names = [*rehearsal.names("worker"), "gateway", "desk"]
    ours = {instance(rehearsal, name): 1.0 for name in names}
    seen = until(lambda: query(rehearsal, 'up{job=~"worker|gateway|desk"}'), lambda found: found == ours)
    assert seen == ours
    counted = 'sum(touchpoint_touchpoints_total{group!="canary"})'
    seen = until(lambda: query(rehearsal, counted), lambda found: found == {"": len(sent)})
    assert seen == {"": len(sent)}


def test_cases_are_in_the_database(rehearsal: Rehearsal, sent: list[Touchpoint]) -> None:
    """In PostgreSQL, by the URL of the secret file, and under the password that was made for it."""
    environ = {"PGPASSWORD": (rehearsal.folder / "secrets/postgres_password").read_text()}
    host = urllib.parse.urlsplit(rehearsal.url("postgres")).hostname
    asked = [str(POSTGRES / "psql"), "-h", str(host), "-U", "touchpoint", "-tAc", "SELECT count(*) FROM cases"]
    done = until(
        lambda: subprocess.run(asked, env=environ, capture_output=True, text=True, check=False),
        lambda done: int(done.stdout or "0") > 0,
    )
    assert int(done.stdout or "0") > 0, done.stderr
    assert subprocess.run(asked, env={"PGPASSWORD": "x"}, capture_output=True, check=False).returncode != 0


def test_the_canary_is_heard_at_every_stage(rehearsal: Rehearsal) -> None:
    """With the key and the secret that were made for it; Prometheus counts it."""
    stages = "sum by (instance) (touchpoint_canary_heard_total > 0)"
    url, heard = rehearsal.url("canary"), 'touchpoint_canary_heard_total{stage="notification"}'
    assert until(lambda: query(rehearsal, heard), lambda found: any(found.values())), rehearsal.log("canary")
    assert query(rehearsal, stages)[url.removeprefix("http://")] >= 3


def test_whom_the_desk_tells_is_told(rehearsal: Rehearsal, sent: list[Touchpoint]) -> None:
    """The receiver of the shipped file is Alertmanager, which has an alert of the desk then."""
    address = f"{rehearsal.url('alertmanager')}/api/v2/alerts?filter=alertname={NAME}"
    assert until(lambda: ask(address), bool)


def test_a_worker_that_dies_is_named_and_loses_nothing(rehearsal: Rehearsal, sent: list[Touchpoint]) -> None:
    """Prometheus shows which one; the other one takes its partitions over, with every journey."""
    dead, alive = rehearsal.names("worker")
    customers = {one.customer for one in sent}
    rehearsal.kill(dead)
    late = [replace(one, id=f"again-{one.id}") for one in sent[-20:] if not one.source.startswith(SHOP)]
    late = [replace(one, time=sent[-1].time + number) for number, one in enumerate(late)]
    more = rehearsal.folder / "late.jsonl"
    more.write_bytes(b"\n".join(map(to_json, late)))
    rehearsal.run("topics", "send", str(more))
    states = {instance(rehearsal, dead): 0.0, instance(rehearsal, alive): 1.0}
    seen = until(lambda: query(rehearsal, 'up{job="worker"}'), lambda found: found == states, NAMED_WITHIN_SEC)
    assert seen == states
    everything = len(sent) + len(late)
    assert until(lambda: folded(rehearsal, alive, customers), lambda count: count == everything) == everything
    rehearsal.start(dead)
    rehearsal.wait_healthy(dead)
    counts = until(
        lambda: [folded(rehearsal, name, customers) for name in (dead, alive)],
        lambda found: sum(found) == everything and all(found),
    )
    assert (sum(counts), all(counts)) == (everything, True)


def told(system: Rehearsal) -> set[tuple[str, str]]:
    """Return what Alertmanager tells people now, each alert with the dependency, or the process, that it names."""
    found = ask(f"{system.url('alertmanager')}/api/v2/alerts?inhibited=false&silenced=false")
    labels = [one["labels"] for one in found]
    return {(each["alertname"], each.get("dependency") or each.get("instance", "")) for each in labels}


def restarted(system: Rehearsal, name: str, since: float) -> float:
    """Kill and start a replica that was seen up again, once it has run for a while; return since when it runs."""
    is_up = query(system, 'up{job="worker"}').get(instance(system, name)) == 1.0
    if not is_up or time.monotonic() - since < FLAPS_SEC:
        return since
    system.kill(name)
    system.start(name)
    return time.monotonic()


def test_what_fails_names_itself(rehearsal: Rehearsal) -> None:
    """A worker that ends, one that comes and goes, the database, the registry; then Kafka, the cause of all the rest.

    With intervals, rules and routes as they are shipped.
    """
    dead, flaps = rehearsal.names("worker")
    both_up = {instance(rehearsal, name): 1.0 for name in (dead, flaps)}
    assert until(lambda: query(rehearsal, 'up{job="worker"}'), lambda found: found == both_up) == both_up
    expected = {
        ("TouchpointDependencyDown", "database"),
        ("TouchpointDependencyDown", "registry"),
        ("TouchpointComponentDown", instance(rehearsal, dead)),
        ("TouchpointComponentFlapping", instance(rehearsal, flaps)),
    }
    began = time.monotonic()
    for name in ("postgres", "registry", dead):
        rehearsal.kill(name)
    named: set[tuple[str, str]] = set()
    since = began - FLAPS_SEC
    while not expected <= named and time.monotonic() - began < NAMED_WITHIN_SEC:
        since = restarted(rehearsal, flaps, since)
        named |= told(rehearsal)
        time.sleep(0.5)
    assert expected - named == set()

    rehearsal.kill("kafka")
    named = until(lambda: told(rehearsal), lambda found: KAFKA_DOWN in found, NAMED_WITHIN_SEC)
    assert KAFKA_DOWN in named
    quiet = {"TouchpointComponentNotReady", "TouchpointCanarySilent", "TouchpointSpoolInUse"}
    assert {name for name, _ in told(rehearsal)} & quiet == set()
