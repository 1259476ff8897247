"""What became of customers after a bad moment, by rule, team, channel or store: proof counts, claims do not.

A case counts for each rule and channel of its alerts, for each of its stores and for its team, if it was opened in the
last 30 days and something about it was true: one whose alerts were all taken back by late touchpoints counts nowhere.

- ended: it is closed, or was before it came back.
- recovered: the journey has shown that the customer is fine, and nothing came back since.
- time to recover: from the beginning of the trouble to that proof, the median.
- relapsed: the journey has opened it again; what a person has reopened is no relapse.
- promoters: good news of the customer (an alert of a rule that is `positive`, as `promoter-born` with its survey of 9
  or 10, review of 4 stars or referral) began after the trouble did. Scores that no such rule has seen do not count;
  where there has never been good news, it is not measured.
- channel: of the touchpoints that are evidence of the alert; where none of them is shown, of the newest one that is.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.alerts.alert import POSITIVE, Status
from streams.desk.access.scope import scope_of
from streams.desk.access.viewer import Viewer
from streams.desk.cases.case import MACHINE, Action
from streams.desk.service.book import Book
from streams.desk.service.figures import WINDOW_MS
from streams.desk.service.port import By
from streams.desk.service.sight import seen_by
from streams.desk.service.views import RecoveryFigures
from streams.desk.store import queue
from streams.desk.store.database import Database
from streams.desk.store.tables import ALERTS, CASES, ENTRIES

MOST: Final = 20_000  # cases, the newest
MOST_ALERTS: Final = 60_000
MOST_LINES: Final = 200  # those with the most cases
FRESH_MS: Final = 60_000  # answers are as old at the most: many people look at the same ones
_MOST_KEPT: Final = 64


class _Case(NamedTuple):
    """What counts of a case; `recover_ms` is None where nothing proves it."""

    team: str
    places: str
    has_ended: bool
    recover_ms: int | None
    relapsed: bool
    promoted: bool


class _Shown(msgspec.Struct):
    type: str
    id: str


class _Clause(msgspec.Struct):
    touchpoints: tuple[str, ...] = ()


class _Alert(msgspec.Struct):
    recent: tuple[_Shown, ...] = ()
    evidence: tuple[_Clause, ...] = ()


_decode: Final = msgspec.json.Decoder(_Alert).decode


class Recovery:
    """`channels` maps touchpoint types to channels; `now` gives ms since the epoch."""

    def __init__(self, database: Database, book: Book, channels: Mapping[str, str], now: Callable[[], int]) -> None:
        self._database = database
        self._book = book
        self._channels = channels
        self._now = now
        self._kept: OrderedDict[tuple[Any, ...], tuple[int, Sequence[RecoveryFigures]]] = OrderedDict()
        self._one = asyncio.Lock()

    async def by(self, viewer: Viewer, by: By) -> Sequence[RecoveryFigures]:
        """Return a line for each rule, team, channel or store in view, those with the most cases first."""
        scope, now = scope_of(viewer), self._now()
        key = by, scope.teams, scope.stores
        async with self._one:
            kept = self._kept.get(key)
            if kept is not None and now - kept[0] < FRESH_MS:
                return kept[1]
            async with self._database.read() as connection:
                found = await self._read(connection, _of(queue.where(seen_by(viewer)), now - WINDOW_MS), by)
            self._kept[key] = now, found
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    async def _read(
        self, connection: AsyncConnection, condition: ColumnElement[bool], by: By
    ) -> Sequence[RecoveryFigures]:
        known = await _cases(connection, condition)
        has_news = (await connection.execute(select(exists().where(ALERTS.c.mode == POSITIVE)))).scalar()
        groups: dict[str, dict[str, _Case]] = defaultdict(dict)
        if by in (By.RULE, By.CHANNEL):
            what = ALERTS.c.rule if by is By.RULE else ALERTS.c.record
            rows = (await connection.execute(_alerts(what, condition))).all()
            # Decoding many alerts takes a while in which everybody else would wait.
            pairs = rows if by is By.RULE else await asyncio.to_thread(self._by_channel, rows)
            for case_id, name in pairs:
                if case_id in known:
                    groups[name][case_id] = known[case_id]
        else:
            for case_id, each in known.items():
                for name in (each.team,) if by is By.TEAM else each.places.strip("|").split("|"):
                    groups[name][case_id] = each
        lines = [
            _line(name, self._book.title(name) if by is By.RULE else {}, each.values(), has_news=bool(has_news))
            for name, each in groups.items()
            if name
        ]
        return sorted(lines, key=lambda line: (-line.cases, line.name))[:MOST_LINES]

    def _by_channel(self, rows: Iterable[Any]) -> list[tuple[str, str]]:
        return [(row[0], name) for row in rows for name in self._channels_of(_decode(row[1]))]

    def _channels_of(self, alert: _Alert) -> set[str]:
        evidence = {name for clause in alert.evidence for name in clause.touchpoints}
        shown = [each for each in alert.recent if each.id in evidence] or alert.recent[-1:]
        return {self._channels.get(each.type, "") for each in shown}


def _of(seen: ColumnElement[bool], since: int) -> ColumnElement[bool]:
    """Return which cases count."""
    its = ALERTS.alias("its")  # since what asks may join alerts itself
    was_true = exists().where(its.c.case_id == CASES.c.case_id, its.c.status != str(Status.RETRACTED))
    return and_(seen, CASES.c.opened_at >= since, was_true)


async def _cases(connection: AsyncConnection, condition: ColumnElement[bool]) -> dict[str, _Case]:
    reopened = select(ENTRIES.c.case_id).join(CASES, CASES.c.case_id == ENTRIES.c.case_id).where(
        condition, CASES.c.reopened > 0, ENTRIES.c.action == str(Action.REOPENED), ENTRIES.c.who == MACHINE
    )  # fmt: skip
    relapsed = set((await connection.execute(reopened.distinct())).scalars())
    later = and_(ALERTS.c.customer == CASES.c.person, ALERTS.c.started_at > CASES.c.started_at)
    news = select(CASES.c.case_id).join(ALERTS, later).where(
        condition, ALERTS.c.mode == POSITIVE, ALERTS.c.status != str(Status.RETRACTED), CASES.c.started_at > 0
    )  # fmt: skip
    promoted = set((await connection.execute(news.distinct())).scalars())
    columns = (
        CASES.c.case_id, CASES.c.team, CASES.c.places, CASES.c.is_closed, CASES.c.reopened, CASES.c.started_at,
        CASES.c.recovered_at,
    )  # fmt: skip
    rows = await connection.execute(select(*columns).where(condition).order_by(CASES.c.number.desc()).limit(MOST))
    return {
        row.case_id: _Case(
            team=row.team,
            places=row.places,
            has_ended=row.is_closed or row.reopened > 0,
            recover_ms=max(0, row.recovered_at - row.started_at) if row.recovered_at and row.started_at else None,
            relapsed=row.case_id in relapsed,
            promoted=row.case_id in promoted,
        )
        for row in rows
    }


def _alerts(what: ColumnElement[Any], condition: ColumnElement[bool]) -> Select[Any]:
    """Return the alerts of the cases that count, each with its case, of the newest cases first."""
    found = select(ALERTS.c.case_id, what).join(CASES, CASES.c.case_id == ALERTS.c.case_id)
    true = ALERTS.c.status != str(Status.RETRACTED)
    return found.where(condition, true).order_by(CASES.c.number.desc()).limit(MOST_ALERTS)


def _line(name: str, title: dict[str, str], cases: Iterable[_Case], *, has_news: bool) -> RecoveryFigures:
    every = list(cases)
    ended = sum(each.has_ended for each in every)
    times = [each.recover_ms for each in every if each.recover_ms is not None]
    relapsed, promoters = (sum(getattr(each, field) for each in every) for field in ("relapsed", "promoted"))
    return RecoveryFigures(
        name=name,
        title=title,
        cases=len(every),
        ended=ended,
        recovered=len(times),
        relapsed=relapsed,
        promoters=promoters if has_news else None,
        recover_sec=median(times) / 1000 if times else None,
        recovery_rate=len(times) / ended if ended else None,
        relapse_rate=relapsed / ended if ended else None,
        promoter_rate=promoters / len(every) if has_news else None,
    )
