"""The script that makes the secrets: once, random, and for their owner alone."""

import shutil
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.deploy.compose import ROOT, load

OF_OTHERS: Final = {"pagerduty_key", "slack_url", "dead_man_token"}  # nobody can make these up


def make(folder: Path) -> dict[str, str]:
    """Run the script in a folder; return the text of each secret."""
    script = shutil.copy(ROOT / "deploy/docker/secrets.sh", folder)
    subprocess.run([script], check=True, capture_output=True)
    return {file.name: file.read_text() for file in (folder / "secrets").iterdir()}


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, str]:
    """The secrets of a new deployment."""
    return make(tmp_path)


def test_every_secret_of_the_system_is_made(secrets: dict[str, str]) -> None:
    """Each with 256 random bits, no two alike; those of others are empty."""
    assert set(secrets) == set(load({}).secrets)
    random = {name: text for name, text in secrets.items() if name not in OF_OTHERS | {"database_url"}}
    assert all(len(text) == 43 for text in random.values())
    assert len(set(random.values())) == len(random)
    assert {secrets[name] for name in OF_OTHERS} == {""}


def test_the_url_of_the_database_has_its_password(secrets: dict[str, str]) -> None:
    """And the names of docker-compose.yml."""
    url, postgres = urlsplit(secrets["database_url"]), load({}).services["postgres"]
    assert url.password == secrets["postgres_password"]
    assert (url.username, url.path) == (
        postgres.environment["POSTGRES_USER"],
        f"/{postgres.environment['POSTGRES_DB']}",
    )
    assert (url.hostname, url.port) == (postgres.name, postgres.expose[0])


def test_what_is_there_is_left_as_it_is(tmp_path: Path, secrets: dict[str, str]) -> None:
    """A second run makes what is missing, and nothing else."""
    (tmp_path / "secrets" / "signing_key").unlink()
    again = make(tmp_path)
    assert {name for name in secrets if again[name] != secrets[name]} == {"signing_key"}


def test_only_the_owner_gets_into_the_folder(tmp_path: Path, secrets: dict[str, str]) -> None:
    """Its files are read-only, for whichever user a container runs as."""
    folder = tmp_path / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o444}
