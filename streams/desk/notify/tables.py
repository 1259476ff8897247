"""What the desk owes to the outside, and what it has said.

`notifications` has one row for each channel that has to hear of a dedup key, with the newest notice: a newer one
replaces it there, so what is sent last is always the last state, and two messages of one key never overtake each other.
`deliveries` is the log: one line for each attempt.
"""

from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from streams.desk.store.database import METADATA
from streams.desk.store.tables import SERIAL


class Standing(StrEnum):
    """Where a notification stands."""

    PENDING = "pending"
    SENT = "sent"
    FELL_BACK = "fell_back"  # the fallback has it now
    FAILED = "failed"  # given up with nobody left to tell; tried again when the desk starts


class Result(StrEnum):
    """What came of it; a word of the log."""

    SENT = "sent"
    RETRY = "retry"
    SUPERSEDED = "superseded"  # never sent: a newer notice took its place
    FELL_BACK = "fell_back"
    GAVE_UP = "gave_up"


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, default=0)


def _word(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, default="")


NOTIFICATIONS: Final = Table(
    "notifications",
    METADATA,
    Column("id", Text, primary_key=True),  # a hash of dedup key, receiver and channel
    _word("dedup_key"),
    _word("receiver"),
    _word("channel"),
    Column("notice", LargeBinary, nullable=False),
    _count("revision"),  # of the notice
    _count("version"),  # grows whenever the notice is replaced: what is in flight may be older
    _word("state"),
    Column("attempts", Integer, nullable=False, default=0),  # failed ones since the last that was not
    _count("failing_since"),
    _count("next_at"),  # 0: nothing is due
    _count("created_at"),
    _count("changed_at"),
    _count("sent_at"),
    Column("receipt", LargeBinary, nullable=False, default=b""),
    _word("lease"),  # which desk is sending it
    _count("leased_until"),
    Index(None, "next_at"),
    Index(None, "dedup_key"),
    Index(None, "changed_at"),
)

DELIVERIES: Final = Table(
    "deliveries",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    _count("at"),
    _word("case_id"),
    _word("dedup_key"),
    _count("number"),
    _word("receiver"),
    _word("channel"),
    _word("kind"),
    Column("attempt", Integer, nullable=False, default=0),
    _word("result"),
    _word("reason"),
    Index(None, "case_id", "id"),
    Index("ix_deliveries_key", "dedup_key"),
    Index(None, "at"),
)
