"""Tickets by the shipped templates, against servers that keep tickets as the three systems do."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.desk.notify import ticket
from streams.desk.notify.channel import Failed, Reason, Receipt, Sent
from streams.desk.notify.notice import Kind, Notice
from streams.desk.notify.options import Options
from streams.desk.notify.receiver import ChannelSpec
from streams.desk.notify.web import Web
from streams.errors import SettingError
from tests.contract.desk.notify.provider import Answer, Asked, Provider
from tests.unit.desk.notify.notices import notice

LOGIN = "desk@example.com/token:secret"
MORE = {"zendesk": {}, "jira": {"project": "SUP", "issue_type": "Task"}, "freshdesk": {"requester": "desk@example.com"}}


class System:
    """Zendesk, Jira and Freshdesk at once: tickets, and what was done to each."""

    def __init__(self) -> None:
        self.tickets: dict[str, list[Asked]] = {}
        self.keys: dict[str, str] = {}

    def answer(self, asked: Asked) -> Answer:
        """Answer as the system does that has this path."""
        if asked.headers.get("authorization") != "Basic " + base64.b64encode(LOGIN.encode()).decode():
            return Answer(401)
        path = asked.path.partition("?")[0]
        if asked.method == "GET":
            return self._found(asked)
        if asked.method == "POST" and path in {"/api/v2/tickets.json", "/rest/api/2/issue", "/api/v2/tickets"}:
            return self._created(asked)
        number = next((part for part in path.removesuffix(".json").split("/") if part in self.tickets), "")
        if not number:
            return Answer(404)
        self.tickets[number].append(asked)
        return Answer(200, {"id": 1})

    def _created(self, asked: Asked) -> Answer:
        number = f"SUP-{len(self.tickets) + 1}" if "issue" in asked.path else str(len(self.tickets) + 1)
        body = asked.body
        external = (
            body["ticket"]["external_id"]
            if "ticket" in body
            else (body.get("fields") or body)["labels" if "fields" in body else "tags"][-1]
        )
        self.tickets[number] = [asked]
        self.keys[external] = number
        found = {"key": number} if "issue" in asked.path else {"id": int(number)}
        return Answer(201, {"ticket": found} if "ticket" in body else found)

    def _found(self, asked: Asked) -> Answer:
        known = [number for key, number in self.keys.items() if key in asked.path]
        name = {"/rest/": "issues", "/api/v2/search": "results", "/api/v2/tickets": "tickets"}
        listed = next(each for start, each in name.items() if asked.path.startswith(start))
        field = "key" if listed == "issues" else "id"
        return Answer(200, {listed: [{field: number} for number in known]})


def built(name: str, url: str, web: Web, **more: str) -> ticket.Ticket:
    """Return the channel as the configuration makes it."""
    given = {"url": url, "template": name, "token_env": "TOKEN", **MORE.get(name, {}), **more}
    options = Options("team", ChannelSpec("ticket", given), {"TOKEN": LOGIN})
    channel = ticket.build(options, web)
    options.finish()
    return channel


async def life(channel: ticket.Ticket, *notices: Notice) -> Receipt:
    """Send one after the other, as the queue does; return the last receipt."""
    receipt: Receipt | None = None
    for each in notices:
        sent = await channel.send(each, receipt)
        assert isinstance(sent, Sent), sent
        receipt = sent.receipt
    assert receipt is not None
    return receipt


@pytest.mark.parametrize("end", [Kind.RESOLVED, Kind.RETRACTED])
@pytest.mark.parametrize(("name", "number"), [("zendesk", "1"), ("jira", "SUP-1"), ("freshdesk", "1")])
async def test_a_case_is_one_ticket_from_its_beginning_to_its_end(name: str, number: str, end: Kind, web: Web) -> None:
    """It is opened once, hears of what is worse, and is closed."""
    system = System()
    async with Provider(system.answer) as provider:
        worse, over = notice(kind=Kind.WORSE, revision=2), notice(kind=end, revision=3)
        receipt = await life(built(name, provider.url, web), notice(), worse, over)
    assert receipt.ids == {"id": number}
    assert list(system.tickets) == [number]
    assert b"Payment keeps failing" in system.tickets[number][0].raw
    assert len(system.tickets[number]) >= 3


@pytest.mark.parametrize("name", ["zendesk", "jira", "freshdesk"])
async def test_a_ticket_whose_answer_was_lost_is_found_again(name: str, web: Web) -> None:
    """The desk died between the two: the second attempt finds the ticket by our key and opens no other."""
    system = System()
    async with Provider(system.answer) as provider:
        channel = built(name, provider.url, web)
        first, second = await channel.send(notice(), None), await channel.send(notice(), None)
    assert first == second
    assert len(system.tickets) == 1


async def test_zendesk_is_told_what_its_api_asks_for(web: Web) -> None:
    """External id, priority in its own words, a comment that the customer does not see, and a key against doubles."""
    system = System()
    async with Provider(system.answer) as provider:
        await life(built("zendesk", provider.url, web), notice(), notice(kind=Kind.RESOLVED, revision=2))
    opened, closed = system.tickets["1"]
    assert opened.body["ticket"] | {"comment": None} == {
        "subject": "Critical: Payment keeps failing (Case 12, New)",
        "external_id": notice().dedup_key,
        "priority": "urgent",
        "tags": ["touchpoint", "critical"],
        "comment": None,
    }
    assert opened.body["ticket"]["comment"]["public"] is False
    assert opened.headers["idempotency-key"]
    assert (closed.method, closed.path, closed.body["ticket"]["status"]) == ("PUT", "/api/v2/tickets/1.json", "solved")


async def test_freshdesk_gets_numbers_where_it_wants_numbers(web: Web) -> None:
    """A placeholder that is the whole text keeps its type; what is HTML is escaped."""
    system = System()
    async with Provider(system.answer) as provider:
        await life(built("freshdesk", provider.url, web), notice(title={"en": "a <b> & c"}))
    body: dict[str, Any] = system.tickets["1"][0].body
    assert (body["priority"], body["status"], body["email"]) == (4, 2, "desk@example.com")
    assert "a &lt;b&gt; &amp; c" in body["description"]
    assert all(len(tag) <= 32 for tag in body["tags"])


async def test_jira_gets_project_and_type_from_the_options(web: Web) -> None:
    """What a template asks for and a notice does not have is an option of the channel."""
    system = System()
    async with Provider(system.answer) as provider:
        await life(built("jira", provider.url, web), notice())
    fields = system.tickets["SUP-1"][0].body["fields"]
    assert (fields["project"], fields["issuetype"]) == ({"key": "SUP"}, {"name": "Task"})


async def test_an_archived_ticket_is_followed_by_a_new_one(web: Web) -> None:
    """A case that comes back after its ticket was closed for good opens another."""
    system = System()
    async with Provider(system.answer) as provider:
        channel = built("zendesk", provider.url, web)
        again = await channel.send(notice(kind=Kind.WORSE), Receipt({"id": "99"}))
    assert again == Sent(Receipt({"id": "1"}))


async def test_what_was_never_opened_is_not_closed(web: Web) -> None:
    """A case that is over before a ticket was made makes none."""
    system = System()
    async with Provider(system.answer) as provider:
        sent = await built("zendesk", provider.url, web).send(notice(kind=Kind.RESOLVED), None)
    assert (sent, system.tickets) == (Sent(Receipt()), {})


async def test_a_wrong_token_is_not_tried_again(web: Web) -> None:
    """It stays wrong until somebody changes it."""
    async with Provider(lambda _: Answer(401)) as provider:
        outcome = await built("jira", provider.url, web).send(notice(), None)
    assert outcome == Failed(Reason.UNAUTHORIZED, retry=False)


async def test_a_template_of_ones_own_is_read_from_its_file(web: Web, tmp_path: Path) -> None:
    """Any system that opens tickets by JSON can be written down; values in a path are quoted."""
    file = tmp_path / "mine.json"
    step = {
        "method": "POST",
        "path": "/new/${queue}",
        "body": {"what": "${headline}", "n": ["${number}", 1]},
        "id": "no",
    }
    file.write_bytes(msgspec.json.encode({"create": step, "update": [], "close": []}))
    async with Provider(lambda _: Answer(200, {"no": 7})) as provider:
        sent = await built(str(file), provider.url, web, queue="a/b ?c").send(notice(), None)
    (asked,) = provider.asked
    assert sent == Sent(Receipt({"id": "7"}))
    assert asked.path == "/new/a%2Fb%20%3Fc"
    assert asked.body == {"what": "Critical: Payment keeps failing (Case 12, New)", "n": [12, 1]}
    assert asked.headers["authorization"] == f"Bearer {LOGIN}"


STEP = '{"method": "POST", "path": "/"}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"create":\n  nope}', "line 2, column 3"),
        (
            '{"create": {"method": "POST"}, "update": [], "close": []}',
            r"missing required field `path` - at `\$.create`",
        ),
        (f'{{"create": {STEP}, "update": [], "close": [], "extra": 1}}', "unknown field `extra`"),
        (f'{{"create": {STEP[:-1]}, "body": "${{token}}"}}, "update": [], "close": []}}', "asks for `token`"),
        (f'{{"create": {STEP[:-1]}, "body": "${{queue}}"}}, "update": [], "close": []}}', "`queue` is missing"),
    ],
)
def test_a_wrong_template_stops_the_desk(text: str, message: str, web: Web, tmp_path: Path) -> None:
    """With its place and what to do; and a template cannot ask for the token."""
    file = tmp_path / "mine.json"
    file.write_text(text)
    with pytest.raises(SettingError, match=message) as caught:
        built(str(file), "https://tickets.example", web)
    assert caught.value.place == "receivers: team: ticket"


@pytest.mark.parametrize("name", ["none", "../../secrets", "none.json"])
def test_a_template_that_is_not_there_is_named(name: str, web: Web) -> None:
    """With those that are; a name is no path."""
    with pytest.raises(SettingError, match="freshdesk, jira, zendesk"):
        built(name, "https://tickets.example", web)
