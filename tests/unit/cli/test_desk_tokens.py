"""`touchpoint desk tokens` on a real SQLite."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from streams.cli.desk_tokens import command
from streams.desk.access.tokens import Token, Tokens
from streams.desk.access.viewer import Role
from streams.desk.store.database import connect
from streams.errors import TouchpointError
from streams.settings.settings import Settings
from tests.unit.cli import verbs

NOW = 1_800_000_000_000
run = partial(verbs.run, command)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Keep the desk's file in the test's folder."""
    return Settings(data_dir=str(tmp_path))


def check(settings: Settings, text: str) -> Token | None:
    """Return what a token opens."""

    async def ask() -> Token | None:
        database = connect(f"sqlite:///{Path(settings.data_dir) / 'desk' / 'desk.db'}")
        try:
            return await Tokens(database, lambda: NOW).check(text)
        finally:
            await database.close()

    return asyncio.run(ask())


def test_a_token_is_made_listed_and_revoked(settings: Settings) -> None:
    """Its text is the only line on standard output, so that it can be piped."""
    made = run(settings, "create", "anna", "--role", "agent", "--role", "lead", "--team", "web", "--lang", "es")
    assert made.exit_code == 0
    text = made.stdout.strip()
    token = check(settings, text)
    assert token is not None
    assert (token.viewer.name, token.viewer.roles) == ("anna", frozenset({Role.AGENT, Role.LEAD}))
    assert (token.viewer.teams, token.viewer.stores, token.viewer.language) == (frozenset({"web"}), frozenset(), "es")
    assert f"{token.id} anna agent,lead of teams web never expires never used" in made.stderr
    assert f"{token.id} anna agent,lead of teams web never expires used 2027-" in run(settings, "list").stdout
    assert run(settings, "revoke", token.id).stdout == f"revoked {token.id}\n"
    assert check(settings, text) is None
    assert "revoked 20" in run(settings, "list").stdout


def test_a_program_reads_json(settings: Settings) -> None:
    """The text once, and never in the list."""
    made: dict[str, Any] = json.loads(
        run(settings, "create", "bot", "--role", "coach", "--store", "12", "--expires", "90d", "--json").stdout
    )
    listed = run(settings, "list", "--json").stdout
    assert json.loads(listed) == [made["token"]]
    assert made["text"] not in listed
    assert made["token"]["expires_at"] - made["token"]["created_at"] in range(
        90 * 86_400_000 - 5_000, 90 * 86_400_000 + 1
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create", "anna", "--role", "agent", "--expires", "soon"), "no duration"),
        (("create", " ", "--role", "agent"), "a name and a role"),
        (("revoke", "0123456789abcdef"), "no valid token"),
    ],
)
def test_what_cannot_be_is_refused(settings: Settings, arguments: tuple[str, ...], message: str) -> None:
    """With what to do instead."""
    with pytest.raises(TouchpointError, match=message) as error:
        run(settings, *arguments)
    assert error.value.remedy


def test_a_token_needs_a_role_that_exists(settings: Settings) -> None:
    """The command says which there are."""
    assert run(settings, "create", "anna").exit_code == 2
    assert "'privacy'" in run(settings, "create", "anna", "--role", "boss").output
