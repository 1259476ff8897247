"""One request and its answer."""

import logging
from typing import Any, Final

import pytest

from streams.gateway.api.bodies import Gone
from streams.gateway.api.exchange import Note, exchange
from streams.gateway.api.problems import Code, Problem
from streams.gateway.api.reply import Reply
from streams.gateway.api.request import Request

SECRET: Final = "anna@example.org"  # noqa: S105 - what somebody wrote


class Watch:
    """Keeps what it is told; the last exchange has `sent` so much."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.sent: list[dict[str, Any]] = []

    def answered(self, note: Note) -> None:
        """Keep it."""
        self.notes.append(note)

    async def exchange(self, found: Reply | Problem | Gone | Exception, method: str = "POST", **more: Any) -> Note:
        """Answer a request and return what was noted of it."""

        async def outcome(note: Note) -> Reply | Problem | Gone:
            note.key_id = "k1"
            if isinstance(found, Exception):
                raise found
            return found

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        request = Request({"method": method, "headers": [], "query_string": b"", "path": f"/v1/{SECRET}"})
        await exchange("/v1/{name}", request, send, self, outcome, **more)
        return self.notes[-1]


@pytest.fixture
def watch() -> Watch:
    """One that has heard nothing."""
    return Watch()


async def test_an_answer_is_sent_and_noted(watch: Watch) -> None:
    """By the word for its address, with what was found out meanwhile."""
    note = await watch.exchange(Reply(202, b"{}"), headers=[(b"x-guard", b"1")])
    assert (note.route, note.method, note.status, note.reason, note.key_id) == ("/v1/{name}", "POST", 202, "ok", "k1")
    assert watch.sent[0]["status"] == 202
    assert (b"x-guard", b"1") in watch.sent[0]["headers"]


@pytest.mark.parametrize(("method", "noted"), [("BREW", "other"), ("PATCH", "PATCH")])
async def test_a_method_that_nobody_knows_has_no_name(watch: Watch, method: str, noted: str) -> None:
    """Since everybody may make one up, and each would be a line of its own."""
    assert (await watch.exchange(Reply(204), method)).method == noted


async def test_a_failure_is_an_answer_too(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    """The log says where it was, and nothing that the request held."""
    with caplog.at_level(logging.ERROR):
        note = await watch.exchange(ValueError(SECRET))
    assert (note.status, note.reason) == (500, Code.UNEXPECTED)
    assert "ValueError at outcome" in caplog.text
    assert SECRET not in caplog.text + str(watch.sent)


async def test_each_way_says_in_its_own_words_what_went_wrong(watch: Watch) -> None:
    """Some libraries read another form than problem details."""
    note = await watch.exchange(Problem(code=Code.FULL), fail=lambda problem: Reply(problem.status, b"no"))
    assert (note.status, watch.sent[1]["body"]) == (503, b"no")


async def test_nobody_is_answered_who_went_away(watch: Watch) -> None:
    """But it is noted."""
    note = await watch.exchange(Gone())
    assert (note.status, note.reason, watch.sent) == (499, "gone", [])


async def test_who_asks_for_the_head_gets_no_body(watch: Watch) -> None:
    """But learns how long it would be."""
    await watch.exchange(Reply(200, b"42", "text/plain"), "HEAD")
    assert (b"content-length", b"2") in watch.sent[0]["headers"]
    assert watch.sent[1]["body"] == b""
