"""What one transaction changes: gathered while it runs, and written at its end with few statements."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import Alert
from streams.codec.catalogue import DESK_ACTIONS
from streams.desk.cases.case import Case, Change
from streams.desk.cases.summary import Summary
from streams.desk.service.news import News, Watcher
from streams.desk.store import cases, outbox
from streams.desk.store.outbox import Record

_encode: Final = msgspec.json.Encoder().encode


class Writing:
    """Gather with `save`; what was gathered is written by `finish`."""

    def __init__(self, connection: AsyncConnection, now: int) -> None:
        self.connection = connection
        self.now = now
        self.cases: dict[str, Case] = {}  # as they are to be written
        self.summaries: dict[str, Summary] = {}
        self.written: list[tuple[Change, bool]] = []
        self._alerts: list[Alert | None] = []
        self._records: list[Record] = []
        self._number = -1  # of the newest case, once somebody has asked

    async def next_number(self) -> int:
        """Return the number for a new case."""
        if self._number < 0:
            self._number = await cases.last_number(self.connection)
        self._number += 1
        return self._number

    def save(
        self,
        change: Change,
        summary: Summary | None = None,
        *,
        alert: Alert | None = None,
        said: Sequence[Record] = (),
        announce: bool = False,
    ) -> None:
        """Take note of a change; without a summary one is put into `summaries` before the end."""
        case = change.case
        self.cases[case.case_id] = case
        if summary is not None:
            self.summaries[case.case_id] = summary
        self.written.append((change, announce))
        self._alerts.append(alert)
        self._records += [Record(DESK_ACTIONS, case.case_id.encode(), _encode(change)), *said]

    async def finish(self, watchers: Sequence[Watcher]) -> None:
        """Write it, and tell those who watch."""
        new = {change.case.case_id for change, _ in self.written if change.case.revision == 1}
        written = [(case, self.summaries[case_id]) for case_id, case in self.cases.items()]
        await cases.save(self.connection, written, new)
        await cases.note(self.connection, self.written)
        await outbox.put(self.connection, self._records)
        if self._number >= 0:
            await cases.save_number(self.connection, self._number)
        if self.written:
            news = [
                News(change, self.summaries[change.case.case_id], alert)
                for (change, _), alert in zip(self.written, self._alerts, strict=True)
            ]
            for watcher in watchers:
                await watcher.changed(self.connection, news, self.now)
