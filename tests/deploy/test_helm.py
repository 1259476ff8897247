"""The chart as it is rendered: valid for several Kubernetes, confined, and true to what the program knows."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import kubernetes_validate  # type: ignore[import-untyped] # publishes no types
import pytest
from ruamel.yaml import YAML

from streams.cli import VERBS, touchpoint
from streams.settings.catalogue import is_variable
from streams.settings.lane import LaneSettings

ROOT: Final = Path(__file__).parents[2]
HELM: Final = ROOT / "deploy" / "helm"
CHART: Final = HELM / "touchpoint-tracker"
KUBERNETES: Final = ("1.27", "1.31", "1.34", "1.36")
CASES: Final[Mapping[str, tuple[str, ...]]] = {
    "small": ("-f", str(HELM / "small.yaml")),
    "large": ("-f", str(HELM / "large.yaml")),
    "cpu": ("-f", str(HELM / "large.yaml"), "--set", "worker.autoscaling.by=cpu"),
    "watched": ("-f", str(HELM / "small.yaml"), "--set", "monitoring.enabled=true"),
    "alone": (
        "-f",
        str(HELM / "small.yaml"),
        "--set",
        "gateway.enabled=false,desk.enabled=false,monitoring.enabled=true",
    ),
}
every_case: Final = pytest.mark.parametrize("case", CASES)
# What the cluster does not know by itself, as far as the chart writes it; keys beyond these would be ignored there.
CUSTOM: Final[Mapping[str, Any]] = {
    "ScaledObject": {
        "required": ["scaleTargetRef", "triggers"],
        "additionalProperties": False,
        "properties": {
            "scaleTargetRef": {"required": ["apiVersion", "kind", "name"]},
            "minReplicaCount": {"type": "integer", "minimum": 1},
            "maxReplicaCount": {"type": "integer"},
            "pollingInterval": {"type": "integer"},
            "advanced": {"required": ["horizontalPodAutoscalerConfig"]},
            "triggers": {
                "minItems": 1,
                "items": {
                    "required": ["type", "metadata"],
                    "properties": {"metadata": {"additionalProperties": {"type": "string"}}},
                },
            },
        },
    },
    "ServiceMonitor": {
        "required": ["selector", "endpoints"],
        "additionalProperties": False,
        "properties": {
            "jobLabel": {"type": "string"},
            "selector": {"required": ["matchLabels"]},
            "endpoints": {"items": {"required": ["port", "path", "interval"]}},
        },
    },
    "PrometheusRule": {
        "required": ["groups"],
        "additionalProperties": False,
        "properties": {"groups": {"items": {"required": ["name", "rules"]}}},
    },
}


@cache
def helm() -> str:
    """Return where Helm is; `make tools` builds it."""
    found = shutil.which("helm", path=f"{os.environ['PATH']}:{Path.home() / 'go' / 'bin'}")
    if found is None:
        pytest.skip("there is no Helm: make tools")
    return found


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Helm; what it says of symbolic links is no news."""
    return subprocess.run([helm(), *arguments], capture_output=True, text=True, check=False)


@cache
def rendered(case: str, version: str = KUBERNETES[1]) -> tuple[dict[str, Any], ...]:
    """Return every manifest of a set of values."""
    done = run("template", "shop", str(CHART), "-n", "cx", "--kube-version", f"{version}.0", *CASES[case])
    assert done.returncode == 0, done.stderr
    return tuple(document for document in YAML(typ="safe").load_all(done.stdout) if document)


def of_kind(case: str, *kinds: str) -> list[dict[str, Any]]:
    """Return the manifests of these kinds."""
    return [each for each in rendered(case) if each["kind"] in kinds]


def pods(case: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each pod template with the name of what makes it."""
    for each in of_kind(case, "StatefulSet", "Deployment", "Job"):
        yield each["metadata"]["name"], each["spec"]["template"]


def containers(case: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each container, those that begin a pod too."""
    for name, pod in pods(case):
        for each in [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]:
            yield f"{name}/{each['name']}", each


def matches(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Return whether a selector takes something with these labels."""
    return selector.items() <= labels.items()


@pytest.mark.parametrize("case", ["defaults", *CASES])
def test_the_chart_is_clean(case: str) -> None:
    """Helm's own checks find nothing, whatever the values."""
    done = run("lint", "--strict", str(CHART), "--kube-version", f"{KUBERNETES[0]}.0", *CASES.get(case, ()))
    assert "0 chart(s) failed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("version", "case"), [*((each, "large") for each in KUBERNETES), *((KUBERNETES[-1], each) for each in CASES)]
)
def test_every_manifest_is_valid_in_each_version_of_kubernetes(version: str, case: str) -> None:
    """By the published schemas, unknown keys refused; what the cluster has no schema of has a small one here."""
    for each in rendered(case, version):
        if schema := CUSTOM.get(each["kind"]):
            jsonschema_rs.validate(schema, each["spec"])
        else:
            kubernetes_validate.validate(each, version, strict=True)


@every_case
def test_every_pod_is_confined(case: str) -> None:
    """No root, nothing to write on but volumes, no right to anything, no token, no links of services as variables."""
    for name, pod in pods(case):
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] > 0, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert (spec["automountServiceAccountToken"], spec["enableServiceLinks"]) == (False, False), name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name
        assert all({"emptyDir", "secret", "configMap"} & volume.keys() for volume in spec.get("volumes", ())), name
    for name, container in containers(case):
        context = container["securityContext"]
        assert (context["allowPrivilegeEscalation"], context["readOnlyRootFilesystem"]) == (False, True), name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        for side in ("requests", "limits"):
            assert container["resources"][side].keys() >= {"cpu", "memory"}, name


