"""Figures: teams at a glance, and what rules are worth."""

from collections.abc import Sequence

import msgspec

from streams.desk.api.operation import Call
from streams.desk.service.port import By
from streams.desk.service.views import RecoveryFigures, RuleWorth, TeamBoard


class RecoveryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to count by."""

    by: By = By.TEAM


async def recovery(call: Call[RecoveryQuery, None]) -> Sequence[RecoveryFigures]:
    """Return what became of customers."""
    return await call.desk.recovery(call.viewer, call.query.by)


async def board(call: Call[None, None]) -> Sequence[TeamBoard]:
    """Return the viewer's teams."""
    return await call.desk.board(call.viewer)


async def rules(call: Call[None, None]) -> Sequence[RuleWorth]:
    """Return what the alerts of each rule came to."""
    return await call.desk.worth(call.viewer)
