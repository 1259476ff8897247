"""The image: what its Dockerfile promises, and what the wheel does with the packages of its lock file alone."""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.compose import ROOT
from tests.deploy.dockerfile import read

DOCKER: Final = ROOT / "deploy/docker"
BUILD, FINAL = read(DOCKER / "Dockerfile")
RUN_TIME: Final = DOCKER / "requirements.lock"
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())

# Imports every verb and every service, as the first request would.
IMPORTS_ALL: Final = """
import importlib, streams.cli
for module, _ in streams.cli.VERBS.values():
    importlib.import_module(f"streams.cli.{module}")
for module in ("worker.run", "desk.web", "gateway.web", "telemetry.logs"):
    importlib.import_module(f"streams.{module}")
from streams.codec import rules, vocabulary
from streams.settings import places
print(len(rules.read(places.rules(["deploy/rules"]), vocabulary.shipped())))
"""


def pinned(path: Path) -> dict[str, Requirement]:
    """Return what a lock file installs on this machine, by name."""
    lines = re.findall(r"^[a-z0-9][^\\\n]*", path.read_text(), re.MULTILINE)
    every = [Requirement(line) for line in lines]
    return {canonicalize_name(each.name): each for each in every if each.marker is None or each.marker.evaluate()}


def names(requirements: list[str]) -> set[str]:
    """Return the names of requirements."""
    return {canonicalize_name(Requirement(each).name) for each in requirements}


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """The wheel beside the packages of the lock file, and nothing else."""
    folder = Path(tempfile.mkdtemp(prefix="image-"))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    try:
        subprocess.run([*pip, "wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
        (wheel,) = folder.glob("*.whl")
        site = folder / "site"
        subprocess.run([*pip, "install", "--no-index", "--no-deps", "--target", site, wheel], check=True)
        for name in pinned(RUN_TIME):
            found = distribution(name)
            for top in {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}:
                if not (site / top).exists():
                    (site / top).symlink_to(Path(str(found.locate_file(top))))
        yield site
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(
    site: Path, *arguments: str, cwd: Path = Path("/"), environ: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """Run Python with these packages alone, in a folder that is not the checkout; it may write none of its own."""
    before = sorted(site.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-S", "-P", *arguments],
        env={"PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1", **environ},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert sorted(site.rglob("*")) == before
    return done


def test_the_command_runs_with_the_locked_packages_alone(installed: Path) -> None:
    """Outside of any checkout, without writing a file."""
    done = run(installed, "-m", "streams.cli", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "worker" in done.stdout


def test_every_service_finds_its_packages_and_files(installed: Path) -> None:
    """No verb needs what is only installed for tests, and the shipped rules are in the wheel."""
    done = run(installed, "-c", IMPORTS_ALL)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        (("import", "completejourney", "--output", "x.jsonl"), "datasets"),
        (("broker", "start", "--data", "x"), "broker"),
    ],
)
def test_what_is_an_extra_says_so(installed: Path, tmp_path: Path, arguments: tuple[str, ...], extra: str) -> None:
    """In one line, with what to install; servers do without."""
    environ = {"TOUCHPOINT_CACHE_DIR": str(tmp_path / "cache")}
    done = run(installed, "-m", "streams.cli", *arguments, cwd=tmp_path, environ=environ)
    assert (done.returncode != 0, done.stderr.count("\n")) == (True, 1), done.stderr
    assert f"pip install 'touchpoint-tracker[{extra}]'" in done.stderr


def test_what_is_an_extra_is_not_in_the_image() -> None:
    """A Java, Kafka's packages, tables of a shop and Arrow are for trying things out, and for tests."""
    run_time = set(pinned(RUN_TIME))
    extras = {name for needed in PROJECT["project"]["optional-dependencies"].values() for name in names(needed)}
    assert extras - {"touchpoint-tracker"} <= set(pinned(ROOT / "requirements.lock"))
    assert extras & run_time == set()


def test_the_lock_files_are_of_the_versions_that_tests_use() -> None:
    """What is in the image was tested: each version is that of requirements.lock, and of this environment."""
    tested = pinned(ROOT / "requirements.lock")
    for path in (RUN_TIME, DOCKER / "build.lock"):
        for name, requirement in pinned(path).items():
            assert requirement.specifier == tested[name].specifier, name
            try:
                assert distribution(name).version in requirement.specifier, name
            except PackageNotFoundError:
                pytest.fail(f"{name} is not installed: make setup")


def test_the_lock_files_are_whole_and_no_more() -> None:
    """Every dependency is pinned by hash; what only tests need is not in the image."""
    run_time, build = set(pinned(RUN_TIME)), set(pinned(DOCKER / "build.lock"))
    assert names(PROJECT["project"]["dependencies"]) <= run_time
    assert names(PROJECT["dependency-groups"]["build"]) <= build
    assert run_time & {"pytest", "mypy", "ruff", "playwright", "hypothesis", "pgserver"} == set()
    for path in (RUN_TIME, DOCKER / "build.lock"):
        text = path.read_text()
        assert text.count("--hash=sha256:") >= len(pinned(path))
        assert "://" not in text


def test_what_is_installed_is_what_was_locked() -> None:
    """No pip of the image takes a package that no lock file names."""
    commands = [each.rest for stage in (BUILD, FINAL) for each in stage.all("RUN") if "pip" in each.rest]
    parts = [part for command in commands for part in command.split("&&") if re.search(r"pip (install|wheel)", part)]
    assert len(parts) == 4
    for part in parts:
        assert "--require-hashes" in part or ("--no-deps" in part and re.search("--no-(index|build-isolation)", part))


def test_the_image_runs_as_nobody_in_particular() -> None:
    """A user without a shell, no tools of the builder, and an end by SIGTERM that the program understands."""
    user, entry, stop = FINAL.last("USER"), FINAL.last("ENTRYPOINT"), FINAL.last("STOPSIGNAL")
    assert user is not None
    assert user.rest == "10001:10001"
    assert entry is not None
    assert entry.words == ["touchpoint"]
    assert stop is not None
    assert stop.rest == "SIGTERM"
    assert "gcc" not in " ".join(each.rest for each in FINAL.all("RUN"))
    assert [stage.all("ADD") + stage.all("HEALTHCHECK") for stage in (BUILD, FINAL)] == [[], []]


def test_both_stages_have_the_same_python() -> None:
    """Compiled modules fit one version; it is exact, and one that the project supports."""
    assert BUILD.base == FINAL.base
    found = re.fullmatch(r"python:(\d+)\.(\d+)\.\d+-slim-\w+", FINAL.base)
    assert found is not None
    assert f"Programming Language :: Python :: {found[1]}.{found[2]}" in PROJECT["project"]["classifiers"]


def test_everything_that_is_copied_is_there_and_nothing_else_is_sent() -> None:
    """The builder gets what the Dockerfile copies; secrets, tests and history stay here."""
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    sent = [line[1:] for line in ignored if line.startswith("!")]
    copied = [source for each in BUILD.all("COPY") for source in each.words[:-1]]
    assert sorted(copied) == sorted(sent)
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert "*" in ignored
    assert not any(fnmatch("deploy/docker/secrets/x", f"{source}*") for source in sent)
