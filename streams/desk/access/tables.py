"""The tables of access: tokens of programs and people, and browser sessions. Secrets are in here as hashes alone."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from streams.desk.store.database import METADATA

TOKENS: Final = Table(
    "desk_tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("viewer", LargeBinary, nullable=False),  # JSON of a Viewer; its name is the token's
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # 0 is never
    Column("revoked_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
)

SESSIONS: Final = Table(
    "desk_sessions",
    METADATA,
    Column("id_hash", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),  # who it is, so that there are not too many of one person
    Column("viewer", LargeBinary, nullable=False),
    Column("token_id", Text, nullable=False),  # that it was opened with, or nothing
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_desk_sessions_name", "name"),
)
