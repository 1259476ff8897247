"""Who is asking: a session of a browser by its cookie, or a program by its token.

For API and console alike, so it takes the texts of headers, gives cookies, and knows no web framework.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row

from streams.desk.access.attempts import Brake
from streams.desk.access.cookies import SetCookie, read_cookie, set_cookie
from streams.desk.access.tables import SESSIONS, TOKENS
from streams.desk.access.tokens import Tokens, decode_viewer, encode_viewer
from streams.desk.access.viewer import Viewer
from streams.desk.store.database import Database

COOKIE: Final = "touchpoint_desk"
SEEN_EVERY_MS: Final = 300_000  # `seen_at` lags by so much, or every request would be a write
_BEARER: Final = re.compile(r"bearer +([\x21-\x7e]{1,200})\Z", re.IGNORECASE)
_ID: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")


class SessionPolicy(msgspec.Struct, frozen=True):
    """How long a session lives without a request, and at all; of one person the oldest above `per_person` end.

    `is_tls`: people reach the desk over https, if only through a proxy.
    """

    idle_sec: int = 4 * 3600
    absolute_sec: int = 16 * 3600
    per_person: int = 10
    is_tls: bool = False


class Proof(StrEnum):
    """How somebody has shown who it is."""

    TOKEN = "token"  # noqa: S105 - a word of the protocol, no secret
    SESSION = "session"  # changes need the CSRF token too


class Identity(msgspec.Struct, frozen=True):
    """Somebody whose proof holds; `secret` is of a session, for its CSRF token."""

    viewer: Viewer
    proof: Proof
    secret: str = ""


class TooMany(Exception):  # noqa: N818 - what the caller is told, no fault of ours
    """Raise when so many sign-ins failed from a place that it has to wait."""

    def __init__(self, wait_sec: int) -> None:
        super().__init__(f"wait {wait_sec} s")
        self.wait_sec = wait_sec


class Sessions:
    """Sign-in, sign-out, and who is behind a request."""

    def __init__(
        self, database: Database, tokens: Tokens, brake: Brake, policy: SessionPolicy, clock: Callable[[], int]
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._brake = brake
        self._clock = clock
        self.policy = policy

    async def identify(self, *, authorization: str = "", cookie: str = "") -> Identity | None:
        """Return who sends these headers. An Authorization header stands alone: if it fails, no cookie helps."""
        if authorization:
            bearer = _BEARER.match(authorization)
            token = await self._tokens.check(bearer[1]) if bearer else None
            return Identity(token.viewer, Proof.TOKEN) if token else None
        secret = self._secret(cookie)
        row = await self._row(secret) if secret else None
        return Identity(decode_viewer(row.viewer), Proof.SESSION, secret) if row else None

    async def viewer(self, *, authorization: str = "", cookie: str = "") -> Viewer | None:
        """Return who sends these headers, for pages that only show something."""
        identity = await self.identify(authorization=authorization, cookie=cookie)
        return identity.viewer if identity else None

    async def sign_in(self, token: str, place: str = "") -> SetCookie | None:
        """Return the cookie of a new session of a token's person; None where it is no valid token.

        Raises:
            TooMany: too many sign-ins failed from this place, an address; whether this token is valid is not said.
                Without a place nobody waits, or all would wait for one.
        """
        if place and (wait_sec := self._brake.wait_sec(place)):
            raise TooMany(wait_sec)
        found = await self._tokens.check(token.strip())
        if found is None:
            if place:
                self._brake.failed(place)
            return None
        self._brake.passed(place)
        return await self.open(found.viewer, token_id=found.id, until=found.expires_at)

    async def open(self, viewer: Viewer, *, token_id: str = "", until: int = 0) -> SetCookie:
        """Return the cookie of a new session of somebody who has proved who it is, an OpenID user say."""
        now, secret = self._clock(), secrets.token_urlsafe(32)
        expires_at = min(now + self.policy.absolute_sec * 1000, until or 1 << 62)
        async with self._database.write() as connection:
            await connection.execute(delete(SESSIONS).where(self._is_over(now)))
            mine = select(SESSIONS.c.id_hash).where(SESSIONS.c.name == viewer.name)
            newest_first = mine.order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.id_hash)
            old = list((await connection.execute(newest_first.offset(self.policy.per_person - 1))).scalars())
            await connection.execute(delete(SESSIONS).where(SESSIONS.c.id_hash.in_(old)))
            await connection.execute(
                insert(SESSIONS).values(
                    id_hash=_hash(secret),
                    name=viewer.name,
                    viewer=encode_viewer(viewer),
                    token_id=token_id,
                    created_at=now,
                    seen_at=now,
                    expires_at=expires_at,
                )
            )
        return set_cookie(COOKIE, secret, (expires_at - now) // 1000, is_tls=self.policy.is_tls)

    async def sign_out(self, cookie: str) -> SetCookie:
        """End the session of a Cookie header; return the cookie that takes it away."""
        if secret := self._secret(cookie):
            async with self._database.write() as connection:
                await connection.execute(delete(SESSIONS).where(SESSIONS.c.id_hash == _hash(secret)))
        return set_cookie(COOKIE, "", 0, is_tls=self.policy.is_tls)

    async def end(self, name: str) -> int:
        """End all sessions of a person; return how many there were."""
        async with self._database.write() as connection:
            return (await connection.execute(delete(SESSIONS).where(SESSIONS.c.name == name))).rowcount

    def _secret(self, cookie: str) -> str:
        secret = read_cookie(cookie, COOKIE, is_tls=self.policy.is_tls)
        return secret if _ID.match(secret) else ""

    async def _row(self, secret: str) -> Row[Any] | None:
        now, chosen = self._clock(), SESSIONS.c.id_hash == _hash(secret)
        async with self._database.read() as connection:
            # It ends with its token, even one that was revoked while it was opened.
            same = (TOKENS.c.id == SESSIONS.c.token_id) & (TOKENS.c.revoked_at == 0)
            is_backed = (SESSIONS.c.token_id == "") | select(TOKENS.c.id).where(same).exists()
            row = (await connection.execute(select(SESSIONS).where(chosen, ~self._is_over(now), is_backed))).first()
        if row is not None and now - row.seen_at >= SEEN_EVERY_MS:
            async with self._database.write() as connection:
                await connection.execute(update(SESSIONS).where(chosen).values(seen_at=now))
        return row

    def _is_over(self, now: int) -> Any:
        return (SESSIONS.c.expires_at <= now) | (SESSIONS.c.seen_at <= now - self.policy.idle_sec * 1000)


def csrf_token(identity: Identity) -> str:
    """Return what a page of this session sends back with every change; empty for a program, which needs none."""
    if identity.proof is not Proof.SESSION:
        return ""
    return hmac.digest(identity.secret.encode(), b"csrf", "sha256").hex()


def may_change(identity: Identity, csrf: str) -> bool:
    """Return whether a change comes from a page of ours: a program's always, a session's with its CSRF token alone."""
    if identity.proof is not Proof.SESSION:
        return True
    return hmac.compare_digest(csrf_token(identity).encode(), csrf.encode("utf-8", "surrogatepass"))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
