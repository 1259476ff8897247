"""docker-compose.yml much as Compose reads it: merged, interpolated, checked.

ruamel.yaml merges `<<`, then the package compose-spec of PyPI checks the rest: a binding of a parser of the Compose
specification in Rust, which is not Docker's own.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import compose_spec
import msgspec
from ruamel.yaml import YAML

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / "docker-compose.yml"
OURS: Final = "touchpoint-tracker"  # the image that deploy/docker/Dockerfile makes

# What Compose replaces: $$, ${NAME}, ${NAME:-default}, ${NAME:?message}.
_VARIABLE: Final = re.compile(r"\$(?:(?P<escaped>\$)|\{(?P<name>\w+)(?::(?P<how>[-?])(?P<rest>[^}]*))?\})")


class MissingVariableError(Exception):
    """A variable that the file demands is not set."""


class Check(msgspec.Struct, frozen=True):
    """A health check: what is run, how often (while it starts: `start_interval`), and how long it may fail."""

    test: tuple[str, ...]
    interval: str
    timeout: str
    retries: int
    start_period: str
    start_interval: str


class Mount(msgspec.Struct, frozen=True):
    """A folder or file of this repository (`is_bind`), or a named volume, at a path of the container."""

    source: str
    target: str
    is_read_only: bool

    @property
    def is_bind(self) -> bool:
        """Whether it is a path of the host."""
        return self.source.startswith((".", "/"))


class Service(msgspec.Struct, frozen=True):
    """One service; `whole` is everything that the file says of it."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: dict[str, str]
    expose: tuple[int, ...]
    published: tuple[str, ...]
    mounts: tuple[Mount, ...]
    tmpfs: tuple[str, ...]
    secrets: tuple[str, ...]
    depends_on: dict[str, str]
    replicas: int
    check: Check | None
    whole: dict[str, Any]

    @property
    def is_ours(self) -> bool:
        """Whether it runs our own image."""
        return self.image.partition(":")[0] == OURS

    @property
    def is_one_shot(self) -> bool:
        """Whether it ends when its work is done."""
        return bool(self.whole.get("restart") == "no")


class Compose(msgspec.Struct, frozen=True):
    """The whole file."""

    services: dict[str, Service]
    volumes: tuple[str, ...]
    secrets: dict[str, str]  # name -> file
    networks: dict[str, Any]


def load(environ: Mapping[str, str] = os.environ, file: Path = FILE) -> Compose:
    """Read the file with these variables; raises what compose-spec finds wrong with it."""
    merged = YAML(typ="safe").load(file.read_text())
    whole = _interpolate(merged, environ)
    loaded = compose_spec.PyCompose.from_json(json.dumps(whole))
    loaded.validate()
    loaded.to_spec()
    return Compose(
        services={name: _service(name, one) for name, one in whole["services"].items()},
        volumes=tuple(whole.get("volumes", ())),
        secrets={name: one["file"] for name, one in whole.get("secrets", {}).items()},
        networks={name: one or {} for name, one in whole.get("networks", {}).items()},
    )


def interpolate(text: str, environ: Mapping[str, str]) -> str:
    """Replace variables as Compose does; raise MissingVariableError for one that must be set and is not."""

    def value(found: re.Match[str]) -> str:
        if found["escaped"]:
            return "$"
        given = environ.get(found["name"], "")
        if not given and found["how"] == "?":
            raise MissingVariableError(f"{found['name']}: {found['rest']}")
        return given or (found["rest"] or "" if found["how"] == "-" else given)

    return _VARIABLE.sub(value, text)


def _interpolate(node: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        return interpolate(node, environ)
    if isinstance(node, dict):
        return {key: _interpolate(value, environ) for key, value in node.items()}
    if isinstance(node, list):
        return [_interpolate(value, environ) for value in node]
    return node


def _service(name: str, one: dict[str, Any]) -> Service:
    check = one.get("healthcheck")
    return Service(
        name=name,
        image=one["image"],
        command=tuple(one.get("command", ())),
        environment={key: str(value) for key, value in one.get("environment", {}).items()},
        expose=tuple(int(port) for port in one.get("expose", ())),
        published=tuple(one.get("ports", ())),
        mounts=tuple(map(_mount, one.get("volumes", ()))),
        tmpfs=tuple(each.partition(":")[0] for each in one.get("tmpfs", ())),
        secrets=tuple(one.get("secrets", ())),
        depends_on={other: how["condition"] for other, how in one.get("depends_on", {}).items()},
        replicas=one.get("deploy", {}).get("replicas", 1),
        check=msgspec.convert(check, Check) if check else None,
        whole=one,
    )


def _mount(text: str) -> Mount:
    source, target, *options = text.split(":")
    return Mount(source, target, options == ["ro"])
