"""Every client of Kafka signs in as the settings say: none is made without them."""

import ast
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.test_imports import PACKAGE, ROOT, files, part

CLIENTS: Final = {"AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaClient", "AIOKafkaAdminClient", "create_conn"}
DOUBLES: Final = {"testing"}  # for tests, whose broker asks nobody


def unsigned(source: str) -> list[int]:
    """Return the lines on which a client is made without `**client_options()`."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in CLIENTS
        and "client_options()" not in {ast.unparse(each.value) for each in node.keywords if each.arg is None}
    ]


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT / PACKAGE)))
def test_no_client_is_made_without_the_settings(path: Path) -> None:
    """Else it works on a trial broker, and nowhere else."""
    if part(path) not in DOUBLES:
        assert unsigned(path.read_text()) == []


def test_a_planted_client_is_caught() -> None:
    """With options of its own, too."""
    assert unsigned("AIOKafkaProducer(bootstrap_servers=a, **more)\nAIOKafkaClient(**client_options())") == [1]
