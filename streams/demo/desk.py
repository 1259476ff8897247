"""The demo's desk: one `touchpoint desk` on event time, and a person who may sign in to it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from streams.demo.child import Child
from streams.desk.access.tokens import Tokens
from streams.desk.access.viewer import Role, Viewer
from streams.desk.run import database_url
from streams.desk.service.clocks import wall_clock
from streams.desk.store.database import connect
from streams.desk.store.migrate import migrate
from streams.settings.places import DEPLOY
from streams.settings.settings import Settings

PERSON: Final = Viewer(name="demo", roles=frozenset({Role.LEAD, Role.MANAGER}))
_READY: Final = ": ready at "


class Desk(Child):
    """One process; `sign_in` is an address that opens the console for the person of the demo."""

    def __init__(self, servers: str, folder: Path, port: int, worker: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.sign_in = self.url
        self._folder = folder
        command = ["desk", "--clock", "event", "--bootstrap-servers", servers, "--port", str(port), "--worker", worker]
        command += ["--rules", str(DEPLOY / "rules"), "--data-dir", str(folder)]
        super().__init__("desk", command, folder, {}, _READY)

    def start(self, launched: Callable[[int], None]) -> None:
        """Make the database and a token in it, then start. What follows the # in an address is sent to nobody."""
        url = database_url(Settings(data_dir=str(self._folder)))
        migrate(url)
        self.sign_in = f"{self.url}/login#{asyncio.run(_token(url))}"
        super().start(launched)


async def _token(url: str) -> str:
    database = connect(url)
    try:
        _, text = await Tokens(database, wall_clock).create(PERSON)
    finally:
        await database.close()
    return text
