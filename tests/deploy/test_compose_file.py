"""docker-compose.yml: whole, bounded, locked down, and in the words that the program knows."""

import re
from pathlib import Path
from typing import Final

import click
import pytest

from streams.cli import touchpoint
from streams.settings.catalogue import is_variable
from streams.settings.lane import LaneSettings
from streams.sizing.figures import GIB, Figures
from streams.sizing.plan import Load, plan
from tests.deploy.compose import FILE, ROOT, MissingVariableError, Service, interpolate, load

COMPOSE: Final = load({})
SERVICES: Final = list(COMPOSE.services.values())
OURS: Final = [service for service in SERVICES if service.is_ours]
SECRET: Final = re.compile("password|secret|token|key|credential", re.IGNORECASE)


def each(services: list[Service]) -> pytest.MarkDecorator:
    """Run a test once for each service."""
    return pytest.mark.parametrize("service", services, ids=lambda service: service.name)


def limits(service: Service) -> dict[str, str]:
    """Return what the service may use at most."""
    found: dict[str, str] = service.whole["deploy"]["resources"]["limits"]
    return found


def test_the_whole_system_is_there() -> None:
    """Every part of the picture is a service."""
    assert set(COMPOSE.services) >= {
        "kafka", "registry", "topics", "worker", "gateway", "desk", "postgres", "canary", "prometheus", "alertmanager",
        "grafana",
    }  # fmt: skip
    assert COMPOSE.services["worker"].replicas == 2


@each(SERVICES)
def test_an_image_has_one_version(service: Service) -> None:
    """Exact to the last figure, so that two machines run the same."""
    version = service.image.rpartition(":")[2]
    assert re.fullmatch(r"v?\d+\.\d+(\.\d+)?(-[\w.]+)?", version), service.image


@each(SERVICES)
def test_a_service_says_how_it_is_or_ends(service: Service) -> None:
    """What runs for ever has a health check that may fail a few times; a one-shot has none."""
    assert service.is_one_shot == (service.check is None)
    if service.check is not None:
        assert service.check.test[0] == "CMD"
        assert 1 < service.check.retries < 10


@each(SERVICES)
def test_a_service_is_bounded(service: Service) -> None:
    """In memory, processors, processes and logs."""
    assert set(limits(service)) == {"cpus", "memory", "pids"}
    assert set(service.whole["logging"]["options"]) == {"max-size", "max-file"}


