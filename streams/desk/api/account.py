"""Who I am, signing in and out with a token, and the tokens of programs."""

from typing import Annotated

import msgspec

from streams.desk.access.roles import rights
from streams.desk.access.sessions import csrf_token
from streams.desk.access.tokens import Token
from streams.desk.access.viewer import Role, Viewer
from streams.desk.api.filters import Name, Names
from streams.desk.api.operation import Call, Plain
from streams.desk.api.problems import Code, Problem
from streams.errors import UsageError


class Me(msgspec.Struct, frozen=True):
    """Who I am and what I may do; `csrf` goes with every change of a session, in the header X-CSRF-Token."""

    viewer: Viewer
    rights: tuple[str, ...]
    csrf: str


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to make. No teams or no stores: all of them. `expires_at` in ms, 0 is never."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    roles: Annotated[tuple[Role, ...], msgspec.Meta(min_length=1, max_length=6)]
    teams: Names = ()
    stores: Names = ()
    language: Annotated[str, msgspec.Meta(pattern="^(en|es)$")] = "en"
    expires_at: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0


class MadeToken(msgspec.Struct, frozen=True):
    """A new token; its text is shown once."""

    token: Token
    text: Name


async def me(call: Call[None, None]) -> Me:
    """Return who asks."""
    return Me(call.viewer, tuple(sorted(rights(call.viewer))), csrf_token(call.identity))


async def sign_out(call: Call[None, None]) -> Plain:
    """End the session of this cookie."""
    gone = await call.parts.sessions.sign_out(call.headers.get("cookie", ""))
    return Plain(headers={"Set-Cookie": gone.header()})


async def tokens(call: Call[None, None]) -> list[Token]:
    """Return all tokens, without their secrets."""
    return await call.parts.tokens.all()


async def create_token(call: Call[None, NewToken]) -> MadeToken | Problem:
    """Make a token."""
    asked = call.body
    viewer = Viewer(
        name=asked.name,
        roles=frozenset(asked.roles),
        teams=frozenset(asked.teams),
        stores=frozenset(asked.stores),
        language=asked.language,
    )
    try:
        return MadeToken(*await call.parts.tokens.create(viewer, asked.expires_at))
    except UsageError as error:
        return Problem(reason=Code.INVALID, detail=error.message)


async def revoke_token(call: Call[None, None]) -> Plain | Problem:
    """End a token and what was opened with it."""
    return Plain() if await call.parts.tokens.revoke(call.path["token_id"]) else Problem(reason=Code.NOT_FOUND)
