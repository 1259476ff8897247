"""What was changed in one transaction, for those who must act on it within the same one."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Alert
from streams.desk.cases.case import Change
from streams.desk.cases.summary import Summary


class News(msgspec.Struct, frozen=True):
    """One change, and the alert that made it, if one did."""

    change: Change
    summary: Summary
    alert: Alert | None = None


class Watcher(Protocol):
    """Who must know of changes in the transaction that makes them: notices, incidents."""

    async def changed(self, connection: AsyncConnection, news: Sequence[News], now: int) -> None:
        """Take note of changes that were just written; what it raises undoes them."""
