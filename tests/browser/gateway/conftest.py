"""A whole gateway but for Kafka, for pages in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.testing.connect import ServedGateway


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[ServedGateway]:
    """A gateway without keys."""
    with ServedGateway(tmp_path / "data") as served:
        yield served
