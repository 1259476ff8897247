"""Tokens that programs call the API with, and that people sign in with where there is no OpenID provider."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from typing import Any, Final

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row

from streams.desk.access.names import is_name
from streams.desk.access.tables import TOKENS
from streams.desk.access.viewer import Viewer
from streams.desk.store.database import Database
from streams.errors import UsageError

MAX_TOKENS: Final = 1000  # revoked and expired ones too; the next one is refused
USED_EVERY_MS: Final = 300_000  # `used_at` lags by so much, or every request would be a write
_FORM: Final = re.compile(r"tpd_([0-9a-f]{16})_([A-Za-z0-9_-]{43})\Z")


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token; its secret is not. Times are ms, 0 is never."""

    id: str
    viewer: Viewer  # who calls with it; the name is what the trail says
    created_at: int
    expires_at: int = 0
    revoked_at: int = 0
    used_at: int = 0

    def is_valid(self, now: int) -> bool:
        """Whether it opens anything."""
        return not self.revoked_at and not (self.expires_at and self.expires_at <= now)


class Tokens:
    """The tokens in the database."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock

    async def create(self, viewer: Viewer, expires_at: int = 0) -> tuple[Token, str]:
        """Return a new token and its text, which nobody can read again.

        Raises:
            UsageError: it would open nothing, or there are too many.
        """
        now = self._clock()
        if not is_name(viewer.name) or not viewer.roles:
            remedy = "say who uses it, and as what; `machine` and what begins with `link:` or `slack:` are not people"
            raise UsageError("a token needs a name and a role", remedy=remedy)
        if expires_at and expires_at <= now:
            raise UsageError("the token would have expired already", remedy="give a time to come")
        token = Token(id=secrets.token_hex(8), viewer=viewer, created_at=now, expires_at=expires_at)
        secret = secrets.token_urlsafe(32)
        async with self._database.write() as connection:
            if (await connection.execute(select(func.count()).select_from(TOKENS))).scalar_one() >= MAX_TOKENS:
                raise UsageError(f"there are {MAX_TOKENS} tokens", remedy="forget some: touchpoint desk tokens revoke")
            await connection.execute(
                insert(TOKENS).values(
                    id=token.id,
                    secret_hash=_hash(secret),
                    viewer=encode_viewer(viewer),
                    created_at=now,
                    expires_at=expires_at,
                    revoked_at=0,
                    used_at=0,
                )
            )
        return token, f"tpd_{token.id}_{secret}"

    async def all(self) -> list[Token]:
        """Return every token, the newest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(TOKENS).order_by(TOKENS.c.created_at.desc(), TOKENS.c.id))
            return [_token(row) for row in rows]

    async def revoke(self, token_id: str) -> bool:
        """End a token, and so every session that was opened with it; False where no valid one has this id.

        One that has been revoked, or has expired, is forgotten when it is revoked once more.
        """
        now, chosen = self._clock(), TOKENS.c.id == token_id
        async with self._database.write() as connection:
            row = (await connection.execute(select(TOKENS).where(chosen))).first()
            if row is None:
                return False
            was_valid = _token(row).is_valid(now)
            await connection.execute(
                update(TOKENS).where(chosen).values(revoked_at=now) if was_valid else delete(TOKENS).where(chosen)
            )
            return was_valid

    async def check(self, text: str) -> Token | None:
        """Return the token of this text where it is a valid one."""
        form = _FORM.match(text)
        if form is None:
            return None
        now, chosen = self._clock(), TOKENS.c.id == form[1]
        async with self._database.read() as connection:
            row = (await connection.execute(select(TOKENS).where(chosen))).first()
        # A hash is compared where there is no token too, so that both take as long.
        is_right = hmac.compare_digest(_hash(form[2]), b"" if row is None else bytes(row.secret_hash))
        if row is None or not is_right or not (token := _token(row)).is_valid(now):
            return None
        if now - token.used_at >= USED_EVERY_MS:
            async with self._database.write() as connection:
                await connection.execute(update(TOKENS).where(chosen).values(used_at=now))
        return token


def encode_viewer(viewer: Viewer) -> bytes:
    """Write a viewer for a column."""
    return msgspec.json.encode(viewer, order="deterministic")


def decode_viewer(column: bytes) -> Viewer:
    """Read it back."""
    return msgspec.json.decode(column, type=Viewer)


def _hash(secret: str) -> bytes:
    """Hash 256 random bits; they cannot be guessed, so the hash need not be slow."""
    return hashlib.sha256(secret.encode()).digest()


def _token(row: Row[Any]) -> Token:
    return Token(
        id=row.id,
        viewer=decode_viewer(row.viewer),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )
