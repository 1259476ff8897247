"""Sessions of browsers."""

import asyncio

import pytest
from sqlalchemy import func, select

from streams.desk.access.attempts import Brake, BrakePolicy
from streams.desk.access.sessions import (
    Proof,
    SessionPolicy,
    Sessions,
    TooMany,
    csrf_token,
    may_change,
)
from streams.desk.access.tables import SESSIONS
from streams.desk.access.tokens import Tokens
from streams.desk.access.viewer import Role, Viewer
from streams.desk.store.database import Database
from tests.unit.desk.access.conftest import NOW, Clock

ANNA = Viewer(name="anna", roles=frozenset({Role.AGENT}))
POLICY = SessionPolicy(idle_sec=600, absolute_sec=3600, per_person=3)


class Access:
    """Tokens and sessions of one test."""

    def __init__(self, database: Database, clock: Clock, policy: SessionPolicy = POLICY) -> None:
        self.database = database
        self.tokens = Tokens(database, clock)
        self.sessions = Sessions(
            database, self.tokens, Brake(BrakePolicy(failures=3, window_sec=60), clock), policy, clock
        )

    async def token(self, viewer: Viewer = ANNA, expires_at: int = 0) -> str:
        """Return a new token's text."""
        return (await self.tokens.create(viewer, expires_at))[1]

    async def cookie(self, token: str) -> str:
        """Sign in and return what the browser sends from then on."""
        cookie = await self.sessions.sign_in(token)
        assert cookie is not None
        return f"{cookie.name}={cookie.value}"

    async def viewer(self, cookie: str) -> Viewer | None:
        """Return who it is."""
        return await self.sessions.viewer(cookie=cookie)

    async def count(self) -> int:
        """Return how many sessions are kept."""
        async with self.database.read() as connection:
            return int((await connection.execute(select(func.count()).select_from(SESSIONS))).scalar_one())


@pytest.fixture
def access(kept: Database, clock: Clock) -> Access:
    """Begin without anybody."""
    return Access(kept, clock)


async def test_who_signs_in_is_known_by_the_cookie(access: Access) -> None:
    """With a token, until signing out."""
    cookie = await access.cookie(await access.token())
    assert await access.viewer(f"other=1; {cookie}; another=2") == ANNA
    gone = await access.sessions.sign_out(cookie)
    assert gone.header() == "touchpoint_desk=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
    assert await access.viewer(cookie) is None
    assert await access.count() == 0


async def test_the_cookie_is_for_this_host_and_out_of_reach_of_scripts(kept: Database, clock: Clock) -> None:
    """With TLS its name says so, which browsers hold; without, on loopback, it is a plain name."""
    safe = Access(kept, clock, SessionPolicy(is_tls=True))
    header = (await safe.sessions.open(ANNA)).header()
    assert header.startswith("__Host-touchpoint_desk=")
    assert header.endswith("; Path=/; Max-Age=57600; HttpOnly; SameSite=Lax; Secure")
    assert await safe.viewer(header.partition(";")[0]) == ANNA
    assert await safe.viewer(header.partition(";")[0].removeprefix("__Host-")) is None
    plain = (await Access(kept, clock).sessions.open(ANNA)).header()
    assert plain.startswith("touchpoint_desk=")
    assert plain.endswith("; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax")


async def test_the_table_cannot_open_a_session(access: Access) -> None:
    """It has a hash of what the cookie has."""
    cookie = await access.cookie(await access.token())
    async with access.database.read() as connection:
        table = str((await connection.execute(select(SESSIONS))).all())
    assert cookie.partition("=")[2] not in table


async def test_another_cookie_is_nobody(access: Access) -> None:
    """Whatever it holds."""
    await access.cookie(await access.token())
    wrong = ("", "touchpoint_desk=", f"touchpoint_desk={'A' * 43}", "touchpoint_desk=\udcff", "=;=;")
    assert [await access.viewer(cookie) for cookie in wrong] == [None] * 5


async def test_a_cookie_that_is_there_twice_is_nobody(access: Access) -> None:
    """One of them may have been planted by another host."""
    cookie = await access.cookie(await access.token())
    assert await access.viewer(f"{cookie}; touchpoint_desk={'A' * 43}") is None


async def test_a_session_ends_when_nobody_uses_it(access: Access, clock: Clock) -> None:
    """Each use, to five minutes, begins the time anew."""
    cookie = await access.cookie(await access.token())
    for _ in range(3):
        clock.forward(590)
        assert await access.viewer(cookie) == ANNA
    clock.forward(600)
    assert await access.viewer(cookie) is None


