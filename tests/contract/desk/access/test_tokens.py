"""Tokens."""

import pytest
from sqlalchemy import select

from streams.desk.access import tokens as module
from streams.desk.access.tables import TOKENS
from streams.desk.access.tokens import Tokens
from streams.desk.access.viewer import Role, Viewer
from streams.desk.store.database import Database
from streams.errors import UsageError
from tests.unit.desk.access.conftest import NOW, Clock

ANNA = Viewer(name="anna", roles=frozenset({Role.AGENT, Role.LEAD}), teams=frozenset({"web"}), language="es")


@pytest.fixture
def tokens(kept: Database, clock: Clock) -> Tokens:
    """Begin without any."""
    return Tokens(kept, clock)


async def test_a_token_opens_what_it_was_made_for(tokens: Tokens) -> None:
    """Its text gives back who uses it, with roles, teams and language."""
    made, text = await tokens.create(ANNA)
    found = await tokens.check(text)
    assert found == made
    assert found.viewer == ANNA
    assert text.startswith(f"tpd_{made.id}_")


async def test_the_secret_is_nowhere(tokens: Tokens, kept: Database) -> None:
    """Neither the list nor the table has it."""
    _, text = await tokens.create(ANNA)
    secret = text[-43:]
    async with kept.read() as connection:
        table = str((await connection.execute(select(TOKENS))).all())
    assert secret not in table
    assert secret not in str(await tokens.all())


async def test_what_is_no_token_opens_nothing(tokens: Tokens) -> None:
    """Nor a right secret under another id, nor a right text with something behind it."""
    made, text = await tokens.create(ANNA)
    other = f"tpd_{'0' * 16}_{text[-43:]}"
    parts = ("", "tpd_", f"tpd_{made.id}_", made.id, f"tpd_{made.id}_{'A' * 43}", other)
    for wrong in (*parts, f"{text}\n", f"{text} ", f"{text}x"):
        assert await tokens.check(wrong) is None


async def test_a_token_expires(tokens: Tokens, clock: Clock) -> None:
    """At its time it opens nothing any more."""
    _, text = await tokens.create(ANNA, NOW + 60_000)
    clock.forward(59.999)
    assert await tokens.check(text) is not None
    clock.forward(0.001)
    assert await tokens.check(text) is None


async def test_a_revoked_token_opens_nothing_and_is_still_listed(tokens: Tokens) -> None:
    """Revoking once more forgets it."""
    made, text = await tokens.create(ANNA)
    assert await tokens.revoke(made.id)
    assert await tokens.check(text) is None
    assert [token.revoked_at for token in await tokens.all()] == [NOW]
    assert not await tokens.revoke(made.id)
    assert await tokens.all() == []
    assert not await tokens.revoke(made.id)


async def test_the_last_use_is_known_to_five_minutes(tokens: Tokens, clock: Clock) -> None:
    """Requests in between write nothing."""
    _, text = await tokens.create(ANNA)
    for seconds, used_at in ((0, NOW), (299, NOW), (1, NOW + 300_000)):
        clock.forward(seconds)
        await tokens.check(text)
        assert [token.used_at for token in await tokens.all()] == [used_at]


async def test_there_is_a_bound(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one above it is refused, with what to do."""
    monkeypatch.setattr(module, "MAX_TOKENS", 2)
    await tokens.create(ANNA)
    await tokens.create(ANNA)
    with pytest.raises(UsageError, match="2 tokens"):
        await tokens.create(ANNA)


@pytest.mark.parametrize(
    ("viewer", "expires_at"),
    [
        (Viewer(name="", roles=ANNA.roles), 0),
        (Viewer(name="machine", roles=ANNA.roles), 0),
        (Viewer(name="x", roles=frozenset()), 0),
        (ANNA, NOW),
    ],
)
async def test_a_token_that_opens_nothing_is_refused(tokens: Tokens, viewer: Viewer, expires_at: int) -> None:
    """Without a name of its own, a role or a future."""
    with pytest.raises(UsageError):
        await tokens.create(viewer, expires_at)
    assert await tokens.all() == []
