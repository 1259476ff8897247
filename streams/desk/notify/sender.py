"""The loop that pays what is owed: claims what is due, sends it, writes down what came of it.

A notice may be sent twice, always with the same key, when the desk dies between sending and writing it down; it is
never forgotten. Two desks on one database share the work by leases.
"""

import asyncio
import contextlib
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.notify import delivery, queue
from streams.desk.notify.channel import ATTEMPT_SEC, Failed, Reason, Sent
from streams.desk.notify.channels import Address, Channels
from streams.desk.notify.delivery import FallBack, GiveUp, Policy, Retry, State
from streams.desk.notify.events import Events
from streams.desk.notify.notice import Kind, Notice
from streams.desk.notify.queue import Claimed
from streams.desk.notify.receiver import Receiver
from streams.desk.notify.tables import Result
from streams.desk.store.database import Database
from streams.telemetry.trace_context import current
from streams.telemetry.tracing import NO_SPAN, Span

LEASE_MS: Final = int(2 * ATTEMPT_SEC * 1000)
AT_ONCE: Final = 4  # attempts at a time for one channel
WINDOW: Final = 4 * AT_ONCE  # due notifications that are looked at together
POLL_SEC: Final = 1.0  # between looks when nobody calls `wake`
FIRST: Final = 1  # revision of the notice that nobody had one before
PRUNE_MS: Final = 3_600_000
_UNCONFIGURED: Final = Failed(Reason.UNCONFIGURED, retry=False)
_log = logging.getLogger("touchpoint.desk")