@every_case
def test_every_variable_is_a_setting_and_given_once(case: str) -> None:
    """A misspelt one would be ignored; one that is there twice would be refused by half of the tools."""
    for name, container in containers(case):
        names = [each["name"] for each in container.get("env", ())]
        assert len(names) == len(set(names)), name
        assert [each for each in names if each.startswith("TOUCHPOINT_") and not is_variable(each)] == [], name


@every_case
def test_every_command_is_one_of_ours(case: str) -> None:
    """What the containers are told is parsed by the command line itself."""
    seen = set()
    for name, container in containers(case):
        if "command" in container:
            continue
        arguments = container["args"]
        if arguments == ["canary"] and "canary" not in VERBS:
            continue  # a verb of its own, which comes with the canary
        assert not touchpoint.main([*arguments, "--help"], standalone_mode=False), name
        seen.add(arguments[0])
    assert {"worker", "topics"} <= seen


@every_case
def test_everything_that_selects_selects_something(case: str) -> None:
    """Services, budgets, policies, monitors and spreads find the pods or services that they are about."""
    labels = {name: pod["metadata"]["labels"] for name, pod in pods(case)}
    services = [each["metadata"]["labels"] for each in of_kind(case, "Service")]
    for each in of_kind(case, "StatefulSet", "Deployment"):
        assert matches(each["spec"]["selector"]["matchLabels"], labels[each["metadata"]["name"]])
        for spread in each["spec"]["template"]["spec"].get("topologySpreadConstraints", ()):
            assert matches(spread["labelSelector"]["matchLabels"], labels[each["metadata"]["name"]])
    for each in of_kind(case, "PodDisruptionBudget", "NetworkPolicy"):
        selector = each["spec"].get("selector") or each["spec"]["podSelector"]
        assert [one for one in labels.values() if matches(selector["matchLabels"], one)], each["metadata"]["name"]
    for each in of_kind(case, "Service"):
        closed = "selector" not in each["spec"]
        found = [] if closed else [one for one in labels.values() if matches(each["spec"]["selector"], one)]
        assert len(found) == (0 if closed else 1), each["metadata"]["name"]
    for each in of_kind(case, "ServiceMonitor"):
        found = [one for one in services if matches(each["spec"]["selector"]["matchLabels"], one)]
        assert [one["app.kubernetes.io/component"] for one in found], each["metadata"]["name"]


@every_case
def test_every_name_that_is_referred_to_is_there(case: str) -> None:
    """Service accounts, governing services, scaled sets and services behind an ingress."""
    names = {(each["kind"], each["metadata"]["name"]) for each in rendered(case)}
    for _, pod in pods(case):
        assert ("ServiceAccount", pod["spec"]["serviceAccountName"]) in names
    for each in of_kind(case, "StatefulSet"):
        assert ("Service", each["spec"]["serviceName"]) in names
    for each in of_kind(case, "ScaledObject", "HorizontalPodAutoscaler"):
        target = each["spec"]["scaleTargetRef"]
        assert (target["kind"], target["name"]) in names
    for each in of_kind(case, "Ingress"):
        assert each["spec"]["tls"][0]["secretName"]
        for path in each["spec"]["rules"][0]["http"]["paths"]:
            assert ("Service", path["backend"]["service"]["name"]) in names


@every_case
def test_no_secret_is_rendered(case: str) -> None:
    """Secrets are named; no manifest holds one, and no variable bears one by value."""
    assert of_kind(case, "Secret") == []
    for name, container in containers(case):
        for each in container.get("env", ()):
            if any(word in each["name"] for word in ("SECRET", "TOKEN", "KEY", "PASSWORD", "DATABASE_URL", "USERNAME")):
                by_file = each["name"].endswith("_FILE") and each["value"].startswith("/etc/touchpoint/")
                assert by_file or "secretKeyRef" in each["valueFrom"], f"{name}: {each['name']}"


