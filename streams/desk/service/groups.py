"""The groups of one transaction: all are read at once and written at once, however many cases join them."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.store import attention
from streams.desk.store.attention import Group


class Groups:
    """`read` the ones that matter, ask with `get`, replace with `put`, and `save` at the end of the transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._known: dict[str, Group | None] = {}
        self._due: dict[str, int] = {}

    async def read(self, names: Iterable[str]) -> None:
        """Get to know groups."""
        missing = [name for name in names if name not in self._known]
        found = await attention.groups(self._connection, missing)
        self._known |= {name: found.get(name) for name in missing}

    def get(self, name: str) -> Group | None:
        """Return a group that was read, as it is by now."""
        return self._known[name]

    def put(self, name: str, group: Group, due_at: int) -> None:
        """Replace a group; `due_at` is when it is to be looked at again, 0 for when something happens."""
        self._known[name] = group
        self._due[name] = due_at

    async def save(self) -> None:
        """Write what was replaced."""
        kept = {name: (group, at) for name, at in self._due.items() if (group := self._known[name]) is not None}
        await attention.save_groups(self._connection, kept)
        self._due.clear()
