"""Why a case is told or not, and the log of what was said of it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from streams.desk.cases.case import Case
from streams.desk.notify import queue as owed
from streams.desk.routing.reasons import KINDS, TEXTS, Kind, Reason
from streams.desk.service.views import Message, Told
from streams.desk.service.wording import key_of
from streams.desk.store import attention


async def of_case(connection: AsyncConnection, case: Case) -> tuple[Told | None, Sequence[Message]]:
    """Return the last decision, None where none stands, and what was said, the newest first.

    What a group says counts for the cases that it has told of, from when they were opened; of a case that has left its
    groups, what was said of it alone.
    """
    decided = await attention.load(connection, case.case_id)
    keys = []
    groups = await attention.groups(connection, decided.held.groups if decided is not None else ())
    for name, group in sorted(groups.items()):
        if case.case_id in group.state.told:
            keys += [key_of(name, group.state.run, receiver) for receiver in group.told]
    said = await owed.said(connection, case.case_id, keys=keys, since=case.opened_at)
    messages = [
        Message(
            at=each.at,
            receiver=each.receiver,
            channel=each.channel,
            kind=each.kind,
            attempt=each.attempt,
            result=each.result,
            reason=each.reason,
        )
        for each in said
    ]
    if decided is None or not decided.kind:  # it is closed, or about to be decided
        return None, messages
    kind, reason = Kind(decided.kind), Reason(decided.reason)
    return Told(kind=kind, reason=reason, by=decided.held.by, what=KINDS[kind], why=TEXTS[reason]), messages
