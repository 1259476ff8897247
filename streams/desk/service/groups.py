"""The groups of one transaction: each is read once and written once, however many cases join it."""

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.store import attention
from streams.desk.store.attention import Group


class Groups:
    """Ask with `get`, replace with `put`, and `save` at the end of the transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._known: dict[str, Group | None] = {}
        self._due: dict[str, int] = {}

    async def get(self, name: str) -> Group | None:
        """Return a group as it is by now."""
        if name not in self._known:
            self._known[name] = await attention.group(self._connection, name)
        return self._known[name]

    def put(self, name: str, group: Group, due_at: int) -> None:
        """Replace a group; `due_at` is when it is to be looked at again, 0 for when something happens."""
        self._known[name] = group
        self._due[name] = due_at

    async def save(self) -> None:
        """Write what was replaced."""
        for name, due_at in self._due.items():
            group = self._known[name]
            if group is not None:
                await attention.save_group(self._connection, name, group, due_at)
        self._due.clear()
