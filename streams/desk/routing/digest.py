"""The daily digest of a team: when it comes, and what is in it. Whatever is not told at once is in here."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from streams.desk.routing.reasons import Reason
from streams.rules.model import RANK
from streams.touchpoints.calendar import DAY_MS

LISTED: Final = 20
_MORNING_MS: Final = 8 * 3_600_000


class DigestPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When and to whom. `at_ms`: after midnight of the local clock; `offsets`: from when on it is how far ahead of UTC.

    `receiver` empty: nobody is told, and the digest is on the console alone.
    """

    receiver: str = ""
    at_ms: int = _MORNING_MS
    offsets: tuple[tuple[int, int], ...] = ((0, 0),)
    listed: int = LISTED


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A case that is in the digest, and why."""

    case_id: str
    number: int
    team: str
    moment: str
    severity: str
    rank: float
    reason: Reason


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """One digest: how many cases there are of each moment, severity and reason, the first by rank, and `more`."""

    team: str
    due_at: int
    cases: int
    by_moment: dict[str, int]
    by_severity: dict[str, int]
    by_reason: dict[Reason, int]
    listed: tuple[Item, ...]
    more: int


def next_at(policy: DigestPolicy, now: int) -> int:
    """Return the first time of the digest after `now`; one a local day, on those with 23 and 25 hours too."""
    day = (now + _ahead(policy, now)) // DAY_MS - 1
    while (at := _at(policy, day)) <= now:
        day += 1
    return at


def compose(team: str, items: Iterable[Item], policy: DigestPolicy, due_at: int) -> Digest:
    """Return the digest of a team from what is in digests now; cases of other teams are left out."""
    own = sorted((each for each in items if each.team == team), key=lambda each: (-each.rank, each.case_id))
    severities = Counter(each.severity for each in own)
    return Digest(
        team=team,
        due_at=due_at,
        cases=len(own),
        by_moment=dict(sorted(Counter(each.moment for each in own).items())),
        by_severity=dict(sorted(severities.items(), key=lambda pair: -RANK.get(pair[0], 0))),
        by_reason=dict(sorted(Counter(each.reason for each in own).items())),
        listed=tuple(own[: policy.listed]),
        more=max(0, len(own) - policy.listed),
    )


def _at(policy: DigestPolicy, day: int) -> int:
    """Return the instant of the digest on a local day; where the clock skips that time, as much later."""
    local = day * DAY_MS + policy.at_ms
    first = local - _ahead(policy, local - DAY_MS)
    second = local - _ahead(policy, first)
    return second if local - _ahead(policy, second) == second else first


def _ahead(policy: DigestPolicy, at: int) -> int:
    ahead = policy.offsets[0][1]
    for since, offset in policy.offsets:
        if since > at:
            break
        ahead = offset
    return ahead
