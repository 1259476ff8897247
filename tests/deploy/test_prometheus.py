"""Our own alerts are what they say: valid, made of metrics that exist, tried one by one, and each with a runbook."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from streams.cli import touchpoint
from streams.settings.places import DEPLOY
from streams.settings.settings import Settings
from streams.telemetry.catalogue import CATALOGUE, Kind
from streams.telemetry.dependencies import EVERY_SEC, PATIENCE_SEC

FOLDER: Final = DEPLOY / "prometheus"
PROMTOOL: Final = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="no promtool here: apt-get install prometheus")
METRICS: Final = {metric.name: metric for metric in CATALOGUE}
THEIR_OWN: Final = {  # of Prometheus, of Alertmanager and of the client library
    "up", "process_start_time_seconds", "prometheus_notifications_alertmanagers_discovered",
    "prometheus_notifications_errors_total", "prometheus_rule_evaluation_failures_total",
    "alertmanager_notifications_failed_total",
}  # fmt: skip
JOBS: Final = ("worker", "desk", "gateway", "canary", "prometheus", "alertmanager")
TARGET: Final = {"job", "instance"}
PARTS: Final = ("**Customers feel:**", "**Look:**", "**Do:**", "**Escalate**")
SOON_SEC: Final = 120
DISCOVERY_SEC: Final = 5  # Prometheus takes over what it has looked up no more often than that
_SELECTOR: Final = re.compile(r"\b((?:touchpoint|prometheus|alertmanager|process|up)[a-z_:0-9]*)\b(?:\{([^}]*)\})?")
_GROUPED: Final = re.compile(r"\b(?:by|on) \(([^)]*)\)")
_LABEL: Final = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")


def loaded(path: Path) -> Any:
    """Return a YAML file."""
    return YAML(typ="safe", pure=True).load(path)


def rules(name: str) -> list[dict[str, Any]]:
    """Return the rules of a file."""
    return [rule for group in loaded(FOLDER / "rules" / name)["groups"] for rule in group["rules"]]


RULES: Final = rules("alerts.yaml")  # several may share a name: one for each job, or one for each severity
ALERTS: Final = {rule["alert"]: rule for rule in RULES}
RECORDED: Final = {rule["record"]: rule["expr"] for rule in rules("recording.yaml")}
EXPRESSIONS: Final = [*RECORDED.values(), *(rule["expr"] for rule in RULES)]
TESTS: Final = sorted((FOLDER / "rules").glob("*_test.yaml"))
RUNBOOKS: Final = dict(
    re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", (FOLDER / "RUNBOOKS.md").read_text(), re.MULTILINE | re.DOTALL)
)


def used(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield each metric of an expression with the labels that it is selected by."""
    for name, labels in _SELECTOR.findall(re.sub(r"#.*|\"[^\"]*\"", '""', expression)):
        yield name, set(_LABEL.findall(labels))


def labels_of(name: str) -> set[str] | None:
    """Return the labels that a series of this name may have, None where there is no such metric."""
    if name in THEIR_OWN:
        return TARGET | ({"integration"} if name.startswith("alertmanager_") else set())
    metric = METRICS.get(name) or METRICS.get(re.sub(r"_(bucket|count|sum)$", "", name))
    if metric is None:
        return None
    is_part = metric.name != name
    if is_part is not (metric.kind is Kind.HISTOGRAM):
        return None
    return {label.name for label in metric.labels} | TARGET | ({"le"} if name.endswith("_bucket") else set())


def seconds(text: str) -> int:
    """Return a duration like 45s or 2m."""
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[text[-1]]


