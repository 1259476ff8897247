"""`touchpoint desk tokens`: who may call the desk's API, and sign in to its console where there is no other way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import click
import msgspec

from streams.cli.listing import show
from streams.codec.times import to_rfc3339
from streams.desk.access.tokens import Token, Tokens
from streams.desk.access.viewer import Role, Viewer
from streams.desk.service.clocks import wall_clock
from streams.errors import TouchpointError, UsageError
from streams.rules import durations
from streams.settings.settings import Settings

_Result = TypeVar("_Result")
_as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print for a program.")


@click.group(name="tokens")
def command() -> None:
    """Create, list and revoke tokens of programs and people."""


@command.command(epilog="Example: touchpoint desk tokens create anna --role agent --team web --expires 90d")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]),
              help="What it may do; several add up.")  # fmt: skip
@click.option("--team", "teams", multiple=True, help="Only cases of this team; all without one.")
@click.option("--store", "stores", multiple=True, help="Only cases of this store; all without one.")
@click.option("--lang", "language", type=click.Choice(["en", "es"]), default="en", show_default=True,
              help="In which language it is answered.")  # fmt: skip
@click.option("--expires", metavar="DURATION", default="", help="`90d`; never without it.")
@_as_json
@click.pass_obj
def create(
    settings: Settings,
    name: str,
    roles: tuple[str, ...],
    teams: tuple[str, ...],
    stores: tuple[str, ...],
    language: str,
    expires: str,
    as_json: bool,
) -> None:
    """Make a token for NAME, which the trail of every case will say; its text is shown once, and kept nowhere."""
    viewer = Viewer(
        name=name.strip(),
        roles=frozenset(map(Role, roles)),
        teams=frozenset(teams),
        stores=frozenset(stores),
        language=language,
    )
    lives_ms = durations.parse(expires) if expires else 0
    if lives_ms is None:
        raise UsageError(f"`{expires}` is no duration", place="--expires", remedy="write 90d or 12h")
    until = wall_clock() + lives_ms if lives_ms else 0
    token, text = _with(settings, lambda tokens: tokens.create(viewer, until))
    if as_json:
        click.echo(msgspec.json.encode({"token": token, "text": text}))
        return
    click.echo(_line(token), err=True)
    click.echo(text)


@command.command(name="list", epilog="Example: touchpoint desk tokens list --json")
@_as_json
@click.pass_obj
def list_(settings: Settings, as_json: bool) -> None:
    """List tokens, the newest first: who, as what, until when, and when last used (to five minutes)."""
    show(_with(settings, lambda tokens: tokens.all()), _line, "tokens", as_json=as_json)


@command.command(epilog="Example: touchpoint desk tokens revoke 0123456789abcdef")
@click.argument("token_id", metavar="ID")
@click.pass_obj
def revoke(settings: Settings, token_id: str) -> None:
    """End a token, and every session that was opened with it, at once; once more, and it is forgotten."""
    if not _with(settings, lambda tokens: tokens.revoke(token_id)):
        raise TouchpointError("no valid token has this id", place=token_id, remedy="see `touchpoint desk tokens list`")
    click.echo(f"revoked {token_id}")


def _with(settings: Settings, ask: Callable[[Tokens], Awaitable[_Result]]) -> _Result:
    """Ask the desk's tokens in its database, whether it runs or not."""
    from streams.desk.run import database_url  # noqa: PLC0415 - only when called
    from streams.desk.store.database import connect  # noqa: PLC0415
    from streams.desk.store.migrate import migrate  # noqa: PLC0415

    url = database_url(settings)
    migrate(url)

    async def run() -> _Result:
        database = connect(url)
        try:
            return await ask(Tokens(database, wall_clock))
        finally:
            await database.close()

    return asyncio.run(run())


def _line(token: Token) -> str:
    viewer = token.viewer
    what = ",".join(sorted(viewer.roles))
    of = "".join(f" {kind} {','.join(sorted(names))}" for kind, names in _limits(viewer) if names)
    used = f"used {to_rfc3339(token.used_at)}" if token.used_at else "never used"
    return f"{token.id} {viewer.name} {what}{of} {_standing(token)} {used}"


def _limits(viewer: Viewer) -> list[tuple[str, Any]]:
    return [("of teams", viewer.teams), ("of stores", viewer.stores)]


def _standing(token: Token) -> str:
    if token.revoked_at:
        return f"revoked {to_rfc3339(token.revoked_at)}"
    if not token.expires_at:
        return "never expires"
    return f"{'expires' if token.expires_at > wall_clock() else 'expired'} {to_rfc3339(token.expires_at)}"
