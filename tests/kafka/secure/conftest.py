"""One secure broker for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.deploy.grants import COMPONENTS, Grant, granted
from tests.kafka.secure.cluster import SecureKafka


@pytest.fixture(scope="session")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafka]:
    """A broker on which each component has what acls.sh grants it, and nothing else."""
    cluster = SecureKafka(tmp_path_factory.mktemp("secure"))
    with cluster.kafka:
        cluster.authorizer.allow(grant for grants in grants_of(cluster).values() for grant in grants)
        yield cluster


@pytest.fixture(scope="session")
def grants(secure: SecureKafka) -> dict[str, list[Grant]]:
    """What acls.sh grants each component."""
    return grants_of(secure)


def grants_of(cluster: SecureKafka) -> dict[str, list[Grant]]:
    """Run acls.sh for each component."""
    folder = cluster.folder / "granted"
    folder.mkdir(exist_ok=True)
    for record in folder.glob("*.txt"):
        record.unlink()
    return {name: granted(folder, name, f"User:{name}") for name in COMPONENTS}
