"""Imports go one way, pure packages stay pure, files stay small: what ARCHITECTURE.md draws is what the code does."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "streams"
MOST_LINES: Final = 400

# package -> packages of ours that it may import, besides itself; `errors` and `documents` may be imported by all.
PURE: Final = ("touchpoints", "journeys", "rules", "alerts")
BASE: Final = ("codec", "telemetry", "settings")
MAY_IMPORT: Final[dict[str, tuple[str, ...]]] = {
    "touchpoints": (),
    "journeys": ("touchpoints",),
    "rules": ("journeys", "touchpoints"),
    "alerts": ("rules", "journeys", "touchpoints"),
    "settings": (),
    "telemetry": ("settings", *PURE),
    "codec": ("settings", *PURE),
    "broker": (*BASE, *PURE),
    "datasets": (*BASE, *PURE),
    "backtest": (*BASE, *PURE),
    "worker": (*BASE, *PURE),
    "demo": (*BASE, *PURE, "broker", "datasets"),
    "testing": (*BASE, *PURE, "broker", "datasets", "backtest", "worker"),
    "cli": (*BASE, *PURE, "broker", "datasets", "backtest", "worker", "demo"),
}
SHARED: Final = ("errors", "documents")
IMPURE: Final = {
    "asyncio",
    "time",
    "os",
    "logging",
    "socket",
    "subprocess",
    "threading",
    "random",
    "sys",
    "io",
    "pathlib",
}
ONLY_IN: Final = {"faust": "worker", "mode": "worker", "fastavro": "codec", "prometheus_client": "telemetry"}
# The test doubles of the stock path are Faust programs of their own, for comparison.
BASELINES: Final = ("testing/naive.py",)


def imports(source: str) -> Iterator[str]:
    """Yield the dotted names that a module imports, wherever in it, but not those for type checkers alone."""
    skipped: set[ast.AST] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            skipped.update(part for statement in node.body for part in ast.walk(statement))
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "streams":
                yield from (f"streams.{alias.name}" for alias in node.names)


def violations(package: str, place: str, source: str) -> list[str]:
    """Return what a module of a package imports and may not."""
    found = []
    for name in imports(source):
        first, _, rest = name.partition(".")
        if first == "streams" and rest:
            other = rest.partition(".")[0]
            if other not in (package, *SHARED, *MAY_IMPORT[package]):
                found.append(f"{place}: {package} may not import {other}")
        elif first in ONLY_IN and ONLY_IN[first] != package and place not in BASELINES:
            found.append(f"{place}: {first} belongs to {ONLY_IN[first]}")
        elif package in PURE and (first in IMPURE or _is_third_party(first)):
            found.append(f"{place}: {package} is pure and may not import {first}")
    return found


def _is_third_party(name: str) -> bool:
    return name not in sys.stdlib_module_names and name not in ("streams", "msgspec")


def modules() -> list[Path]:
    """Return every module of ours."""
    return sorted(PACKAGE.rglob("*.py"))


def test_imports_go_one_way() -> None:
    """No module imports what stands above or beside it."""
    found = []
    for path in modules():
        place = path.relative_to(PACKAGE)
        if len(place.parts) > 1:
            found += violations(place.parts[0], place.as_posix(), path.read_text())
    assert found == []


@pytest.mark.parametrize(
    ("package", "source", "complaint"),
    [
        ("journeys", "from streams.rules import model", "journeys may not import rules"),
        ("rules", "import time", "rules is pure and may not import time"),
        ("alerts", "import fastavro", "fastavro belongs to codec"),
        ("codec", "def f():\n    import faust", "faust belongs to worker"),
        ("touchpoints", "import ruamel.yaml", "touchpoints is pure and may not import ruamel"),
        ("backtest", "from streams.worker.lane import Lane", "backtest may not import worker"),
    ],
)
def test_a_planted_violation_is_found(package: str, source: str, complaint: str) -> None:
    """The check has teeth."""
    assert violations(package, "planted.py", source) == [f"planted.py: {complaint}"]


def test_every_package_is_in_the_fence() -> None:
    """A new package must say what it may import."""
    packages = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert packages == set(MAY_IMPORT)


def test_no_file_is_too_long_and_none_is_called_utils() -> None:
    """One concept a file: at most 400 lines, and a name that says which."""
    sizes = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in modules()}
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}
    assert [name for name in sizes if Path(name).stem in ("utils", "helpers", "common", "misc")] == []
