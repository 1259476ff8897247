"""Decides who is told of each case that changed, groups it, and owes the notices: all in one transaction.

A change only marks its case; so nothing that is slow or wrong here can hold up alerts, and nothing is forgotten.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

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
from streams.desk.routing.silences import sources
from streams.desk.routing.ways import Move, Way, advance, moves
from streams.desk.service.digests import Digests
from streams.desk.service.groups import Groups
from streams.desk.service.news import News
from streams.desk.service.wording import word
from streams.desk.store import alerts, attention, cases
from streams.desk.store.attention import Decided, Group, Held
from streams.desk.store.cases import Kept
from streams.desk.store.database import Database
from streams.rules.durations import UNITS_MS

BATCH: Final = 200  # cases, and groups, in one transaction
IDLE_SEC: Final = 1.0
RETRY_SEC: Final = 1.0
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
    ) -> None:
        """`channels` maps touchpoint types to channels; `wake` is called when notices are owed."""
        self._database = database
        self._policy = policy
        self._receivers = receivers
        self._digests = digests
        self._channels = channels
        self._now = now
        self._base_url = base_url
        self._language = language
        self._wake_sender = wake
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
                try:
                    async with asyncio.timeout(IDLE_SEC):
                        await self._woken.wait()
                except TimeoutError:
                    pass

    async def step(self) -> bool:
        """Decide what is due; return whether there is more at once."""
        now, told = self._now(), 0
        async with self._database.write() as connection:
            if self._is_new or await self._has_begun(connection, now):
                await attention.touch_all(connection, now)
                self._is_new = False
            self._looked_at = now
            groups = Groups(connection)
            found = await attention.due(connection, now, BATCH)
            if found:
                standing = await self._standing(connection, now)
                shares = await self._shares(connection, found, now)
                for each in found:
                    has = each.case_id in shares
                    told += await self._decide(connection, groups, each, standing, now, has=has)
            await groups.save()
            due = await attention.due_groups(connection, now, BATCH)
            for name in due:
                told += await self._step_group(connection, groups, name, now)
            await groups.save()
            told += await self._digests.tell(connection, self._policy, now)
        if told:
            self._wake_sender()
        return BATCH in (len(found), len(due))

    async def _decide(
        self,
        connection: AsyncConnection,
        groups: Groups,
        before: Decided,
        standing: Standing,
        now: int,
        *,
        has: bool,
    ) -> int:
        kept = await cases.load(connection, before.case_id)
        if kept is None:
            await attention.drop(connection, before.case_id)
            return 0
        facts = await self._facts(connection, kept, before, has=has)
        decision = decide(facts, self._policy, standing, now)
        mine = frozenset(before.held.groups)
        join = Join(kept.case.case_id, decision.severity or kept.case.severity, kept.case.begun_at)
        told = 0
        for move in moves(decision.ways, join, mine):
            told += await self._move(connection, groups, move, decision, now)
        inside = {way.group for way in decision.ways if way.kind is Kind.PAGE or way.group in mine}
        course = decision.course
        if not course.paged_at and await self._is_told(groups, inside, before.case_id):
            course = paged(course, now)
        decide_at = now if course.paged_at != decision.course.paged_at else decision.due_at
        if kept.case.is_closed:
            await attention.drop(connection, before.case_id)
            return told
        decided = Decided(
            case_id=before.case_id,
            kind=decision.kind,
            reason=decision.reason,
            has_attention=has,
            paged_at=course.paged_at,
            held=Held(course=course, groups=tuple(sorted(inside)), labels=facts.labels, by=decision.by),
        )
        await attention.save(connection, decided, decide_at)
        return told

    @staticmethod
    async def _is_told(groups: Groups, inside: Collection[str], case_id: str) -> bool:
        """Return whether a notice with this case has gone out."""
        for name in inside:
            group = await groups.get(name)
            if group is not None and case_id in group.state.told:
                return True
        return False

    async def _facts(self, connection: AsyncConnection, kept: Kept, before: Decided, *, has: bool) -> Facts:
        judged = await alerts.of_case(connection, kept.case.case_id)
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

    async def _move(self, connection: AsyncConnection, groups: Groups, move: Move, decision: Decision, now: int) -> int:
        kept = await groups.get(move.group)
        way = next((way for way in decision.ways if way.group == move.group), kept.way if kept else None)
        if way is None:
            return 0
        return await self._advance(connection, groups, move.group, kept, way, move.event, now)

    async def _step_group(self, connection: AsyncConnection, groups: Groups, name: str, now: int) -> int:
        kept = await groups.get(name)
        if kept is None:
            return 0
        return await self._advance(connection, groups, name, kept, kept.way, None, now)

    async def _advance(
        self,
        connection: AsyncConnection,
        groups: Groups,
        name: str,
        kept: Group | None,
        way: Way,
        event: Join | Leave | None,
        now: int,
    ) -> int:
        """Step a group and owe what it says; return how many receivers that is."""
        state = kept.state if kept else GroupState()
        advanced = advance(way, self._policy, state, event, now)
        if advanced is None:  # the file has no such route any more
            groups.put(name, Group(state=GroupState(run=state.run), way=way), 0)
            await attention.touch_all(connection, now)
            return 0
        (way, moved), told = advanced, kept.told if kept else ()
        receivers: tuple[str, ...] = ()
        if moved.notice is not None:
            receivers = tuple(dict.fromkeys((*told, *way.receivers)))
            await self._owe(connection, name, way, state, moved.notice, receivers, now)
            await attention.touch_many(connection, [case for case in moved.state.told if case not in state.told], now)
        told = () if moved.state.is_idle else receivers or told
        groups.put(name, Group(state=moved.state, way=way, told=told), moved.due_at)
        return len(receivers)

    async def _owe(
        self,
        connection: AsyncConnection,
        name: str,
        way: Way,
        before: GroupState,
        notice: Told,
        receivers: Sequence[str],
        now: int,
    ) -> None:
        ids = notice.cases or tuple(before.told)
        shown = [kept for case_id in ids[:10] if (kept := await cases.load(connection, case_id)) is not None]
        worded = [
            word(name, way, notice, shown, each, now=now, base_url=self._base_url, language=self._language)
            for each in receivers
        ]
        await owed.enqueue(connection, self._receivers, [each for each in worded if each is not None], now)

    async def _has_begun(self, connection: AsyncConnection, now: int) -> bool:
        """Return whether a silence counts now that did not when we looked last."""
        found = await attention.silences(connection, now)
        return any(self._looked_at < each.starts_at <= now for each in found)

    async def _standing(self, connection: AsyncConnection, now: int) -> Standing:
        silences = tuple(await attention.silences(connection, now))
        if not self._policy.inhibitions:
            return Standing(silences)
        return Standing(silences, sources(self._policy.inhibitions, await attention.labels_of_trouble(connection)))

    async def _shares(self, connection: AsyncConnection, found: Sequence[Decided], now: int) -> frozenset[str]:
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
        for each in found:
            kept = await cases.load(connection, each.case_id)
            if kept is not None and each.case_id not in wanting:
                wanting[each.case_id] = Wanting(each.case_id, kept.case.team, kept.summary.rank)
        return frozenset(share(budgets, wanting.values(), pages).attention)
