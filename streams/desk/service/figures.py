"""What teams and rules come to: resolved is a claim, recovered is proof."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy import case as when
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.service.book import Book
from streams.desk.service.views import RuleWorth, TeamBoard
from streams.desk.store.tables import ALERTS, CASES, JUDGEMENTS

WINDOW_MS: Final = 30 * 86_400_000
MOST: Final = 20_000  # cases that medians are made of, the newest


async def board(connection: AsyncConnection, seen: ColumnElement[bool], now: int) -> Sequence[TeamBoard]:
    """Return teams by name, as far as their cases are seen."""
    columns = (
        CASES.c.team, CASES.c.is_closed, CASES.c.assignee, CASES.c.opened_at, CASES.c.acknowledged_at,
        CASES.c.resolved_at, CASES.c.recovered_at, CASES.c.reopened, CASES.c.started_at,
    )  # fmt: skip
    still = select(
        CASES.c.team,
        func.count(),
        func.sum(when((CASES.c.assignee == "", 1), else_=0)),
        func.min(CASES.c.opened_at),
    ).where(CASES.c.is_closed.is_(False), seen)
    opened = {row[0]: row for row in await connection.execute(still.group_by(CASES.c.team))}
    recent = select(*columns).where(CASES.c.opened_at >= now - WINDOW_MS, seen)
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in await connection.execute(recent.order_by(CASES.c.number.desc()).limit(MOST)):
        rows[row.team].append(row)
    return [_team(team, opened.get(team), rows[team]) for team in sorted({*opened, *rows})]


def _team(team: str, still: Any, rows: Sequence[Any]) -> TeamBoard:
    acknowledged = [(row.acknowledged_at - row.opened_at) / 1000 for row in rows if row.acknowledged_at]
    recovered = [(row.recovered_at - row.started_at) / 1000 for row in rows if row.recovered_at and row.started_at]
    return TeamBoard(
        team=team,
        open=int(still[1]) if still else 0,
        unclaimed=int(still[2]) if still else 0,
        oldest_at=int(still[3]) if still else 0,
        acknowledge_sec=median(acknowledged) if acknowledged else None,
        recover_sec=max(0.0, median(recovered)) if recovered else None,
        recovered=len(recovered),
        closed=sum(row.is_closed for row in rows),
        relapsed=sum(row.reopened > 0 for row in rows),
    )


async def worth(connection: AsyncConnection, book: Book) -> Sequence[RuleWorth]:
    """Return what the alerts of each rule came to, by rule and mode."""
    found = (
        select(ALERTS.c.rule, ALERTS.c.mode, ALERTS.c.status, JUDGEMENTS.c.useful, func.count())
        .outerjoin(JUDGEMENTS, JUDGEMENTS.c.alert_id == ALERTS.c.alert_id)
        .group_by(ALERTS.c.rule, ALERTS.c.mode, ALERTS.c.status, JUDGEMENTS.c.useful)
    )
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for rule, mode, status, useful, count in await connection.execute(found):
        of = counts[rule, mode]
        of["alerts"] += count
        of[status] += count
        if useful is not None:
            of["useful" if useful else "not_useful"] += count
    return [
        RuleWorth(
            rule=rule,
            title=book.title(rule),
            mode=mode,
            alerts=of["alerts"],
            useful=of["useful"],
            not_useful=of["not_useful"],
            recovered=of["recovered"],
            lost=of["lost"],
            retracted=of["retracted"],
        )
        for (rule, mode), of in sorted(counts.items())
    ]