def test_probes_tell_started_live_and_ready_apart() -> None:
    """A worker that reads journeys back is alive and not ready; nothing restarts it for that."""
    served = [(name, each) for name, each in containers("large") if "ports" in each]
    assert len(served) == 4
    for name, each in served:
        paths = {kind: each[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
        assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}, name
        assert each["startupProbe"]["failureThreshold"] * each["startupProbe"]["periodSeconds"] >= 60, name


def test_a_pod_has_longer_to_end_than_its_process_takes() -> None:
    """The worker ends hard after its own time; the pod waits longer, with the pause before the end counted in."""
    for name, pod in pods("small"):
        if "worker" in name:
            assert pod["spec"]["terminationGracePeriodSeconds"] >= 1.5 * LaneSettings().stop_sec
        elif not name.endswith("topics"):
            assert pod["spec"]["terminationGracePeriodSeconds"] >= 5 + 10 + 5


@pytest.mark.parametrize(
    ("case", "kinds"), [("small", []), ("large", ["ScaledObject"]), ("cpu", ["HorizontalPodAutoscaler"])]
)
def test_one_thing_at_the_most_scales_the_workers(case: str, kinds: list[str]) -> None:
    """Who scales sets the number of replicas; where nothing does the chart sets it."""
    found = of_kind(case, "ScaledObject", "HorizontalPodAutoscaler")
    (workers,) = [each for each in of_kind(case, "StatefulSet") if each["metadata"]["name"].endswith("worker")]
    assert [each["kind"] for each in found] == kinds
    assert ("replicas" in workers["spec"]) is (not kinds)


def test_the_scaler_asks_kafka_by_names_that_hold_in_its_own_namespace() -> None:
    """KEDA runs elsewhere; the pods keep their short names, and so does it where none are given."""
    for case, given in (("large", ()), ("large", ("--set", "worker.autoscaling.bootstrapServers="))):
        done = run("template", "shop", str(CHART), "-n", "cx", "--kube-version", "1.31.0", *CASES[case], *given)
        found = [each for each in YAML(typ="safe").load_all(done.stdout) if each and each["kind"] == "ScaledObject"]
        (trigger,) = found[0]["spec"]["triggers"]
        servers = trigger["metadata"]["bootstrapServers"].split(",")
        assert len(servers) == 3
        assert all(server.endswith(".kafka:9092" if given else ".svc.cluster.local:9092") for server in servers)


def test_each_worker_is_a_static_member_under_the_name_of_its_pod() -> None:
    """So a restart within the session moves no partition."""
    (container,) = [each for name, each in containers("small") if name.endswith("worker/worker")]
    variables = {each["name"]: each for each in container["env"]}
    by_name = {"fieldRef": {"fieldPath": "metadata.name"}}
    assert variables["TOUCHPOINT_INSTANCE_ID"]["valueFrom"] == by_name
    assert variables["TOUCHPOINT_METRICS_HOST"]["value"] == "0.0.0.0"  # noqa: S104 - probes come from the node


def test_what_is_accepted_outlives_the_pod() -> None:
    """The gateway's spool is on a volume that stays when the pod goes, and is as large as the spool may grow."""
    for case in ("small", "large"):
        (gateway,) = [each for each in of_kind(case, "StatefulSet") if each["metadata"]["name"].endswith("gateway")]
        (claim,) = gateway["spec"]["volumeClaimTemplates"]
        mb = {each["name"]: each.get("value") for each in gateway["spec"]["template"]["spec"]["containers"][0]["env"]}
        size = claim["spec"]["resources"]["requests"]["storage"]
        assert gateway["spec"]["persistentVolumeClaimRetentionPolicy"] == {
            "whenDeleted": "Retain",
            "whenScaled": "Retain",
        }
        assert int(size.removesuffix("Gi")) * 1024 >= int(mb["TOUCHPOINT_GATEWAY_SPOOL_MB"]) + 1024  # uploads


def test_the_network_is_closed_but_for_what_is_needed() -> None:
    """All is denied to all pods; journeys are for the desk and Prometheus alone, and only the desk has a database."""
    policies = {each["metadata"]["name"].rpartition("-")[2]: each["spec"] for each in of_kind("large", "NetworkPolicy")}
    assert policies["deny"]["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & policies["deny"].keys()
    (workers,) = policies["worker"]["ingress"]
    assert workers["ports"] == [{"port": 9102, "protocol": "TCP"}]
    callers = [
        one["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for one in workers["from"]
        if "podSelector" in one
    ]
    assert callers == ["desk"]
    assert len(workers["from"]) == 2
    reaches = {
        name: {port["port"] for rule in spec["egress"] for port in rule["ports"]}
        for name, spec in policies.items()
        if name != "deny"
    }
    assert {name for name, ports in reaches.items() if 5432 in ports} == {"desk"}
    assert all({53, 9092} <= ports for ports in reaches.values())
    assert "ingress" not in policies["topics"]


def test_metrics_are_not_for_the_world() -> None:
    """An ingress leads /metrics to a service behind which there is nobody."""
    closed = {each["metadata"]["name"] for each in of_kind("large", "Service") if "selector" not in each["spec"]}
    for each in of_kind("large", "Ingress"):
        first, rest = each["spec"]["rules"][0]["http"]["paths"]
        assert (first["path"], first["pathType"], rest["path"]) == ("/metrics", "Exact", "/")
        assert first["backend"]["service"]["name"] in closed


def test_topics_and_grants_come_before_everything() -> None:
    """Accounts and scripts, then grants, then topics: each a hook that is run again at an upgrade."""
    hooks = {
        (each["kind"], each["metadata"]["name"].rpartition("-")[2]): each["metadata"]["annotations"]
        for each in rendered("large")
        if "helm.sh/hook" in each["metadata"].get("annotations", {})
    }
    weights = {name: int(each["helm.sh/hook-weight"]) for name, each in hooks.items()}
    assert weights["ServiceAccount", "topics"] < weights["Job", "acls"] < weights["Job", "topics"]
    assert weights["ConfigMap", "acls"] < weights["Job", "acls"]
    assert {each["helm.sh/hook"] for each in hooks.values()} == {"pre-install,pre-upgrade"}


def test_rules_dashboards_and_grants_are_those_of_the_repository() -> None:
    """The chart has no copies of its own."""
    rules = {each["metadata"]["name"]: each["spec"] for each in of_kind("large", "PrometheusRule")}
    files = [path for path in (ROOT / "deploy/prometheus/rules").glob("*.yaml") if not path.stem.endswith("_test")]
    ours = {f"shop-touchpoint-tracker-{path.stem}": YAML(typ="safe").load(path) for path in files}
    for spec in ours.values():
        spec["groups"] = [group for group in spec["groups"] if group["name"] != "missing-alertmanager"]
    assert rules == ours
    maps = [each["data"] for each in of_kind("large", "ConfigMap")]
    shown = {name: json.loads(text) for data in maps for name, text in data.items() if name.endswith(".json")}
    assert shown == {
        path.name: json.loads(path.read_text()) for path in (ROOT / "deploy/grafana/dashboards").glob("*.json")
    }
    (script,) = [data["acls.sh"] for data in maps if "acls.sh" in data]
    assert script.strip() == (ROOT / "deploy/kafka/acls.sh").read_text().strip()


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("large", {"worker", "desk", "gateway", "canary"}),
        ("watched", {"worker", "desk", "gateway"}),
        ("alone", {"worker"}),
    ],
)
def test_nothing_is_missed_that_is_not_installed(case: str, expected: set[str]) -> None:
    """There is an alert about the absence of each component that is scraped, and of no other."""
    groups = [group for each in of_kind(case, "PrometheusRule") for group in each["spec"]["groups"]]
    missed = [rule for group in groups for rule in group["rules"] if rule.get("alert") == "TouchpointComponentMissing"]
    assert {rule["labels"]["component"] for rule in missed} == expected
    assert all(f'job="{rule["labels"]["component"]}"' in rule["expr"] for rule in missed)
    watched = {each["metadata"]["name"].rpartition("-")[2] for each in of_kind(case, "ServiceMonitor")}
    assert watched == expected


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("worker.replica=3", "replica"),
        ("worker.autoscaling.by=both", "by"),
        ("desk.database.url=postgresql://x", "url"),
        ("worker.replicas=9", "more workers than kafka.partitions"),
        ("gateway.replicas=2", "several gateways need the same keys"),
        ("kafka.bootstrapServers=", "say where Kafka is"),
        ("gateway.identity.name=", "name the secret of keyed hashes"),
        ("kafka.security.protocol=SASL_SSL", "name the secret of its user"),
        ("canary.enabled=true", "name the secret of its key"),
        ("desk.database.name=", "name the secret with the database's URL"),
    ],
)
def test_wrong_values_are_refused_by_name(wrong: str, said: str) -> None:
    """Unknown keys, secrets by value, more workers than partitions, and what is missing."""
    done = run("template", "shop", str(CHART), "--kube-version", "1.31.0", *CASES["small"], "--set", wrong)
    assert done.returncode == 1
    assert said in done.stderr
