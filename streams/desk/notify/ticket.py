"""Tickets in Zendesk, Jira, Freshdesk or anything else that a template describes; one ticket a case."""

import base64
from pathlib import Path
from typing import Final

import msgspec

from streams.desk.notify import template
from streams.desk.notify.channel import Failed, Reason, Receipt, Sent
from streams.desk.notify.notice import ENDING, Notice, delivery_id
from streams.desk.notify.options import Options
from streams.desk.notify.template import Step, Template
from streams.desk.notify.web import Answer, Web

_RESERVED: Final = frozenset({"auth", "template", "token", "url"})  # a secret must not get into a ticket
_SAMPLE: Final = msgspec.convert(
    {
        "dedup_key": "", "receiver": "", "about": "case", "kind": "opened", "revision": 1, "number": 1, "at": 0,
        "opened_at": 0, "severity": "", "moment": "", "link": "", "title": {},
    },
    Notice,
)  # fmt: skip


class Ticket:
    """Opens a ticket, adds to it and closes it; `given` are the options that the template asks for."""

    def __init__(self, url: str, ticket: Template, given: dict[str, str | int], authorization: str, web: Web) -> None:
        self._url = url
        self._template = ticket
        self._given = given
        self._authorization = authorization
        self._web = web

    async def send(self, notice: Notice, earlier: Receipt | None) -> Sent | Failed:
        """Do the steps that this notice needs; an update that is refused (the ticket is archived) opens a new one."""
        values = template.values(notice, self._template) | self._given
        number = earlier.ids.get("id", "") if earlier is not None else ""
        if not number and self._template.find is not None:
            # The ticket may be there although its answer never reached us.
            found = await self._do(self._template.find, values, notice)
            if isinstance(found, Failed):
                return found
            number = template.pick(found.json(), self._template.find.id)
        closing = notice.kind in ENDING
        if number:
            failed = await self._all(self._template.close if closing else self._template.update, values, number, notice)
            if failed is None:
                return Sent(Receipt({"id": number}))
            if closing or failed.reason is not Reason.REFUSED:
                return failed
        return Sent(Receipt()) if closing else await self._create(values, notice)

    async def close(self) -> None:
        """Own nothing."""

    async def _create(self, values: dict[str, str | int], notice: Notice) -> Sent | Failed:
        answer = await self._do(self._template.create, values, notice)
        if isinstance(answer, Failed):
            return answer
        number = template.pick(answer.json(), self._template.create.id)
        return Sent(Receipt({"id": number} if number else {}))

    async def _all(
        self, steps: tuple[Step, ...], values: dict[str, str | int], number: str, notice: Notice
    ) -> Failed | None:
        for step in steps:
            answer = await self._do(step, values | {"id": number}, notice)
            if isinstance(answer, Failed):
                return answer
        return None

    async def _do(self, step: Step, values: dict[str, str | int], notice: Notice) -> Answer | Failed:
        headers = {"Authorization": self._authorization, "Accept": "application/json"}
        if step is self._template.create:
            headers["Idempotency-Key"] = delivery_id(notice)
        url = self._url + template.path_of(step, values)
        return await self._web.send(step.method, url, template.body_of(step, values), headers)


def build(options: Options, web: Web) -> Ticket:
    """Return the channel: `url`, `template` (shipped, or a path), `token_env`, and what the template asks for."""
    url, chosen = options.url("url"), options.text("template")
    ticket = _read(options, chosen)
    token = options.secret("token")
    own = template.values(_SAMPLE, ticket).keys() | {"id"}
    asked = template.names(ticket) - own
    if asked & _RESERVED:
        raise options.error(f"template `{chosen}` asks for `{min(asked & _RESERVED)}`", "give it another name")
    given: dict[str, str | int] = {name: options.text(name) for name in sorted(asked)}
    scheme = options.choice("auth", tuple(dict.fromkeys((ticket.auth, "basic", "bearer"))))
    basic = "Basic " + base64.b64encode(token.encode()).decode()
    return Ticket(url, ticket, given, basic if scheme == "basic" else f"Bearer {token}", web)


def _read(options: Options, chosen: str) -> Template:
    is_file = chosen.endswith(".json")
    try:
        return template.read(Path(chosen) if is_file else template.FOLDER / f"{Path(chosen).name}.json")
    except OSError as error:
        shipped = ", ".join(sorted(path.stem for path in template.FOLDER.glob("*.json")))
        raise options.error(
            f"there is no template `{chosen}`", f"give {shipped}, or the path of a .json file"
        ) from error
    except ValueError as error:
        raise options.error(f"template `{chosen}`: {error}", "compare it with a shipped one") from error
