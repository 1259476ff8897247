"""Figures: teams at a glance, and what rules are worth."""

from collections.abc import Sequence

from streams.desk.api.operation import Call
from streams.desk.service.views import RuleWorth, TeamBoard


async def board(call: Call[None, None]) -> Sequence[TeamBoard]:
    """Return the viewer's teams."""
    return await call.desk.board(call.viewer)


async def rules(call: Call[None, None]) -> Sequence[RuleWorth]:
    """Return what the alerts of each rule came to."""
    return await call.desk.worth(call.viewer)
