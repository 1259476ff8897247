"""The fence: who may import whom, what pure code may touch, and how large a file may be."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = "streams"
MAX_LINES: Final = 400
VAGUE_NAMES: Final = {"utils", "util", "helpers", "helper", "common", "misc"}

# Imports go one way, from the bottom of this list to its top, and never between neighbours of a row but for these.
ROWS: Final = (
    {"errors"},
    {"touchpoints", "documents"},
    {"journeys"},
    {"rules"},
    {"alerts"},
    {"codec", "telemetry", "settings", "durable"},
    {"serving"},
    {"worker", "backtest", "broker", "datasets", "desk", "gateway", "sizing"},
    {"canary", "demo", "doctor", "growth", "testing"},
    {"cli"},
)
NEIGHBOURS: Final = {"codec": {"settings"}, "telemetry": {"settings"}, "settings": {"durable"}}
PURE: Final = {"errors", "touchpoints", "documents", "journeys", "rules", "alerts", "sizing"}
PURE_STDLIB: Final = {
    "bisect", "collections", "dataclasses", "datetime", "difflib", "enum", "functools", "hashlib", "heapq", "itertools",
    "math", "operator", "re", "struct", "typing", "zlib",
}  # fmt: skip
PURE_THIRD_PARTY: Final = {"msgspec", "mypy_extensions"}  # of the latter numbers, while types are checked
PURE_EXTRA: Final = {
    "documents": {"contextlib", "importlib", "ruamel"}
}  # parses YAML from text, by libyaml where there is one
CLOCKS: Final = {"now", "utcnow", "today"}  # of datetime and date: pure code takes the time as an argument
ONLY_IN: Final = {
    "faust": "worker", "mode": "worker", "fastavro": "codec", "prometheus_client": "telemetry",
    "sqlalchemy": "desk", "alembic": "desk", "jinja2": "serving", "apprise": "desk", "icalendar": "desk",
    "opentelemetry": "telemetry",
}  # fmt: skip
ALSO_IN: Final = {("jinja2", "gateway")}  # whose lines for a shell are no page
NOT_SHIPPED_USE: Final = {"testing"}  # doubles: for tests, never for the program


class Import(NamedTuple):
    """One imported module and the line it stands on."""

    line: int
    module: str


def files() -> list[Path]:
    """Return all modules of the package."""
    return sorted((ROOT / PACKAGE).rglob("*.py"))


def part(path: Path) -> str:
    """Return the package or module right below `streams` that a file belongs to."""
    return path.relative_to(ROOT / PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[Import]:
    """Yield every import, those inside functions too; `from streams import x` is an import of `streams.x`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            if node.module == PACKAGE:
                yield from (Import(node.lineno, f"{PACKAGE}.{alias.name}") for alias in node.names)
            else:
                yield Import(node.lineno, node.module)


def violations(owner: str, source: str) -> list[str]:
    """Return what the source of a module of the part `owner` does beyond the fence."""
    tree = ast.parse(source)
    found = []
    for line, module in imports(tree):
        top, _, rest = module.partition(".")
        target = rest.partition(".")[0]
        if top == PACKAGE and target:
            if not may_import(owner, target):
                found.append(f"{line}: {owner} imports {PACKAGE}.{target}")
        elif owner in PURE and not is_pure(owner, top):
            found.append(f"{line}: {owner} is pure and imports {module}")
        if ONLY_IN.get(top, owner) != owner and (top, owner) not in ALSO_IN:
            found.append(f"{line}: {owner} imports {top}, which is for {ONLY_IN[top]} alone")
    if owner in PURE:
        found += [f"{line}: {owner} is pure and calls {name}" for line, name in impure_calls(tree)]
    return found


def may_import(owner: str, target: str) -> bool:
    """Return whether a part may import another one, or itself."""
    if owner == target:
        return True
    ranks = {name: rank for rank, row in enumerate(ROWS) for name in row}
    if target in NOT_SHIPPED_USE or target not in ranks or owner not in ranks:
        return False
    return ranks[target] < ranks[owner] or target in NEIGHBOURS.get(owner, set())


def is_pure(owner: str, top: str) -> bool:
    """Return whether a pure part may import this module from outside."""
    return top in PURE_STDLIB or top in PURE_THIRD_PARTY or top in PURE_EXTRA.get(owner, set())


