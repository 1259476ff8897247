"""The case: all alerts of one person as people work on them.

A case is replaced whole at every change, with one entry in its trail and a revision that counts from 1, so that two
people can never change the same revision and a lost database is read back from the last record of each case.
Times are ms since the epoch; 0 is never.
"""

from enum import StrEnum
from typing import Any, Final

import msgspec

MACHINE: Final = "machine"  # who, where the journey did it and no person


class Status(StrEnum):
    """Where the work stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"  # for the customer
    RESOLVED = "resolved"
    REOPENED = "reopened"  # nobody has taken it up again


UNSEEN: Final = (Status.OPEN, Status.REOPENED)  # what is escalated


class Resolution(StrEnum):
    """Why a case is resolved. Only the first is proof; by a person it is a claim until the journey proves it."""

    RECOVERED = "recovered"
    LOST = "lost"
    RETRACTED = "retracted"  # late touchpoints show that there was nothing
    EXPIRED = "expired"
    BY_PERSON = "by_person"
    NOT_USEFUL = "not_useful"  # a person says that there was nothing to do


class Member(msgspec.Struct, frozen=True, array_like=True):
    """What a case knows of one of its alerts: the revision that it has taken into account, and the alert's status."""

    alert_id: str
    revision: int
    status: str
    severity: str
    rule: str
    moment: str


class Case(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One case at one revision.

    `person` is the customer, or the subject of alerts that have none (`source:...`, `till:...`); `ordinal` counts the
    cases of one person from 1, and `case_id` is a hash of both. `number` is what people call it. `severity` is that of
    its worst open alert, `moment` and `team` those of the alert that decides it. `begun_at` is when it
    was opened, or reopened the last time. `claimed_until` is when a claim goes
    back to the queue. `touched` is the revision of the last change by a person: what somebody saw before it is out of
    date, what the journey changed since is not. `callback_at` was promised to the customer. `recovered_at` is proof by
    the journey.
    """

    case_id: str
    number: int
    person: str
    ordinal: int
    revision: int
    status: Status
    severity: str
    moment: str
    opened_at: int
    changed_at: int
    begun_at: int = 0
    members: tuple[Member, ...] = ()
    team: str = ""
    assignee: str = ""
    claimed_at: int = 0
    claimed_until: int = 0
    touched: int = 0
    acknowledged_at: int = 0
    snoozed_until: int = 0
    callback_at: int = 0
    resolved_at: int = 0
    resolution: Resolution | None = None
    recovered_at: int = 0
    reopened: int = 0
    tags: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether nobody works on it any more."""
        return self.status is Status.RESOLVED


class Action(StrEnum):
    """What happened to a case; the kind of an entry in its trail, a metric label and a text of the console."""

    OPENED = "opened"
    ALERT = "alert"  # an alert came, changed or ended
    CLAIMED = "claimed"
    RELEASED = "released"
    ROTTED = "rotted"  # a claim went back to the queue by itself
    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    STARTED = "started"
    WAITING = "waiting"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    NOTED = "noted"
    TAGGED = "tagged"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    MOVED = "moved"  # to another team
    CONTACTED = "contacted"  # with the customer: goes out as a touchpoint
    JUDGED = "judged"  # an alert was useful or not
    REVEALED = "revealed"  # personal data were shown
    ESCALATED = "escalated"


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the trail of a case: `revision` is the one that it made. `detail` is small and JSON."""

    case_id: str
    revision: int
    at: int
    who: str
    action: Action
    detail: dict[str, Any] = {}


class Change(msgspec.Struct, frozen=True):
    """A case as it is now, and what made it so: one record of the actions topic."""

    case: Case
    entry: Entry
