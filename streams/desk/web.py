"""What the desk serves: its API and its console in one application."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from litestar import Litestar, Request
from litestar.datastructures import Cookie

from streams.desk.access.oidc import Oidc
from streams.desk.access.provider import Provider
from streams.desk.access.sessions import Sessions, TooMany
from streams.desk.access.viewer import Viewer
from streams.desk.api.app import create_app
from streams.desk.api.browser import as_cookie
from streams.desk.api.metrics import create_metrics
from streams.desk.api.operation import Parts
from streams.desk.api.outside import create_links, create_slack_hook
from streams.desk.api.sign_in import DONE, START, create_oidc_routes
from streams.desk.api.streams import Streams
from streams.desk.console.routes import create_routes
from streams.desk.run import Process
from streams.desk.service.clocks import wall_clock
from streams.serving.local import networks
from streams.settings import secrets

AnyRequest = Request[Any, Any, Any]
SLACK_SECRET: Final = "TOUCHPOINT_SLACK_SIGNING_SECRET"  # noqa: S105 - the name of a variable


class ConsoleSessions:
    """The desk's sessions as the console asks for them."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def viewer(self, request: AnyRequest) -> Viewer | None:
        """Return who asks."""
        return await self._sessions.viewer(cookie=request.headers.get("cookie", ""))

    async def sign_in(self, token: str, place: str = "") -> Cookie | None:
        """Return the cookie of a new session; None for a token that opens nothing, and where too many were tried."""
        try:
            made = await self._sessions.sign_in(token, place)
        except TooMany:
            return None
        return as_cookie(made) if made is not None else None

    async def sign_out(self, request: AnyRequest) -> Cookie:
        """End the session of this request."""
        return as_cookie(await self._sessions.sign_out(request.headers.get("cookie", "")))


def create(process: Process) -> Litestar:
    """Return the application of a desk."""
    streams = Streams()
    process.before_stop.append(streams.close)
    parts = Parts(process.desk, process.sessions, process.tokens, streams)
    is_tls, provider = process.sessions.policy.is_tls, process.people.sign_in
    near = networks(process.settings.metrics_from)
    routes = [create_metrics(process.metrics, near), create_links(process.desk, process.signer, process.now)]
    if secret := secrets.read(process.environ, SLACK_SECRET):
        routes.append(create_slack_hook(process.desk, process.signer, secret, process.now))
    if provider is not None:
        settings = provider.settings(f"{process.base_url}{DONE}")
        client = httpx.AsyncClient(trust_env=False)
        known = Provider(settings.issuer, client, wall_clock)
        oidc = Oidc(settings, provider.secret(process.environ), known, wall_clock, is_tls=is_tls)
        routes.append(create_oidc_routes(oidc, process.sessions, process.brake))
    pages = create_routes(
        process.desk,
        ConsoleSessions(process.sessions),
        is_secure=is_tls,
        now=process.now,
        zone=ZoneInfo(process.settings.time_zone),
        currency=process.settings.currency,
        oidc_path=START if provider is not None else "",
    )
    return create_app(parts, is_ready=process.is_ready, beside=[*routes, *pages])
