"""Acknowledging from outside: by the signed link of a message, and by Slack's button.

Whoever holds a link may acknowledge its case, and nothing else; so no sign-in is asked for. A GET does nothing, since
scanners of mail open every link.
"""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from streams.desk.access.names import LINK, LONGEST, SLACK
from streams.desk.access.viewer import Role, Viewer
from streams.desk.api.plain_page import plain_page
from streams.desk.api.problems import Code, Problem
from streams.desk.api.routes import HANDLERS, problem_response
from streams.desk.api.texts import language, page
from streams.desk.cases.command import Acknowledge
from streams.desk.notify import slack_press
from streams.desk.notify.signing import Allowed, Denied, Grant, Signer
from streams.desk.service.port import Desk, Done, Refusal, Refused

AnyRequest = Request[Any, Any, Any]
_TEXTS = {Refusal.NOTHING: "already", Refusal.NOT_CLOSED: "already"}


def create_links(desk: Desk, signer: Signer, clock: Callable[[], int]) -> Router:
    """Return the pages behind the links of messages, `/acknowledge/{token}`."""

    @get("/acknowledge/{token:str}")
    async def ask(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        chosen = language(request.headers.get("accept-language", ""))
        if isinstance(signer.read(token, Allowed.ACKNOWLEDGE, clock()), Denied):
            return plain_page(page("expired", chosen), chosen, status=410)
        return plain_page(page("acknowledge?", chosen), chosen, button=page("acknowledge", chosen))

    @post("/acknowledge/{token:str}", status_code=200)
    async def do(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
        chosen = language(request.headers.get("accept-language", ""))
        grant = signer.read(token, Allowed.ACKNOWLEDGE, clock())
        if isinstance(grant, Denied):
            return plain_page(page("expired", chosen), chosen, status=410)
        answer = await _acknowledge(desk, grant, LINK + grant.receiver)
        link = (f"/cases/{grant.case_id}", page("open", chosen))
        if isinstance(answer, Done):
            return plain_page(page("acknowledged", chosen), chosen, link=link)
        text = page(_TEXTS.get(answer.reason, "refused"), chosen)
        return plain_page(text, chosen, link=link, status=200 if answer.reason in _TEXTS else 409)

    return Router("/", route_handlers=[ask, do], exception_handlers=HANDLERS)


def create_slack_hook(desk: Desk, signer: Signer, secret: str, clock: Callable[[], int]) -> Router:
    """Return what Slack calls when its button is pressed, `/hooks/slack`; `secret` is Slack's signing secret."""

    @post("/hooks/slack", status_code=200)
    async def pressed(request: AnyRequest) -> Response[bytes]:
        body = await request.body()
        stamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if slack_press.check(secret, stamp, signature, body, clock() // 1000) is not None:
            return problem_response(Problem(reason=Code.FORBIDDEN), request)
        press = slack_press.read(body)
        if press is None:  # another button, or none: Slack wants to hear that it came
            return Response(b"")
        grant = signer.read(press.token, Allowed.ACKNOWLEDGE, clock())
        if isinstance(grant, Denied):
            return problem_response(Problem(reason=Code.FORBIDDEN), request)
        answer = await _acknowledge(desk, grant, (SLACK + press.user)[:LONGEST])
        if isinstance(answer, Refused) and answer.reason not in _TEXTS:
            return problem_response(Problem(reason=answer.reason), request)
        return Response(b"")  # the message itself is edited by who sent it

    options: dict[str, Any] = {"request_max_body_size": slack_press.MOST_BYTES}
    return Router("/", route_handlers=[pressed], exception_handlers=HANDLERS, **options)


async def _acknowledge(desk: Desk, grant: Grant, who: str) -> Done | Refused:
    """Acknowledge, at whatever revision: it was seen, that is all."""
    viewer = Viewer(name=who, roles=frozenset({Role.AGENT}))
    return await desk.act(viewer, grant.case_id, Acknowledge())
