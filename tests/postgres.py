"""A real PostgreSQL server of a test, as the package pgserver brings it, but with patience and a folder of its own.

The package gives a server ten seconds to start. And as root it lets it run as another user, who loses a folder of
pytest's as soon as another session of pytest begins, since that closes all of them for others.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pgserver
from pgserver import postgres_server

from streams.testing.patience import PATIENCE_SEC

_control: Any = postgres_server.pg_ctl


def _patiently(*arguments: Any, **options: Any) -> Any:
    return _control(*arguments, **options | {"timeout": PATIENCE_SEC})


postgres_server.pg_ctl = _patiently
os.environ.setdefault("PGCTLTIMEOUT", f"{PATIENCE_SEC:.0f}")  # of its own tool


@contextmanager
def postgres() -> Iterator[pgserver.PostgresServer]:
    """Run a server; it is stopped and its data are gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
