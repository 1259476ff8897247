"""How long things may take, and how large they may become."""

from typing import Final

import msgspec

from streams.rules.model import Severity

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
_LOST_MS: Final[dict[str, int]] = {
    Severity.LOW: 14 * DAY_MS,
    Severity.MEDIUM: 5 * DAY_MS,
    Severity.HIGH: 2 * DAY_MS,
    Severity.CRITICAL: 12 * HOUR_MS,
}


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a team has agreed on; durations in ms.

    `claim_ms`: a claim that nothing was done with for so long goes back to the queue. `relapse_ms`: a rule that fires
    again this soon after its case was resolved opens that case again instead of a new one. `lost_ms`: how long a
    customer with an alert of a severity can be won back, where the rule does not say.
    """

    claim_ms: int = 4 * HOUR_MS
    relapse_ms: int = 14 * DAY_MS
    lost_ms: dict[str, int] = msgspec.field(default_factory=lambda: dict(_LOST_MS))
    members: int = 100  # alerts of a case; above, the oldest that have ended are forgotten by the case
    note_characters: int = 4_000
    tags: int = 20
    tag_characters: int = 50
    data_fields: int = 20
    text_characters: int = 500  # of any other text
