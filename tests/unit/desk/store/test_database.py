"""Whether the database answers."""

from pathlib import Path

from streams.broker.probe import free_port
from streams.desk.store.database import connect


async def test_a_database_is_there_when_it_answers(tmp_path: Path) -> None:
    """A file can be opened; behind a port where nobody listens there is none."""
    here, away = connect(f"sqlite:///{tmp_path}/desk.db"), connect(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    assert [await here.is_there(), await away.is_there()] == [True, False]
    await here.close()
    await away.close()
