"""Sign-in with OpenID Connect: the way to the provider, and the way back."""

from typing import Any, Final

from litestar import Request, Response, Router, get

from streams.desk.access.attempts import Brake
from streams.desk.access.id_token import Refused
from streams.desk.access.oidc import Oidc
from streams.desk.access.sessions import Sessions
from streams.desk.api.browser import as_cookie, place_of
from streams.desk.api.plain_page import plain_page
from streams.desk.api.problems import Code, Problem
from streams.desk.api.routes import HANDLERS, problem_response
from streams.desk.api.texts import language, page, sign_in_text

START: Final = "/sign-in/oidc"  # ?next=/path
DONE: Final = "/sign-in/oidc/done"  # what is registered with the provider
_FORBIDDEN: Final = {Refused.NAME, Refused.GROUP}

AnyRequest = Request[Any, Any, Any]


def create_oidc_routes(oidc: Oidc, sessions: Sessions, brake: Brake, again: str = "/login") -> Router:
    """Return both; `again` is the page that offers to try once more."""

    def failed(request: AnyRequest, why: Refused) -> Response[Any]:
        chosen = language(request.headers.get("accept-language", ""))
        status = 502 if why is Refused.PROVIDER else 403 if why in _FORBIDDEN else 400
        link = (again, page("again", chosen))
        found = plain_page(sign_in_text(why.value, chosen), chosen, link=link, status=status)
        found.cookies.append(as_cookie(oidc.forget()))
        return found

    @get(START)
    async def start(request: AnyRequest) -> Response[Any]:
        begun = await oidc.start(request.query_params.get("next", "/"))
        if isinstance(begun, Refused):
            return failed(request, begun)
        return Response(b"", status_code=303, headers={"Location": begun.url}, cookies=[as_cookie(begun.cookie)])

    @get(DONE)
    async def done(request: AnyRequest) -> Response[Any]:
        place = place_of(request)
        if wait_sec := brake.wait_sec(place):
            return problem_response(Problem(reason=Code.TOO_MANY, wait_sec=wait_sec), request)
        given = request.query_params
        found = await oidc.finish(
            cookie=request.headers.get("cookie", ""),
            state=given.get("state", ""),
            code=given.get("code", ""),
            issuer=given.get("iss", ""),
        )
        if isinstance(found, Refused):
            brake.failed(place)
            return failed(request, found)
        cookies = [as_cookie(await sessions.open(found.viewer)), as_cookie(oidc.forget())]
        return Response(b"", status_code=303, headers={"Location": found.back_to}, cookies=cookies)

    return Router("/", route_handlers=[start, done], exception_handlers=HANDLERS)