class Sender:
    """Sends for one desk; `owner` is its name among those on the same database, the same after a restart."""

    def __init__(
        self,
        database: Database,
        receivers: Mapping[str, Receiver],
        channels: Channels,
        events: Events,
        *,
        now: Callable[[], int],
        owner: str = "desk",
        policy: Policy | None = None,
        draw: Callable[[], float] = random.random,
        trace: Callable[[Notice, str, int], Span] = lambda _, __, ___: NO_SPAN,
    ) -> None:
        """`now` is in ms; `draw` gives numbers from 0 to 1.

        `trace` begins the span of an attempt, given the notice, the kind of channel and the number of the attempt.
        """
        self._database = database
        self._receivers = receivers
        self._channels = channels.by_address
        self._events = events
        self._now = now
        self._owner = owner
        self._policy = policy or Policy()
        self._draw = draw
        self._trace = trace
        self._wake = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._active: Counter[Address] = Counter()
        self._dead: set[Address] = set()  # gave way to a fallback, and has taken nothing since
        self._pruned_at = 0

    def wake(self) -> None:
        """Look at once; call it after a commit that owes something."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled; then what is under way is finished. A database that is away is waited for."""
        fresh = True
        try:
            while True:
                self._wake.clear()
                try:
                    if fresh:
                        await self.take_up()
                        fresh = False
                    await self.step()
                    await self._prune()
                except (SQLAlchemyError, OSError) as error:
                    _log.warning("notifications wait for the database: %s", type(error).__name__)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SEC):
                        await self._wake.wait()
        finally:
            try:
                await self.drain()
            except asyncio.CancelledError:  # no time left: what is under way will be sent again
                for task in self._running:
                    task.cancel()
                raise

    async def take_up(self) -> None:
        """Resume what this desk left behind; once, before the first step."""
        async with self._database.write() as connection:
            await queue.take_up(connection, self._owner, self._now())

    async def step(self) -> int:
        """Claim what is due, begin to send it, and return how many; `drain` waits for them."""
        started, is_more = 0, True
        while is_more:
            claimed, is_more = await self._claim()
            for each in claimed:
                address = (each.notice.receiver, each.channel)
                self._active[address] += 1
                task = asyncio.create_task(self._deliver(address, each))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            started += len(claimed)
        return started

    async def drain(self) -> None:
        """Wait for everything that is under way; each attempt is bounded in time."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def _claim(self) -> tuple[Sequence[Claimed], bool]:
        """Claim as much as the channels may take now, and return whether there may be more.

        A channel that is slow or full does not hold up the others.
        """
        now = self._now()
        full = [address for address, count in self._active.items() if count >= AT_ONCE]
        async with self._database.read() as connection:
            waiting = await queue.due(connection, now, busy=full, limit=WINDOW)
        active, ids = self._active.copy(), []
        for each in waiting:
            address = (each.receiver, each.channel)
            if active[address] < AT_ONCE:
                active[address] += 1
                ids.append(each.id)
        if not ids:
            return (), False
        async with self._database.write() as connection:
            claimed = await queue.claim(connection, self._owner, ids, now, LEASE_MS)
        return claimed, len(waiting) == WINDOW

    async def _deliver(self, address: Address, claimed: Claimed) -> None:
        try:
            span = self._trace(claimed.notice, _kind(address), claimed.attempts + 1)
            current.set(span.context)  # of this task: what is sent on bears it
            outcome = await self._attempt(address, claimed)
            span.end(failed="" if isinstance(outcome, Sent) else outcome.reason)
            while not await self._is_noted(address, claimed, outcome):  # noqa: ASYNC110 - a database tells nobody that it is back
                await asyncio.sleep(POLL_SEC)
        finally:
            self._active[address] -= 1
            if not self._active[address]:
                del self._active[address]
            self._wake.set()

    async def _is_noted(self, address: Address, claimed: Claimed, outcome: Sent | Failed) -> bool:
        """Write down what came of it; False where the database is away, which is not said again and again."""
        try:
            if isinstance(outcome, Sent):
                await self._sent(address, claimed, outcome)
            else:
                await self._failed(address, claimed, outcome)
        except (SQLAlchemyError, OSError) as error:
            # Without the note it is sent again under the same key, by whoever finds that its lease has run out.
            what = "what came of a notification is still to be written down: %s"
            _log.warning(what, type(error).__name__, extra=_ids(claimed))
            return False
        return True

    async def _attempt(self, address: Address, claimed: Claimed) -> Sent | Failed:
        channel = self._channels.get(address)
        if channel is None:
            return _UNCONFIGURED
        try:
            async with asyncio.timeout(ATTEMPT_SEC):
                return await channel.send(claimed.notice, claimed.receipt)
        except TimeoutError:
            return Failed(Reason.TIMEOUT, retry=True)
        except Exception as error:  # noqa: BLE001 # a mistake in one channel must not stop the others
            # Not its text: that may hold an address with a secret.
            what = "%s of receiver %s broke: %s"
            _log.error(what, address[1], address[0], type(error).__name__, extra=_ids(claimed))
            _log.debug("broke", exc_info=error)
            return Failed(Reason.INTERNAL, retry=True)

    async def _sent(self, address: Address, claimed: Claimed, sent: Sent) -> None:
        now = self._now()
        again_at = now + round(sent.again_after_sec * 1000) if sent.again_after_sec else 0
        self._dead.discard(address)
        async with self._database.write() as connection:
            await queue.note_sent(connection, self._owner, claimed, sent.receipt, now, again_at)
        if not claimed.is_repeat:
            self._events.notification_sent(_kind(address), claimed.notice.kind)
            if claimed.notice.kind is Kind.OPENED and claimed.notice.revision == FIRST:
                self._events.first_told(now - claimed.notice.opened_at)

    async def _failed(self, address: Address, claimed: Claimed, failed: Failed) -> None:
        now = self._now()
        self._events.notification_failed(_kind(address), failed.reason)
        since = claimed.failing_since or now
        # The other side only has to be reminded in time: that is no news for a fallback.
        fallback = None if claimed.is_repeat else self._fallback(claimed)
        state = State(
            attempts=claimed.attempts + 1,
            since=since,
            has_fallback=fallback is not None,
            is_dead=address in self._dead,
        )
        match delivery.after(self._policy, state, failed, now, self._draw()):
            case Retry(at):
                async with self._database.write() as connection:
                    reason = failed.reason
                    await queue.note_retry(connection, self._owner, claimed, reason, now, at=at, since=since)
            case FallBack(reason):
                await self._fall_back(address, claimed, reason, fallback or "")
            case GiveUp(reason):
                await self._give_up(address, claimed, reason)

    def _fallback(self, claimed: Claimed) -> str | None:
        """Return who is told instead: each receiver once, and the present channels where only those have changed."""
        notice = claimed.notice
        receiver = self._receivers.get(notice.receiver)
        if receiver is None:
            return None
        if (receiver.name, claimed.channel) not in self._channels:
            return receiver.name
        passed = {*notice.instead_of, notice.receiver}
        return receiver.fallback if receiver.fallback and receiver.fallback not in passed else None

    async def _fall_back(self, address: Address, claimed: Claimed, reason: Reason, fallback: str) -> None:
        now, notice = self._now(), claimed.notice
        chain = notice.instead_of if fallback == notice.receiver else (*notice.instead_of, notice.receiver)
        instead = msgspec.structs.replace(notice, receiver=fallback, instead_of=chain)
        async with self._database.write() as connection:
            ended = await self._end(connection, claimed, Result.FELL_BACK, reason)
            if ended:
                await queue.enqueue(connection, self._receivers, [instead], now)
        self._dead.add(address)
        if ended:
            what = "%s of receiver %s is dead (%s): %s is told instead"
            _log.warning(what, address[1], address[0], reason, fallback, extra=_ids(claimed))
            self._events.notification_fell_back(_kind(address), reason)

    async def _give_up(self, address: Address, claimed: Claimed, reason: Reason) -> None:
        async with self._database.write() as connection:
            ended = await self._end(connection, claimed, Result.GAVE_UP, reason)
        if ended:
            _log.error(
                "nobody was told of %s %s (%s): %s of receiver %s does not take it (%s) and there is no other fallback",
                claimed.notice.about, claimed.notice.number, claimed.notice.kind, address[1], address[0], reason,
                extra=_ids(claimed),
            )  # fmt: skip
            self._events.notification_lost(_kind(address), reason)

    async def _end(self, connection: AsyncConnection, claimed: Claimed, result: Result, reason: Reason) -> bool:
        return await queue.note_end(connection, self._owner, claimed, result, reason, self._now())

    async def _prune(self) -> None:
        now = self._now()
        if now - self._pruned_at < PRUNE_MS:
            return
        async with self._database.write() as connection:
            removed = await queue.prune(connection, now)
        if not removed:
            self._pruned_at = now


def _kind(address: Address) -> str:
    """Return how a channel is counted: by its kind, but for what no person hears."""
    return "canary" if address[0] == queue.CANARY else address[1].partition("#")[0]


def _ids(claimed: Claimed) -> dict[str, str]:
    """Return what a line of the log is joined with others by."""
    return {"notification": claimed.id, "case": claimed.notice.case_id}
