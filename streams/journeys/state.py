"""What the fold of one journey remembers things as: plain data that a codec can write, without behaviour.

Keys of the maps are made by `key()`: parts joined by a unit separator. Names of rules, operators and promises hold
none; a subject may hold anything, so whoever takes a key apart counts the parts before or after it.
"""

from typing import Any, Final

import msgspec

SEPARATOR: Final = "\x1f"
NEVER: Final = 1 << 62  # later than any event time

FORGOTTEN: Final = ""  # key of `State.memory`: ordinals below its first field may have been used by what was forgotten

OPEN, BROKEN = "open", "broken"  # of a promise
WATCHING, FIRING, RECOVERED, LOST, EXPIRED = "watching", "firing", "recovered", "lost", "expired"  # of an episode


def key(*parts: str) -> str:
    """Join the parts of a map key."""
    return SEPARATOR.join(parts)


class Promise(msgspec.Struct, array_like=True, gc=False):
    """Something the customer was told would happen by `due`; times in ms since the epoch.

    `touchpoint` is the id of the touchpoint that made or last moved it.
    """

    opened_at: int
    due: int
    touchpoint: str
    status: str = OPEN


class Evidence(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One clause of a rule with what satisfied it; touchpoint ids oldest first."""

    clause: str
    value: int | float  # kept as it is, so that a decoded journey is written as the same bytes
    threshold: int | float
    touchpoints: tuple[str, ...] = ()


class Glimpse(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A touchpoint as an alert shows it."""

    time: int
    type: str
    source: str
    id: str
    subject: str


class PromiseView(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A promise as an alert shows it."""

    kind: str
    subject: str
    opened_at: int
    due: int
    status: str


class Turn(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What an episode was before a deadline changed it, and still is as long as the clock is before `held_until`.

    `shown`: its recent touchpoints and promises then, once another change has replaced them.
    """

    held_until: int
    status: str
    severity: str
    ended_at: int
    reason: str
    evidence: tuple[Evidence, ...]
    shown: tuple[tuple[Glimpse, ...], tuple[PromiseView, ...]] | None = None


class Episode(msgspec.Struct, array_like=True, gc=False):
    """One stretch of trouble of one customer under one rule and subject, as of its last change.

    `since`: when what led to it had begun to run, if a deadline decided it; else its start. `held_until`: when a
    deadline decided it, the deadline; it is not said before the clock has reached that, since what keeps the promise
    may still be unread. `ended_at` is 0 while open. `recent` and `promises` are as they were at the last change that
    a touchpoint or the first deadline made. `turns`: the last few later changes that deadlines made, oldest first.
    `proven`: which of several proofs of recovery have come so far, one bit each. `relapse_ms`: for so long after its
    recovery it may open again.
    """

    rule: str
    version: int
    subject: str
    ordinal: int
    status: str
    severity: str
    started_at: int
    since: int
    ended_at: int = 0
    held_until: int = 0
    evidence: tuple[Evidence, ...] = ()
    recent: tuple[Glimpse, ...] = ()
    promises: tuple[PromiseView, ...] = ()
    reason: str = ""
    turns: tuple[Turn, ...] = ()
    proven: int = 0
    relapse_ms: int = 0


class Written(msgspec.Struct, array_like=True, gc=False):
    """A `folded.State` as a record holds it: its `parts`, in their order."""

    last: int = 0
    first: int = 0
    count: int = 0
    fired: int = 0
    due: int = NEVER
    slots: dict[str, list[Any]] = {}
    timers: dict[str, int] = {}
    promises: dict[str, Promise] = {}
    episodes: dict[str, Episode] = {}
    memory: dict[str, list[int]] = {}
    touchpoints: list[int] = []
    negatives: list[int] = []