@needs_promtool
@pytest.mark.parametrize("arguments", [("check", "config", "prometheus.yml"), ("check", "rules", "rules/alerts.yaml")])
def test_prometheus_takes_the_files(arguments: tuple[str, ...]) -> None:
    """The real tool finds nothing to complain about."""
    checked = subprocess.run([str(PROMTOOL), *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@needs_promtool
@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_alerts_fire_when_they_must_and_only_then(path: Path) -> None:
    """The cases beside the rules hold, on the real engine."""
    tried = subprocess.run([str(PROMTOOL), "test", "rules", str(path)], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stdout + tried.stderr


def test_every_alert_is_seen_to_fire_and_to_keep_quiet() -> None:
    """No alert goes untried, neither in trouble nor where all is well and everything is restarted once."""
    fires: set[str] = set()
    quiet: set[str] = set()
    for path in TESTS:
        for case in loaded(path)["tests"]:
            for check in case["alert_rule_test"]:
                (fires if check["exp_alerts"] else quiet).add(check["alertname"])
    assert fires == set(ALERTS)
    assert quiet == set(ALERTS) - {"TouchpointWatchdog"}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_what_is_asked_for_exists(expression: str) -> None:
    """Each metric is in the catalogue, or recorded, or Prometheus's own, and has the labels it is selected by."""
    grouped = {label.strip() for labels in _GROUPED.findall(expression) for label in labels.split(",")} - {""}
    known: set[str] = set()
    for metric, labels in used(expression):
        if metric in RECORDED:
            known |= {"topic", "moment"}
            continue
        has = labels_of(metric)
        assert has is not None, metric
        assert labels <= has, metric
        known |= has
    assert grouped <= known


@pytest.mark.parametrize(
    "rule", RULES, ids=lambda rule: f"{rule['alert']}-{rule['labels']['component']}-{rule['labels']['severity']}"
)
def test_an_alert_says_whom_it_calls_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    """Severity, team, component, a summary, a sentence that names the thing, and a runbook that is there."""
    name, labels, notes = rule["alert"], rule["labels"], rule["annotations"]
    assert labels["severity"] in {"page", "ticket", "none"}
    assert labels["team"] in {"operations", "support"}
    assert labels["component"] in {*JOBS, "{{ $labels.job }}", "{{ $labels.dependency }}"}
    assert notes["summary"]
    assert notes["description"].endswith(".")
    assert notes["runbook_url"] == f"deploy/prometheus/RUNBOOKS.md#{name.lower()}"
    assert all(part in RUNBOOKS[name] for part in PARTS)


def test_only_our_own_processes_are_down_or_missing() -> None:
    """A Prometheus that others use as well calls nobody about theirs; each job is missed by a group of its own."""
    assert f'up{{job=~"{"|".join(JOBS)}"}}' in ALERTS["TouchpointComponentDown"]["expr"]
    missed = {}
    for group in loaded(FOLDER / "rules" / "alerts.yaml")["groups"]:
        if any(rule["alert"] == "TouchpointComponentMissing" for rule in group["rules"]):
            (rule,) = group["rules"]
            missed[group["name"]] = rule["expr"]
    assert missed == {f"missing-{job}": f'absent(up{{job="{job}"}})' for job in JOBS if job != "prometheus"}


def test_no_runbook_is_about_nothing() -> None:
    """They come and go with their alerts, in one order."""
    assert list(RUNBOOKS) == list(ALERTS)


def test_commands_of_runbooks_can_be_typed() -> None:
    """Whoever is called at night finds verbs that exist."""
    text = "".join(RUNBOOKS.values())
    lines = re.findall(r"(?:^\$ |`)touchpoint ([a-z][^`\n|]*)", text, re.MULTILINE)
    assert lines
    for line in lines:
        words = re.match(r"([a-z-]+)(?: ([a-z-]+))?", line)
        assert words is not None
        verb, inner = words.groups()
        asked = [verb, *([inner] if inner and not inner.startswith("-") else []), "--help"]
        assert CliRunner().invoke(touchpoint, asked).exit_code == 0, line
        for option in re.findall(r"--[a-z-]+", line):
            sub = re.match(r"[a-z -]+?(?= --| [A-Z]|$)", line)
            words_before = sub[0].split() if sub else [verb]
            assert option in CliRunner().invoke(touchpoint, [*words_before, "--help"]).stdout, line


@pytest.mark.parametrize(
    "what",
    [*(f"Component{each}" for each in ("Down", "Missing", "Flapping", "NotReady")), "DependencyDown", "InstanceGone"],
)
def test_what_fails_is_named_within_two_minutes(what: str) -> None:
    """A scrape that fails, two evaluations, the patience of the rule and of Alertmanager's group, added up."""
    every, routes = loaded(FOLDER / "prometheus.yml")["global"], loaded(DEPLOY / "alertmanager" / "alertmanager.yml")
    patience = seconds(ALERTS[f"Touchpoint{what}"].get("for", "0s"))
    patience += int(EVERY_SEC + PATIENCE_SEC) if what == "DependencyDown" else 0  # until the process itself knows
    passed = seconds(every["scrape_interval"]) + seconds(every["scrape_timeout"])
    passed += 2 * seconds(every["evaluation_interval"]) + patience + seconds(routes["route"]["group_wait"])
    assert passed <= SOON_SEC


@pytest.mark.parametrize("what", ["InstanceGone", "ComponentMissing"])
def test_what_loses_its_address_is_named_within_two_minutes(what: str) -> None:
    """No scrape of it fails; its series end when its name is looked up, and are marked so two scrapes later."""
    config, routes = loaded(FOLDER / "prometheus.yml"), loaded(DEPLOY / "alertmanager" / "alertmanager.yml")
    every, jobs = config["global"], {job["job_name"]: job for job in config["scrape_configs"]}
    for name in ("worker", "desk", "gateway", "canary"):
        (found,) = jobs[name]["dns_sd_configs"]
        passed = seconds(found["refresh_interval"]) + DISCOVERY_SEC + 2.1 * seconds(every["scrape_interval"])
        passed += seconds(every["evaluation_interval"]) + seconds(ALERTS[f"Touchpoint{what}"]["for"])
        assert passed + seconds(routes["route"]["group_wait"]) <= SOON_SEC


def test_the_spool_is_nearly_full_at_four_fifths_of_its_default() -> None:
    """The bound is no metric, so the rule repeats it."""
    assert f"> 0.8 * {Settings().gateway_spool_bytes}" in ALERTS["TouchpointSpoolNearlyFull"]["expr"]


def test_every_component_is_scraped_under_its_name() -> None:
    """Rules, routes and dashboards go by the job; ports are those that the components have."""
    jobs = {job["job_name"]: job for job in loaded(FOLDER / "prometheus.yml")["scrape_configs"]}
    ports = {name: jobs[name]["dns_sd_configs"][0]["port"] for name in ("worker", "desk", "gateway", "canary")}
    settings = Settings()
    assert ports == {
        "worker": settings.metrics_port, "desk": settings.desk_port, "gateway": settings.gateway_port, "canary": 9105,
    }  # fmt: skip
