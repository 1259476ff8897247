"""What a person can do with a case. Every command names the revision that the person saw."""

from enum import StrEnum

import msgspec


class Contact(StrEnum):
    """What was done for the customer; each goes out as a touchpoint on `touchpoints.recovery`."""

    CALLED = "called"  # contact.made, channel phone
    WRITTEN = "written"  # contact.made, another channel
    OFFERED = "offered"  # offer.made
    REFUNDED = "refunded"  # recovery.offered
    APOLOGISED = "apologised"  # apology.sent
    CALLBACK = "callback"  # promise.opened, due at a time


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag=str.lower):
    """`revision`: of the case as the person saw it; 0 where any will do (notes, tags, judgements)."""

    revision: int = 0


class Claim(_Command, frozen=True, kw_only=True):
    """Take the case: nobody else can until it is released or the claim has rotted."""


class Release(_Command, frozen=True, kw_only=True):
    """Give it back to the queue; `reason` is for who takes it next."""

    reason: str = ""


class Assign(_Command, frozen=True, kw_only=True):
    """Give it to somebody; needs a lead. `reason` is for them."""

    to: str
    reason: str = ""


class Acknowledge(_Command, frozen=True, kw_only=True):
    """Say that it was seen, which ends escalation; without a claim."""


class Start(_Command, frozen=True, kw_only=True):
    """Begin to work; claims it."""


class Wait(_Command, frozen=True, kw_only=True):
    """Wait for the customer, until a time (ms) at the most."""

    until: int


class Resolve(_Command, frozen=True, kw_only=True):
    """Say that it is done. A claim, not a proof: the journey tells whether the customer has recovered."""

    reason: str = ""


class Reopen(_Command, frozen=True, kw_only=True):
    """Take a resolved case up again."""

    reason: str = ""


class Note(_Command, frozen=True, kw_only=True):
    """Write a note."""

    text: str


class Tag(_Command, frozen=True, kw_only=True):
    """Add and remove tags."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class Snooze(_Command, frozen=True, kw_only=True):
    """Hide it from the queue until a time (ms); worse news wakes it."""

    until: int


class Move(_Command, frozen=True, kw_only=True):
    """Give it to another team."""

    team: str


class Reach(_Command, frozen=True, kw_only=True):
    """Tell what was done for the customer; `data` are fields of the touchpoint's type, `due` (ms) of a call back."""

    how: Contact
    data: dict[str, str | int | float] = {}
    due: int = 0


class Judge(_Command, frozen=True, kw_only=True):
    """Say whether an alert was useful; feeds the precision of its rule."""

    alert_id: str
    useful: bool
    reason: str = ""


Command = (
    Claim
    | Release
    | Assign
    | Acknowledge
    | Start
    | Wait
    | Resolve
    | Reopen
    | Note
    | Tag
    | Snooze
    | Move
    | Reach
    | Judge
)
