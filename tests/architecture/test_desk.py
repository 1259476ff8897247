"""The fence inside the desk: decisions are pure, and imports go one way."""

import ast
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.test_imports import PURE_STDLIB, PURE_THIRD_PARTY, ROOT, imports, impure_calls

DESK: Final = ROOT / "streams" / "desk"
# From the bottom to the top; parts of one row do not know each other.
ROWS: Final = (
    {"cases"},
    {"routing"},
    {"store"},
    {"access"},
    {"notify", "settings"},
    {"service"},
    {"api", "console"},
    {"run"},
    {"web"},
)
PURE: Final = {"cases", "routing"}


def part(path: Path) -> str:
    """Return the package or module right below the desk that a file belongs to."""
    return path.relative_to(DESK).parts[0].removesuffix(".py")


def violations(owner: str, source: str) -> list[str]:
    """Return what a module of this part of the desk does beyond the fence."""
    ranks = {name: rank for rank, row in enumerate(ROWS) for name in row}
    tree, found = ast.parse(source), []
    for line, module in imports(tree):
        names = module.split(".")
        if names[:2] == ["streams", "desk"] and len(names) > 2 and names[2] != owner:
            if ranks.get(names[2], len(ROWS)) >= ranks[owner]:
                found.append(f"{line}: {owner} imports {names[2]}")
        elif owner in PURE and names[0] not in PURE_STDLIB | PURE_THIRD_PARTY | {"streams"}:
            found.append(f"{line}: {owner} is pure and imports {module}")
    if owner in PURE:
        found += [f"{line}: {owner} is pure and calls {name}" for line, name in impure_calls(tree)]
    return found


@pytest.mark.parametrize("path", sorted(DESK.rglob("*.py")), ids=lambda path: str(path.relative_to(DESK)))
def test_every_module_of_the_desk_stays_behind_its_fence(path: Path) -> None:
    """What decides knows nothing of what stores, sends or shows."""
    if part(path) != "__init__":
        assert violations(part(path), path.read_text()) == []


@pytest.mark.parametrize(
    ("owner", "source", "message"),
    [
        ("cases", "import streams.desk.store.database", "1: cases imports store"),
        ("notify", "from streams.desk.service.desk import Desk", "1: notify imports service"),
        ("routing", "import icalendar", "1: routing is pure and imports icalendar"),
        ("cases", "import time", "1: cases is pure and imports time"),
    ],
)
def test_a_planted_violation_in_the_desk_is_caught(owner: str, source: str, message: str) -> None:
    """The fence is not made of air."""
    assert violations(owner, source) == [message]
