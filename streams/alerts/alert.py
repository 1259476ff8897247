"""The alert: what the world sees of an episode, whole at each revision."""

from enum import StrEnum
from typing import Final

import msgspec

POSITIVE: Final = "positive"  # the mode of an alert that is good news


class Status(StrEnum):
    """Where an episode stands."""

    WATCHING = "watching"  # may still heal itself; nobody is paged
    FIRING = "firing"
    RECOVERED = "recovered"  # later touchpoints prove that the customer is fine again
    LOST = "lost"
    RETRACTED = "retracted"  # late touchpoints show that it never was
    EXPIRED = "expired"  # open for longer than the rule follows it


class Evidence(msgspec.Struct, frozen=True):
    """One clause of the rule with what satisfied it; `touchpoints` are touchpoint ids, oldest first."""

    clause: str
    value: float
    threshold: float
    touchpoints: tuple[str, ...] = ()


class Recent(msgspec.Struct, frozen=True):
    """One recent touchpoint of the journey; `time` in ms since the epoch."""

    time: int
    type: str
    source: str
    id: str
    subject: str = ""


class AlertPromise(msgspec.Struct, frozen=True):
    """One promise to the customer as it stood; times in ms since the epoch; `status` is open or broken."""

    kind: str
    subject: str
    opened_at: int
    due: int
    status: str


class Alert(msgspec.Struct, frozen=True):
    """One revision of one alert.

    `alert_id` is a hash of rule, customer, subject and the episode's ordinal, and never moves; `revision` starts at 1.
    `started_at`, `ended_at` (0 = still open) and `detected_at` are ms since the epoch. `title` and `advice` map a
    language to a text. `recent` is oldest first. `tried` are the touchpoint types by which the customer already sought
    help, oldest first. `mode` is that of the rule: shadow alerts are counted and listed, never paged; positive ones are
    good news: they are never paged and count as no trouble. All but `revision` and `detected_at` is a function of the
    touchpoints and the rules alone (laws L5 and L10).
    """

    alert_id: str
    revision: int
    status: Status
    rule: str
    rule_version: int
    moment: str
    severity: str
    customer: str
    subject: str
    started_at: int
    ended_at: int
    detected_at: int
    title: dict[str, str]
    advice: dict[str, str]
    evidence: tuple[Evidence, ...] = ()
    recent: tuple[Recent, ...] = ()
    promises: tuple[AlertPromise, ...] = ()
    tried: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    reason: str = ""
    mode: str = "live"
