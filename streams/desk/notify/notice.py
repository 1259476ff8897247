"""What is told to the outside: which case, how bad, where to look; nothing of the customer.

A notice is made from a case's number, moment, severity and from the fixed title of a rule. There is no field that could
carry a customer, a subject, a text of a person or a touchpoint, and nothing may be added that can.
"""

import hashlib
from enum import StrEnum
from typing import Final

import msgspec

from streams.desk.cases.case import Case

Texts = dict[str, str]  # by language: en and es


class About(StrEnum):
    """What a notice is about."""

    CASE = "case"
    INCIDENT = "incident"
    GROUP = "group"  # cases that are told together and are no incident; it has no number
    DIGEST = "digest"


class Kind(StrEnum):
    """Why it is said; a metric label and a text."""

    OPENED = "opened"
    WORSE = "worse"
    CORRECTED = "corrected"  # edits what was said before where the channel can
    ACKNOWLEDGED = "acknowledged"  # only to channels that edit: nobody wants a mail about it
    RESOLVED = "resolved"
    RETRACTED = "retracted"  # it is over because there was nothing
    MOVED = "moved"  # it is told elsewhere, or kept quiet, from now on
    ESCALATED = "escalated"
    DIGEST = "digest"
    INCIDENT = "incident"


ENDING: Final = frozenset({Kind.RESOLVED, Kind.RETRACTED, Kind.MOVED})  # nothing is left to do here
FOLLOWING: Final = ENDING | {Kind.ACKNOWLEDGED, Kind.CORRECTED}  # means nothing to who was not told before


class Count(StrEnum):
    """What is counted in a notice."""

    CASES = "cases"
    CUSTOMERS = "customers"
    ALERTS = "alerts"
    CRITICAL = "critical"
    OLDER = "older"  # began before the page horizon
    OVERFLOW = "overflow"  # above the attention budget


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to say to one receiver; the newest of a `dedup_key` is the whole truth and replaces older ones.

    `revision` grows within a `dedup_key` (that of the case or incident): an older one never overwrites a newer one.
    `case_id` is a hash, empty for incidents and digests; `number` is what people call the case or incident. Times are
    ms since the epoch. `instead_of` names the receivers that could not be reached, the first one first.
    """

    dedup_key: str
    receiver: str
    about: About
    kind: Kind
    revision: int
    number: int
    at: int
    opened_at: int
    severity: str
    moment: str
    link: str
    title: Texts
    case_id: str = ""
    language: str = "en"
    counts: dict[Count, int] = {}
    instead_of: tuple[str, ...] = ()


def dedup_key(about: About, key: str, receiver: str) -> str:
    """Return the one key under which a receiver hears of a case, an incident or a digest, for its whole life.

    31 characters: a Freshdesk tag holds 32, PagerDuty 255. `key` is a case id, or what names an incident or digest for
    ever; nothing of it can be read back.
    """
    text = f"{about}\x1f{key}\x1f{receiver}"
    return "tp-" + hashlib.blake2b(text.encode(), digest_size=14).hexdigest()


def delivery_id(notice: Notice) -> str:
    """Return what makes two deliveries the same one."""
    text = "\x1f".join((notice.dedup_key, notice.receiver, str(notice.revision), notice.kind, str(notice.at)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def of_case(case: Case, receiver: str, kind: Kind, *, at: int, link: str, title: Texts, language: str = "en") -> Notice:
    """Return what a receiver is told of a case; `title` is that of the rule of the alert that decides it."""
    return Notice(
        dedup_key=dedup_key(About.CASE, case.case_id, receiver),
        receiver=receiver,
        about=About.CASE,
        kind=kind,
        revision=case.revision,
        number=case.number,
        at=at,
        opened_at=case.opened_at,
        severity=case.severity,
        moment=case.moment,
        link=link,
        title=title,
        case_id=case.case_id,
        language=language,
        counts={Count.ALERTS: len(case.members)} if len(case.members) > 1 else {},
    )
