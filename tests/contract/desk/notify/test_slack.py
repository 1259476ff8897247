"""Slack, as its Web API documents chat.postMessage and chat.update."""

from typing import Any

import pytest

from streams.desk.notify import texts
from streams.desk.notify.channel import Failed, Reason, Receipt, Sent
from streams.desk.notify.notice import Kind
from streams.desk.notify.signing import Allowed, Grant, Signer
from streams.desk.notify.slack import ACKNOWLEDGE, Slack
from streams.desk.notify.web import Web
from tests.contract.desk.notify.provider import Answer, Asked, Provider
from tests.unit.desk.notify.notices import KEY, LINK, LINKS, NOON, notice

BOT = "xoxb-token"


class Workspace:
    """Keeps messages as Slack does: each has a time in its channel that names it."""

    def __init__(self) -> None:
        self.messages: dict[str, dict[str, Any]] = {}

    def answer(self, asked: Asked) -> Answer:
        """Do what a method does; whatever is wrong is said with the status 200."""
        if asked.headers.get("authorization") != f"Bearer {BOT}":
            return Answer(200, {"ok": False, "error": "invalid_auth"})
        body = asked.body
        if asked.path == "/chat.postMessage":
            ts = f"17953488{len(self.messages):02}.000100"
            self.messages[ts] = body
        elif asked.path == "/chat.update":
            ts = body["ts"]
            if ts not in self.messages or body["channel"] != "C0123":
                return Answer(200, {"ok": False, "error": "message_not_found"})
            self.messages[ts] = body
        else:
            return Answer(200, {"ok": False, "error": "unknown_method"})
        return Answer(200, {"ok": True, "channel": "C0123", "ts": ts, "message": body})


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the buttons of a message by their action."""
    (actions,) = (block for block in message["blocks"] if block["type"] == "actions")
    return {button["action_id"]: button for button in actions["elements"]}


async def test_the_first_notice_is_a_message_with_a_button_that_acknowledges(web: Web) -> None:
    """Its value is a signed right to acknowledge this case; the other button opens it."""
    workspace = Workspace()
    async with Provider(workspace.answer) as provider:
        sent = await Slack(provider.url, BOT, "#store", LINKS, web).send(notice(language="es"), None)
    ((ts, message),) = workspace.messages.items()
    assert sent == Sent(Receipt({"channel": "C0123", "ts": ts}))
    assert message["channel"] == "#store"
    assert message["text"] == "Crítica: El pago falla una y otra vez (Caso 12, Nuevo)"
    assert message["metadata"]["event_payload"] == {"dedup_key": notice().dedup_key}
    found = buttons(message)
    assert found["touchpoint_open"]["url"] == LINK
    grant = Signer([KEY]).read(found[ACKNOWLEDGE]["value"], Allowed.ACKNOWLEDGE, NOON)
    assert isinstance(grant, Grant)
    assert grant.case_id == "0a"
    assert len(found[ACKNOWLEDGE]["value"]) <= 2_000


@pytest.mark.parametrize("kind", [Kind.CORRECTED, Kind.ACKNOWLEDGED, Kind.RESOLVED, Kind.RETRACTED])
async def test_what_changes_edits_the_message(kind: Kind, web: Web) -> None:
    """No second message; the button goes when there is nothing left to acknowledge."""
    workspace = Workspace()
    async with Provider(workspace.answer) as provider:
        slack = Slack(provider.url, BOT, "#store", LINKS, web)
        first = await slack.send(notice(), None)
        assert isinstance(first, Sent)
        assert await slack.send(notice(kind=kind, revision=2), first.receipt) == first
    (message,) = workspace.messages.values()
    assert message["text"].endswith(f", {texts.word(f'kind.{kind}', 'en')})")
    assert (ACKNOWLEDGE in buttons(message)) is (kind is Kind.CORRECTED)


@pytest.mark.parametrize("kind", [Kind.WORSE, Kind.ESCALATED, Kind.OPENED])
async def test_what_must_be_heard_is_said_in_the_thread_too(kind: Kind, web: Web) -> None:
    """An edit makes no sound, so worse news is a reply that all of them see; so is what opens again."""
    workspace = Workspace()
    async with Provider(workspace.answer) as provider:
        slack = Slack(provider.url, BOT, "#store", LINKS, web)
        first = await slack.send(notice(), None)
        assert isinstance(first, Sent)
        assert await slack.send(notice(kind=kind, revision=2), first.receipt) == first
    edited, reply = workspace.messages.values()
    assert reply["thread_ts"] == first.receipt.ids["ts"]
    assert reply["reply_broadcast"] is True
    assert reply["text"] == edited["text"]


async def test_a_message_that_was_deleted_is_posted_again(web: Web) -> None:
    """Whoever deletes it does not silence the case."""
    workspace = Workspace()
    async with Provider(workspace.answer) as provider:
        slack = Slack(provider.url, BOT, "#store", LINKS, web)
        again = await slack.send(notice(kind=Kind.RESOLVED), Receipt({"channel": "C0123", "ts": "1.1"}))
    assert isinstance(again, Sent)
    assert list(workspace.messages) == [again.receipt.ids["ts"]]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        ("ratelimited", Failed(Reason.RATE_LIMITED, retry=True)),
        ("internal_error", Failed(Reason.SERVER, retry=True)),
        ("service_unavailable", Failed(Reason.SERVER, retry=True)),
        ("request_timeout", Failed(Reason.TIMEOUT, retry=True)),
        ("invalid_auth", Failed(Reason.UNAUTHORIZED, retry=False)),
        ("token_revoked", Failed(Reason.UNAUTHORIZED, retry=False)),
        ("channel_not_found", Failed(Reason.REFUSED, retry=False)),
        ("is_archived", Failed(Reason.REFUSED, retry=False)),
        ("cant_update_message", Failed(Reason.REFUSED, retry=False)),
        ("a_word_of_next_year", Failed(Reason.REFUSED, retry=False)),
    ],
)
async def test_slacks_own_words_for_failure_are_understood(error: str, outcome: Failed, web: Web) -> None:
    """They come with the status 200, so the status says nothing."""
    async with Provider(lambda _: Answer(200, {"ok": False, "error": error})) as provider:
        assert await Slack(provider.url, BOT, "C1", LINKS, web).send(notice(), None) == outcome


@pytest.mark.parametrize("body", [b"", b"<html>", [], {}, {"ok": "yes"}])
async def test_an_answer_that_is_none_is_not_taken_for_a_yes(body: object, web: Web) -> None:
    """A proxy's page in the place of Slack's answer is a failure."""
    async with Provider(lambda _: Answer(200, body)) as provider:
        assert isinstance(await Slack(provider.url, BOT, "C1", LINKS, web).send(notice(), None), Failed)


async def test_nothing_in_a_title_can_call_people_or_point_elsewhere(web: Web) -> None:
    """Slack's markup is text in a title."""
    workspace = Workspace()
    async with Provider(workspace.answer) as provider:
        told = notice(title={"en": "<!channel> & <https://evil.example|*here*>"})
        await Slack(provider.url, BOT, "C1", LINKS, web).send(told, None)
    (message,) = workspace.messages.values()
    section = message["blocks"][0]["text"]["text"]
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|\u2217here\u2217&gt;" in section
    assert "<" not in section + message["text"]
