"""Silences of people: made, ended, listed; each decides every open case again and is kept on the actions topic too."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from streams.codec.catalogue import DESK_ACTIONS
from streams.desk.access.roles import Right, may
from streams.desk.access.scope import scope_of
from streams.desk.access.viewer import Viewer
from streams.desk.cases.refusal import Refusal
from streams.desk.routing.labels import Matcher, MatcherError, Operator, parse
from streams.desk.routing.silences import Flaw, Silence, flaw, within
from streams.desk.service.port import NewSilence, Refused
from streams.desk.service.sight import seen_by
from streams.desk.service.views import SilenceView
from streams.desk.store import attention, audit, outbox, queue
from streams.desk.store.audit import Act, Noted
from streams.desk.store.database import Database
from streams.desk.store.outbox import Record

MOST: Final = 500  # that have not ended
KEY: Final = "silence/"  # what the keys of their records begin with; no case id has a slash
_encode: Final = msgspec.json.Encoder().encode


class Silenced(msgspec.Struct, frozen=True):
    """One record of the actions topic: a silence as it is now, and who made it so."""

    silence: Silence
    noted: Noted


class Silences:
    """`now` gives ms since the epoch; `wake` is called when something was written; `lasting` are those of the file."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], int],
        wake: Callable[[], None],
        lasting: Callable[[], Iterable[Silence]] = tuple,
    ) -> None:
        self._database = database
        self._now = now
        self._wake = wake
        self._lasting = lasting

    async def every(self, viewer: Viewer) -> Sequence[SilenceView]:
        """Return those that have not ended, the first to end first; those of the desk's file end with it alone."""
        now = self._now()
        lasting = [each for each in self._lasting() if each.ends_at > now]
        async with self._database.read() as connection:
            found = sorted([*lasting, *await attention.silences(connection, now)], key=lambda each: each.ends_at)
            held = await attention.held_by(connection, queue.where(seen_by(viewer))) if found else {}
        return [_view(each, viewer, held.get(each.id, 0), is_lasting=each in lasting) for each in found]

    async def make(self, viewer: Viewer, wanted: NewSilence) -> SilenceView | Flaw | Refused:
        """Make one."""
        if not may(viewer, Right.SILENCES):
            return Refused(Refusal.FORBIDDEN)
        now = self._now()
        try:
            matchers = _limited(viewer, [parse(text.strip()) for text in wanted.matchers])
        except MatcherError:
            return Flaw.NOT_A_MATCHER
        silence = Silence(
            id=secrets.token_hex(8),
            matchers=matchers,
            starts_at=wanted.starts_at or now,
            ends_at=wanted.ends_at,
            author=viewer.name,
            comment=wanted.comment.strip(),
        )
        if wrong := flaw(silence, now):
            return wrong
        if not _is_of(viewer, matchers):
            return Flaw.NOT_YOURS
        async with self._database.write() as connection:
            if len(await attention.silences(connection, now)) >= MOST:
                return Flaw.TOO_MANY
            await self._keep(connection, silence, Noted(now, viewer.name, Act.SILENCED, f"{KEY}{silence.id}"))
        self._wake()
        return _view(silence, viewer, 0)

    async def end(self, viewer: Viewer, name: str) -> SilenceView | Refused:
        """End one now; what it kept quiet and still stands is told."""
        if not may(viewer, Right.SILENCES):
            return Refused(Refusal.FORBIDDEN)
        now = self._now()
        async with self._database.write() as connection:
            found = await attention.silence(connection, name)
            if found is None:
                return Refused(Refusal.UNKNOWN)
            if not _is_of(viewer, found.matchers):
                return Refused(Refusal.FORBIDDEN)
            if found.ends_at <= now:
                return Refused(Refusal.NOTHING)
            ended = msgspec.structs.replace(found, ends_at=now)
            await self._keep(connection, ended, Noted(now, viewer.name, Act.UNSILENCED, f"{KEY}{name}"))
        self._wake()
        return _view(ended, viewer, 0)

    @staticmethod
    async def _keep(connection: AsyncConnection, silence: Silence, noted: Noted) -> None:
        await attention.save_silence(connection, silence)
        await audit.note(connection, noted)
        await attention.touch_all(connection, noted.at)
        await outbox.put(connection, [Record(DESK_ACTIONS, noted.key.encode(), _encode(Silenced(silence, noted)))])


async def restore(connection: AsyncConnection, found: Iterable[Silenced]) -> None:
    """Take silences back from the topic, in any order and any number of times: what ends first is the newest."""
    for each in found:
        kept = await attention.silence(connection, each.silence.id)
        if kept is None or each.silence.ends_at < kept.ends_at:
            await attention.save_silence(connection, each.silence)
        await audit.note(connection, each.noted)


def _limited(viewer: Viewer, matchers: Sequence[Matcher]) -> tuple[Matcher, ...]:
    """Add the one team or store that a viewer is limited to, where the matchers name none."""
    added = []
    for label, allowed in _limits(viewer):
        if len(allowed) == 1 and not within(matchers, label, allowed):
            added += [Matcher(label, Operator.IS, next(iter(allowed)))]
    return (*matchers, *added) if matchers else ()


def _is_of(viewer: Viewer, matchers: Sequence[Matcher]) -> bool:
    """Return whether a silence holds nothing but what a viewer is there for."""
    return all(within(matchers, label, allowed) for label, allowed in _limits(viewer))


def _limits(viewer: Viewer) -> Sequence[tuple[str, frozenset[str]]]:
    scope = scope_of(viewer)
    return [(label, allowed) for label, allowed in (("team", scope.teams), ("store", scope.stores)) if allowed]


def _view(silence: Silence, viewer: Viewer, holds: int, *, is_lasting: bool = False) -> SilenceView:
    return SilenceView(
        id=silence.id,
        matchers=tuple(map(str, silence.matchers)),
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        author=silence.author,
        comment=silence.comment,
        holds=holds,
        may_end=not is_lasting and may(viewer, Right.SILENCES) and _is_of(viewer, silence.matchers),
    )
