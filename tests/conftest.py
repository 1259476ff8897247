"""Fixtures that every test folder may use."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from streams.broker.embedded import EmbeddedKafka
from streams.broker.registry import EmbeddedRegistry

# How long an example takes, or the making of one, is the machine's affair. `make test` tries the same examples each
# time, so that what fails is what was changed; `make property` looks for new ones.
settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("HYPOTHESIS_PROFILE") != "soak",
)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """One real broker for the whole session; tests keep apart by topic and group names, and never hurt it."""
    with EmbeddedKafka(tmp_path_factory.mktemp("broker")) as kafka:
        yield kafka


@pytest.fixture
def fresh_broker(tmp_path: Path) -> Iterator[Callable[..., EmbeddedKafka]]:
    """Make brokers for one test alone, which may kill, freeze, fill or restart them; started already.

    Keyword arguments are those of EmbeddedKafka. Each call makes another broker with a data folder of its own.
    """
    made: list[EmbeddedKafka] = []

    def make(**options: object) -> EmbeddedKafka:
        kafka = EmbeddedKafka(tmp_path / f"broker-{len(made)}", **options)  # type: ignore[arg-type] # passed through
        made.append(kafka)
        return kafka.start()

    yield make
    for kafka in made:
        kafka.stop()


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRegistry]:
    """One real schema registry for the whole session; tests keep apart by subject names."""
    with EmbeddedRegistry(tmp_path_factory.mktemp("registry")) as apicurio:
        yield apicurio
