"""The fence inside the gateway: adapters know nothing of HTTP servers or Kafka, and imports go one way."""

import ast
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.test_imports import ROOT, imports, impure_calls

GATEWAY: Final = ROOT / "streams" / "gateway"
# From the bottom to the top; parts of one row do not know each other.
ROWS: Final = (
    {"candidate", "outcome", "incoming", "suggestions", "secrets", "wellformed"},
    {"keys", "identity"},
    {"providers", "segment"},
    {"port", "door"},
    {"gate", "sink"},
    {"publishing"},
    {"uploads", "connections"},
    {"api", "connect"},
    {"run"},
    {"web"},
)
PURE: Final = {"candidate", "outcome", "incoming", "suggestions", "port", "door", "gate", "identity", "wellformed"}
FRAMEWORK: Final = (
    "litestar",
    "uvicorn",
    "aiokafka",
    "sqlite3",
)  # for the upper rows and what stores, not for adapters
ADAPTERS: Final = PURE | {"providers", "segment", "keys"}


def part(path: Path) -> str:
    """Return the package or module right below the gateway that a file belongs to."""
    return path.relative_to(GATEWAY).parts[0].removesuffix(".py")


def violations(owner: str, source: str) -> list[str]:
    """Return what a module of this part of the gateway does beyond the fence."""
    ranks = {name: rank for rank, row in enumerate(ROWS) for name in row}
    tree, found = ast.parse(source), []
    for line, module in imports(tree):
        names = module.split(".")
        if names[:2] == ["streams", "gateway"] and len(names) > 2 and names[2] != owner:
            if ranks.get(names[2], len(ROWS)) >= ranks[owner]:
                found.append(f"{line}: {owner} imports {names[2]}")
        elif owner in ADAPTERS and names[0] in FRAMEWORK:
            found.append(f"{line}: {owner} imports {module}")
    if owner in PURE:
        found += [f"{line}: {owner} is pure and calls {name}" for line, name in impure_calls(tree)]
    return found


@pytest.mark.parametrize("path", sorted(GATEWAY.rglob("*.py")), ids=lambda path: str(path.relative_to(GATEWAY)))
def test_every_module_of_the_gateway_stays_behind_its_fence(path: Path) -> None:
    """What decides knows nothing of what serves and stores."""
    if part(path) != "__init__":
        assert violations(part(path), path.read_text()) == []


@pytest.mark.parametrize(
    ("owner", "source", "message"),
    [
        ("providers", "from streams.gateway.door import Door", "1: providers imports door"),
        ("segment", "import litestar", "1: segment imports litestar"),
        ("sink", "from streams.gateway.gate import Gate", "1: sink imports gate"),
        ("door", "open('x')", "1: door is pure and calls open"),
    ],
)
def test_a_planted_violation_in_the_gateway_is_caught(owner: str, source: str, message: str) -> None:
    """The fence is not made of air."""
    assert violations(owner, source) == [message]