@each(SERVICES)
def test_a_service_may_do_nothing_that_it_need_not(service: Service) -> None:
    """No writing to its image, no capability, no way to more rights, and not root."""
    whole = service.whole
    assert (whole["read_only"], whole["cap_drop"], whole["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert int(whole["user"].partition(":")[0]) > 0
    assert {"privileged", "cap_add", "pid", "ipc", "network_mode", "devices"} & set(whole) == set()


@each(SERVICES)
def test_only_this_machine_is_let_in(service: Service) -> None:
    """Published ports are on the loopback, and are ports that the service has; the network of data has no way out."""
    for published in service.published:
        address, outside, inside = published.split(":")
        assert address == "127.0.0.1"
        assert outside == inside
        assert int(inside) in service.expose
    assert COMPOSE.networks["data"] == {"internal": True}
    assert bool(service.published) <= ("edge" in service.whole["networks"])


@each(SERVICES)
def test_secrets_come_as_files(service: Service) -> None:
    """No variable holds one: it names the file of a secret that the service is given, or one in a volume of its own."""
    given = {f"/run/secrets/{name}" for name in service.secrets}
    volumes = {mount.target for mount in service.mounts if not mount.is_bind}
    for name, value in service.environment.items():
        if SECRET.search(name):
            assert name.endswith("_FILE"), name
            assert value in given or str(Path(value).parent) in volumes, name
    assert not re.search(r"://[^/\s:@]+:[^/\s@]+@", " ".join(service.environment.values()))


def test_a_lone_worker_holds_the_journeys_that_the_readme_promises() -> None:
    """In the memory that it is given, by the arithmetic of sizes, with room for the records that wait."""
    worker = COMPOSE.services["worker"]
    (promised,) = re.findall(r"\*\*([\d,]+) journeys\*\*", (ROOT / "deploy/docker/README.md").read_text())
    journeys, live = int(promised.replace(",", "")), int(worker.environment["TOUCHPOINT_LANE_LIVE_JOURNEYS"])
    figures = Figures(live_journeys=live)
    limit = int(limits(worker)["memory"].removesuffix("G")) * GIB
    made = plan(Load(touchpoints_per_sec=1_000, journeys=journeys), figures)
    assert (made.workers, made.partitions) == (worker.replicas, 8)
    assert made.worker_bytes <= limit
    used = figures.base_bytes + journeys * figures.journey_bytes + live * figures.live_bytes
    assert used + LaneSettings().held_bytes <= limit


def test_secrets_are_not_in_the_repository() -> None:
    """They are in a folder that neither git nor the builder of the image sees, and all are made by the script."""
    made = (ROOT / "deploy/docker/secrets.sh").read_text()
    for name, file in COMPOSE.secrets.items():
        assert file == f"./deploy/docker/secrets/{name}"
        assert name in made
    assert "deploy/docker/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    used = {name for service in SERVICES for name in service.secrets}
    assert used == set(COMPOSE.secrets)


@each(SERVICES)
def test_what_is_mounted_is_there(service: Service) -> None:
    """Files of this repository, read-only; everything else is a named volume."""
    for mount in service.mounts:
        if mount.is_bind:
            assert (ROOT / mount.source).exists(), mount.source
            assert mount.is_read_only
        else:
            assert mount.source in COMPOSE.volumes


def test_every_volume_has_one_writer() -> None:
    """Two processes that run at a time never write to the same files; one-shots prepare them."""
    writers = [
        mount.source
        for service in SERVICES
        for mount in service.mounts
        if not mount.is_bind and not mount.is_read_only and not service.is_one_shot
    ]
    assert len(set(writers)) == len(writers)
    mounted = {mount.source for service in SERVICES for mount in service.mounts if not mount.is_bind}
    assert mounted == set(COMPOSE.volumes)
    for service in SERVICES:
        assert service.replicas == 1 or all(mount.is_bind for mount in service.mounts), service.name


@each(SERVICES)
def test_the_order_of_starts_can_be_kept(service: Service) -> None:
    """Others are waited for until they are healthy, one-shots until they have done their work."""
    for other, condition in service.depends_on.items():
        done = "service_completed_successfully" if COMPOSE.services[other].is_one_shot else "service_healthy"
        assert condition == done, other


@each(OURS)
def test_every_variable_of_ours_is_a_setting(service: Service) -> None:
    """A mistyped one would be passed over in silence."""
    assert [name for name in service.environment if not is_variable(name)] == []


@each(OURS)
def test_every_command_of_ours_is_understood(service: Service) -> None:
    """The real command line reads verb and options."""
    command: click.Command = touchpoint
    words = list(service.command)
    with click.Context(touchpoint, info_name="touchpoint") as context:
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            found = command.get_command(context, words.pop(0))
            assert found is not None, service.command
            command = found
        command.make_context("touchpoint", words, parent=context)


@each(OURS)
def test_our_health_checks_ask_our_own_ports(service: Service) -> None:
    """By our own verb, for the image has no other tool."""
    if service.check is not None:
        _, program, verb, url = service.check.test
        assert (program, verb) == ("touchpoint", "healthy")
        (port,) = service.expose
        # A canary is ready while it is heard; that it is not is said by an alert.
        assert url == f"http://127.0.0.1:{port}/{'healthz' if service.name == 'canary' else 'readyz'}"


def test_variables_are_read_as_compose_does() -> None:
    """Defaults stand for what is not set or empty; what must be set is demanded with its reason."""
    environ = {"A": "1", "B": ""}
    assert interpolate("${A} ${A:-2} ${B:-2} ${C:-} $${A} ${A:?needed}", environ) == "1 1 2  ${A} 1"
    with pytest.raises(MissingVariableError, match="C: name it"):
        interpolate("${C:?name it}", environ)


def test_every_value_that_may_be_set_has_a_default() -> None:
    """The system starts with no file of settings at all."""
    assert re.findall(r"(?<!\$)\$\{\w+\}", FILE.read_text()) == []