async def test_a_session_ends_however_much_it_is_used(access: Access, clock: Clock) -> None:
    """An hour after signing in."""
    cookie = await access.cookie(await access.token())
    for _ in range(7):
        clock.forward(500)
        assert await access.viewer(cookie) == ANNA
    clock.forward(100)
    assert await access.viewer(cookie) is None


async def test_a_session_ends_with_its_token(access: Access, clock: Clock) -> None:
    """When the token expires, and at once when it is revoked or forgotten."""
    short = await access.cookie(await access.token(expires_at=NOW + 100_000))
    long = await access.cookie(await access.token())
    clock.forward(100)
    assert (await access.viewer(short), await access.viewer(long)) == (None, ANNA)
    for token in await access.tokens.all():
        await access.tokens.revoke(token.id)
    assert await access.viewer(long) is None


async def test_a_person_has_so_many_sessions_and_no_more(access: Access, clock: Clock) -> None:
    """The oldest ends, and those of others stay."""
    other = await access.cookie(await access.token(Viewer(name="ben", roles=ANNA.roles)))
    token = await access.token()
    cookies = []
    for _ in range(5):
        clock.forward(1)
        cookies.append(await access.cookie(token))
    assert [await access.viewer(cookie) for cookie in cookies] == [None, None, ANNA, ANNA, ANNA]
    assert await access.viewer(other) is not None
    assert await access.count() == 4


async def test_sessions_that_are_over_leave_the_table(access: Access, clock: Clock) -> None:
    """With the next one that begins."""
    token = await access.token()
    await access.cookie(token)
    clock.forward(601)
    await access.cookie(token)
    assert await access.count() == 1


async def test_all_sessions_of_a_person_can_be_ended(access: Access) -> None:
    """And only theirs."""
    token = await access.token()
    mine = [await access.cookie(token), await access.cookie(token)]
    other = await access.cookie(await access.token(Viewer(name="ben", roles=ANNA.roles)))
    assert await access.sessions.end("anna") == 2
    assert [await access.viewer(cookie) for cookie in mine] == [None, None]
    assert await access.viewer(other) is not None


async def test_many_sign_ins_at_once_all_work(access: Access) -> None:
    """Writers wait for each other."""
    token = await access.token()
    cookies = await asyncio.gather(*(access.cookie(token) for _ in range(3)))
    assert [await access.viewer(cookie) for cookie in cookies] == [ANNA] * 3


async def test_a_program_sends_its_token(access: Access) -> None:
    """In the Authorization header, which stands alone."""
    token = await access.token()
    cookie = await access.cookie(token)
    found = await access.sessions.identify(authorization=f"Bearer {token}")
    assert found is not None
    assert (found.viewer, found.proof) == (ANNA, Proof.TOKEN)
    for wrong in ("Bearer", "Bearer x", f"Basic {token}", f"Bearer {token} {token}", token):
        assert await access.sessions.identify(authorization=wrong, cookie=cookie) is None


async def test_a_change_of_a_session_needs_its_csrf_token(access: Access) -> None:
    """That of another session does not do; a program needs none."""
    token = await access.token()
    mine, other = [await access.sessions.identify(cookie=await access.cookie(token)) for _ in range(2)]
    program = await access.sessions.identify(authorization=f"Bearer {token}")
    assert mine is not None
    assert other is not None
    assert program is not None
    assert may_change(mine, csrf_token(mine))
    assert [may_change(mine, wrong) for wrong in ("", "x", csrf_token(other), "\udcff", "é")] == [False] * 5
    assert csrf_token(program) == ""
    assert may_change(program, "")
    assert mine.secret not in csrf_token(mine)


async def test_guessing_is_braked(access: Access, clock: Clock) -> None:
    """After three failures a place waits, even with a right token; another place does not."""
    token = await access.token()
    for _ in range(3):
        assert await access.sessions.sign_in("tpd_wrong", "192.0.2.1") is None
    with pytest.raises(TooMany) as error:
        await access.sessions.sign_in(token, "192.0.2.1")
    assert error.value.wait_sec == 60
    assert await access.sessions.sign_in(token, "192.0.2.2") is not None
    clock.forward(60)
    assert await access.sessions.sign_in(token, "192.0.2.1") is not None