def impure_calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield calls that read the clock, a file or the terminal without an import of their own."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in {"open", "print", "input", "__import__", "exec", "eval"}:
            yield node.lineno, node.func.id
        elif isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS and is_a_clock(node.func.value):
            yield node.lineno, f"{ast.unparse(node.func)}"


def is_a_clock(node: ast.expr) -> bool:
    """Return whether `.now()` on it is the machine's clock."""
    return ast.unparse(node).rpartition(".")[2] in {"datetime", "date"}


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_stays_behind_the_fence(path: Path) -> None:
    """Imports go one way, pure code does no I/O, and each big dependency has one package that knows it."""
    assert violations(part(path), path.read_text()) == []


def test_every_part_has_its_place_in_the_rows() -> None:
    """A new package is put into a row before anything may import it."""
    known = {name for row in ROWS for name in row} | {"__init__"}
    assert {part(path) for path in files()} - known == set()


@pytest.mark.parametrize(
    ("owner", "source", "message"),
    [
        ("journeys", "import streams.rules.model", "1: journeys imports streams.rules"),
        ("journeys", "from streams import alerts", "1: journeys imports streams.alerts"),
        ("rules", "def f():\n    from streams.codec.rules import read", "2: rules imports streams.codec"),
        ("worker", "import streams.cli.main", "1: worker imports streams.cli"),
        ("backtest", "from streams.worker.lane import Lane", "1: backtest imports streams.worker"),
        ("worker", "from streams.testing.journeys import rule", "1: worker imports streams.testing"),
        ("codec", "import streams.nowhere", "1: codec imports streams.nowhere"),
        ("alerts", "import asyncio", "1: alerts is pure and imports asyncio"),
        ("touchpoints", "from pathlib import Path", "1: touchpoints is pure and imports pathlib"),
        ("rules", "import ruamel.yaml", "1: rules is pure and imports ruamel.yaml"),
        ("journeys", "import time", "1: journeys is pure and imports time"),
        ("alerts", "from datetime import datetime\ndatetime.now()", "2: alerts is pure and calls datetime.now"),
        ("rules", "open('x')", "1: rules is pure and calls open"),
        ("backtest", "import faust", "1: backtest imports faust, which is for worker alone"),
        ("worker", "from fastavro import reader", "1: worker imports fastavro, which is for codec alone"),
        ("worker", "import jinja2", "1: worker imports jinja2, which is for serving alone"),
        ("worker", "import prometheus_client", "1: worker imports prometheus_client, which is for telemetry alone"),
    ],
)
def test_a_planted_violation_is_caught(owner: str, source: str, message: str) -> None:
    """The fence is not made of air."""
    assert violations(owner, source) == [message]


def test_what_is_allowed_passes() -> None:
    """Down the rows, within a part, and what a part is for."""
    allowed = {
        "alerts": "import heapq\nimport msgspec\nfrom streams.rules import model\nfrom streams import alerts",
        "documents": "import ruamel.yaml",
        "worker": "import faust, mode, asyncio, time\nimport streams.codec",
        "cli": "import streams.worker, streams.demo",
        "gateway": "import jinja2",
        "journeys": "watermark.now(3)\nfrom datetime import datetime",
    }
    assert {owner: violations(owner, source) for owner, source in allowed.items()} == {owner: [] for owner in allowed}


def test_pure_standard_modules_exist() -> None:
    """A name that is no module of the standard library would allow a third party of that name."""
    assert sys.stdlib_module_names >= PURE_STDLIB


@pytest.mark.parametrize("folder", [PACKAGE, "tests", "deploy"])
def test_files_are_small_and_named_for_what_they_hold(folder: str) -> None:
    """Four hundred lines at most, and no drawer for everything."""
    every = list((ROOT / folder).rglob("*.py"))
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in every}
    assert {name: size for name, size in sizes.items() if size > MAX_LINES} == {}
    assert [path for path in every if path.stem in VAGUE_NAMES] == []


def test_half_of_the_files_fit_on_two_screens() -> None:
    """The median file has at most 150 lines."""
    sizes = sorted(len(path.read_text().splitlines()) for path in files())
    assert sizes[len(sizes) // 2] <= 150
