"""Grafana finds what is provisioned where docker-compose.yml mounts it, and its data at services that there are."""

from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from tests.deploy.compose import ROOT, load

COMPOSE: Final = load({})
GRAFANA: Final = COMPOSE.services["grafana"]
PROVISIONING: Final = ROOT / "deploy/grafana/provisioning"
MOUNTED: Final = {mount.target: ROOT / mount.source for mount in GRAFANA.mounts if mount.is_bind}


def read(kind: str, key: str) -> list[dict[str, Any]]:
    """Return what all files of a kind provision."""
    files = sorted((PROVISIONING / kind).glob("*.yaml"))
    found = [entry for file in files for entry in YAML(typ="safe").load(file.read_text())[key]]
    assert found
    return found


@pytest.mark.parametrize("source", read("datasources", "datasources"), ids=lambda source: str(source["name"]))
def test_data_comes_from_a_service_on_the_same_network(source: dict[str, Any]) -> None:
    """By the name of the service and a port that it has."""
    address = urlsplit(source["url"])
    service = COMPOSE.services[address.hostname or ""]
    assert address.port in service.expose
    assert set(service.whole["networks"]) & set(GRAFANA.whole["networks"])


def test_dashboards_are_where_they_are_looked_for() -> None:
    """Every folder that a provider reads is mounted, and has dashboards."""
    for provider in read("dashboards", "providers"):
        folder = MOUNTED[provider["options"]["path"]]
        assert list(folder.glob("*.json"))


def test_provisioning_and_settings_are_where_grafana_looks() -> None:
    """At the paths of its image."""
    assert MOUNTED["/etc/grafana/provisioning"] == PROVISIONING
    assert MOUNTED["/etc/grafana/grafana.ini"] == ROOT / "deploy/grafana/grafana.ini"
