"""The tables of cases: a row for each case with its newest record, for each alert, and for each line of the trail.

Records are JSON that msgspec wrote; the columns beside them are what queries ask for.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from streams.desk.store.database import METADATA

SERIAL: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys alone

CASES: Final = Table(
    "cases",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("person", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("severity", Text, nullable=False),
    Column("moment", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("assignee", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger, nullable=False),
    Column("snoozed_until", BigInteger, nullable=False),
    Column("resolved_at", BigInteger, nullable=False),
    Column("recovered_at", BigInteger, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),  # when time changes it; 0 = never
    Column("ordering", Float, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("incident", Integer, nullable=False, server_default=text("0")),
    Column("tags", Text, nullable=False),  # |a|b|
    Column("places", Text, nullable=False),  # |store|store|
    Column("rules", Text, nullable=False),  # |rule|rule|
    Column("record", LargeBinary, nullable=False),
    Column("summary", LargeBinary, nullable=False),
    UniqueConstraint("person", "ordinal"),
    Index("ix_cases_queue", "is_closed", "ordering", "number"),
    Index("ix_cases_due", "due"),
    Index("ix_cases_nearing", "is_closed", "due_at"),
    Index("ix_cases_incident", "incident"),
)

ALERTS: Final = Table(
    "alerts",
    METADATA,
    Column("alert_id", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("case_id", Text, nullable=True),  # none: nobody was told
    Column("rule", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("moment", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("first_detected_at", BigInteger, nullable=False),  # of the first revision that came here
    Column("record", LargeBinary, nullable=False),
    Index("ix_alerts_case", "case_id"),
    Index("ix_alerts_rule", "rule", "status"),
    Index("ix_alerts_customer", "customer"),
    Index("ix_alerts_standing", "status", "mode", "moment", "severity", "rule"),
)

ENTRIES: Final = Table(
    "entries",
    METADATA,
    Column("case_id", Text, ForeignKey("cases.case_id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("ix_entries_at", "at"),
)

# What people think of alerts: the last word of anybody.
JUDGEMENTS: Final = Table(
    "judgements",
    METADATA,
    Column("alert_id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("useful", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("who", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

# What must still go to Kafka, in order.
OUTBOX: Final = Table(
    "outbox",
    METADATA,
    Column("seq", SERIAL, primary_key=True, autoincrement=True),
    Column("topic", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

# What those who look must be told, in order; pruned.
CHANGES: Final = Table(
    "changes",
    METADATA,
    Column("seq", SERIAL, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("announce", Boolean, nullable=False),
    sqlite_autoincrement=True,  # a number never comes twice, even after pruning
)

# Up to where each partition is in these tables.
POSITIONS: Final = Table(
    "positions",
    METADATA,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)

COUNTERS: Final = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
