"""Decides who is told of each case that changed, groups it, and owes the notices: all in one transaction.

A change only marks its case; so nothing that is slow or wrong here can hold up alerts, and nothing is forgotten.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.cases.case import Case
from streams.desk.notify import queue as owed
from streams.desk.notify.receiver import Receiver
from streams.desk.routing.decision import Decision, decide
from streams.desk.routing.escalation import begun, paged
from streams.desk.routing.facts import Facts, Standing, facts_of
from streams.desk.routing.grouping import GroupState, Join, Leave
from streams.desk.routing.grouping import Notice as Told
from streams.desk.routing.labels import of_case
from streams.desk.routing.policy import Policy
from streams.desk.routing.rank import Wanting, share
from streams.desk.routing.reasons import Kind
from streams.desk.routing.silences import Silence, sources
from streams.desk.routing.ways import Move, Way, advance, moves
from streams.desk.service import waking
from streams.desk.service.digests import Digests
from streams.desk.service.groups import Groups
from streams.desk.service.news import News
from streams.desk.service.traces import Traces
from streams.desk.service.wording import word
from streams.desk.store import alerts, attention, cases
from streams.desk.store.alerts import Judged
from streams.desk.store.attention import Decided, Group, Held
from streams.desk.store.cases import Kept
from streams.desk.store.database import Database
from streams.rules.durations import UNITS_MS

BATCH: Final = 200  # cases, and groups, in one transaction
IDLE_SEC: Final = 1.0
RETRY_SEC: Final = 1.0
SHOWN: Final = 10  # cases of a notice that its words are made from
_log = logging.getLogger("touchpoint.desk")


class Router:
    """Watches changes, and decides in a loop of its own: `run` until it is cancelled."""

    def __init__(
        self,
        database: Database,
        policy: Policy,
        receivers: Mapping[str, Receiver],
        digests: Digests,
        *,
        channels: Mapping[str, str],
        now: Callable[[], int],
        base_url: str,
        language: str = "en",
        wake: Callable[[], None] = lambda: None,
        decided: Callable[[str], None] = lambda _: None,
        traces: Traces | None = None,
    ) -> None:
        """`channels` maps touchpoint types to channels; `wake` is called when notices are owed.

        `decided` is told the reason of each decision that differs from the one before it.
        """
        self._database = database
        self._policy = policy
        self._receivers = receivers
        self._digests = digests
        self._channels = channels
        self._now = now
        self._base_url = base_url
        self._language = language
        self._wake_sender = wake
        self._decided = decided
        self._traces = traces
        self._woken = asyncio.Event()
        self._is_new = False
        self._looked_at = 0

    async def changed(self, connection: AsyncConnection, news: Sequence[News], now: int) -> None:
        """Mark the cases, in the transaction of their changes."""
        await attention.touch(connection, [each.change.case.case_id for each in news], now)

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    def adopt(self, policy: Policy) -> None:
        """Go by another file from the next decision on; all cases are to be decided again then."""
        self._policy = policy
        self._is_new = True

    async def run(self) -> None:
        """Decide for ever; the database may come and go."""
        while True:
            self._woken.clear()
            try:
                busy = await self.step()
            except Exception as error:  # noqa: BLE001 - what is marked stays marked
                _log.warning("nothing can be decided (%s), trying again", type(error).__name__)
                await asyncio.sleep(RETRY_SEC)
                continue
            if not busy:
                await waking.wait(self._woken, IDLE_SEC)

    async def step(self) -> bool:
        """Decide what is due; return whether there is more at once."""
        now = self._now()
        async with self._database.write() as connection:
            silences = tuple(await attention.silences(connection, now))
            if self._is_new or any(self._looked_at < each.starts_at <= now for each in silences):
                await attention.touch_all(connection, now)
                self._is_new = False
            self._looked_at = now
            turn = _Turn(Groups(connection), now)
            found = await attention.due(connection, now, BATCH)
            await self._decide(connection, turn, found, silences)
            await turn.groups.save()
            due = await attention.due_groups(connection, now, BATCH)
            await turn.groups.read(due)
            for name in due:
                kept = turn.groups.get(name)
                if kept is not None:
                    self._advance(turn, name, kept, kept.way, None)
            await turn.groups.save()
            await attention.touch_many(connection, turn.told, now)
            if turn.is_without_route:
                await attention.touch_all(connection, now)
            told = await self._owe(connection, turn) + await self._digests.tell(connection, self._policy, now)
        if told:
            self._wake_sender()
        return BATCH in (len(found), len(due))

    async def _decide(
        self, connection: AsyncConnection, turn: "_Turn", found: Sequence[Decided], silences: tuple[Silence, ...]
    ) -> None:
        """Decide about cases, all of them before any is moved: most is read and written at once."""
        kept = await cases.load_many(connection, [each.case_id for each in found])
        judged = await alerts.of_cases(connection, kept)
        standing = await self._standing(connection, silences) if found else Standing()
        shares = await self._shares(connection, found, kept, turn.now)
        decided: list[tuple[Decided, Facts, Decision]] = []
        for before in found:
            if before.case_id in kept:
                case_id, has = before.case_id, before.case_id in shares
                facts = self._facts(kept[case_id], judged[case_id], before, has=has)
                decided.append((before, facts, decide(facts, self._policy, standing, turn.now)))
        names = [way.group for _, _, decision in decided for way in decision.ways]
        await turn.groups.read(names + [name for before, _, _ in decided for name in before.held.groups])
        rows = [self._settle(turn, kept[each[0].case_id].case, *each) for each in decided]
        over = [each.case_id for each in found if each.case_id not in kept or kept[each.case_id].case.is_closed]
        await attention.save(connection, [row for row in rows if not kept[row[0].case_id].case.is_closed])
        await attention.drop(connection, over)

    def _settle(
        self, turn: "_Turn", case: Case, before: Decided, facts: Facts, decision: Decision
    ) -> tuple[Decided, int]:
        """Move a case between groups as was decided; return what is to be kept of it, and when to decide again."""
        if (decision.kind, decision.reason) != (before.kind, before.reason):
            self._decided(decision.reason)
            if self._traces is not None:
                self._traces.decided(case.case_id, decision.kind, decision.reason)
        mine = frozenset(before.held.groups)
        join = Join(case.case_id, decision.severity or case.severity, case.begun_at)
        for move in moves(decision.ways, join, mine):
            self._move(turn, move, decision)
        inside = {way.group for way in decision.ways if way.kind is Kind.PAGE or way.group in mine}
        course = decision.course
        if not course.paged_at and _is_told(turn.groups, inside, case.case_id):
            course = paged(course, turn.now)
        decide_at = turn.now if course.paged_at != decision.course.paged_at else decision.due_at
        decided = Decided(
            case_id=case.case_id,
            kind=decision.kind,
            reason=decision.reason,
            has_attention=facts.has_attention,
            paged_at=course.paged_at,
            held=Held(course=course, groups=tuple(sorted(inside)), labels=facts.labels, by=decision.by),
        )
        return decided, decide_at

    def _facts(self, kept: Kept, judged: Sequence[Judged], before: Decided, *, has: bool) -> Facts:
        extra = {"store": kept.summary.places, "incident": (str(kept.incident),) if kept.incident else ()}
        case = kept.case
        labels = of_case(case, [each.alert for each in judged], self._channels, extra)
        return facts_of(
            case,
            labels,
            [each.alert for each in judged],
            detected={each.alert.alert_id: each.first_detected_at for each in judged},
            course=begun(before.held.course, case.begun_at),
            has_attention=has,
        )

    def _move(self, turn: "_Turn", move: Move, decision: Decision) -> None:
        kept = turn.groups.get(move.group)
        way = next((way for way in decision.ways if way.group == move.group), kept.way if kept else None)
        if way is not None:
            self._advance(turn, move.group, kept, way, move.event)

    def _advance(self, turn: "_Turn", name: str, kept: Group | None, way: Way, event: Join | Leave | None) -> None:
        """Step a group, and take note of what it says."""
        state = kept.state if kept else GroupState()
        advanced = advance(way, self._policy, state, event, turn.now)
        if advanced is None:  # the file has no such route any more
            turn.groups.put(name, Group(state=GroupState(run=state.run), way=way), 0)
            turn.is_without_route = True
            return
        (way, moved), told = advanced, kept.told if kept else ()
        receivers: tuple[str, ...] = ()
        if moved.notice is not None:
            receivers = tuple(dict.fromkeys((*told, *way.receivers)))
            ids = moved.notice.cases or tuple(state.told)
            turn.owed.append(_Owed(name, way, moved.notice, ids[:SHOWN], receivers))
            turn.told += [case_id for case_id in moved.state.told if case_id not in state.told]
        told = () if moved.state.is_idle else receivers or told
        turn.groups.put(name, Group(state=moved.state, way=way, told=told), moved.due_at)

    async def _owe(self, connection: AsyncConnection, turn: "_Turn") -> int:
        """Owe what was said; return how many notices that are."""
        kept = await cases.load_many(connection, [case_id for each in turn.owed for case_id in each.cases])
        worded = [
            (
                word(
                    each.group,
                    each.way,
                    each.notice,
                    [kept[case_id] for case_id in each.cases if case_id in kept],
                    receiver,
                    now=turn.now,
                    base_url=self._base_url,
                    language=self._language,
                ),
                each.cases,
            )
            for each in turn.owed
            for receiver in each.receivers
        ]
        notices = [notice for notice, _ in worded if notice is not None]
        if self._traces is not None:
            for notice, about in worded:
                if notice is not None:
                    self._traces.owed(notice, about)
        await owed.enqueue(connection, self._receivers, notices, turn.now)
        return len(notices)

    async def _standing(self, connection: AsyncConnection, silences: tuple[Silence, ...]) -> Standing:
        if not self._policy.inhibitions:
            return Standing(silences)
        return Standing(silences, sources(self._policy.inhibitions, await attention.labels_of_trouble(connection)))

    async def _shares(
        self, connection: AsyncConnection, found: Sequence[Decided], known: Mapping[str, Kept], now: int
    ) -> frozenset[str]:
        """Return which of these cases their teams can take on."""
        budgets = self._policy.budgets()
        if not any(budget.open_cases or budget.pages_per_hour for budget in budgets.values()):
            return frozenset(each.case_id for each in found)
        wanting: dict[str, Wanting] = {}
        pages: dict[str, int] = {}
        for case_id, team, paged_at in await attention.with_attention(connection, budgets):
            wanting[case_id] = Wanting(case_id, team, 0.0, has=True)
            if paged_at > now - UNITS_MS["h"]:
                pages[team] = pages.get(team, 0) + 1
        for case_id, kept in known.items():
            if case_id not in wanting:
                wanting[case_id] = Wanting(case_id, kept.case.team, kept.summary.rank)
        return frozenset(share(budgets, wanting.values(), pages).attention)


class _Owed(NamedTuple):
    """What a group says, with the cases that it is about."""

    group: str
    way: Way
    notice: Told
    cases: tuple[str, ...]
    receivers: tuple[str, ...]


class _Turn:
    """One step: its groups, and what is still to be written of it."""

    def __init__(self, groups: Groups, now: int) -> None:
        self.groups = groups
        self.now = now
        self.owed: list[_Owed] = []
        self.told: list[str] = []  # cases that were told for the first time
        self.is_without_route = False


def _is_told(groups: Groups, inside: Collection[str], case_id: str) -> bool:
    """Return whether a notice with this case has gone out."""
    found = [groups.get(name) for name in inside]
    return any(group is not None and case_id in group.state.told for group in found)
