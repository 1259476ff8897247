"""Sign-in of people with OpenID Connect: authorization code with PKCE, state and nonce.

What a sign-in has to remember is in a cookie of its browser for ten minutes, so nothing is kept here, several desks
may share a name, and an answer that was made for another browser finds no state to match.
"""

import base64
import hashlib
import hmac
import logging
import re
import secrets
from collections.abc import Callable
from typing import Final
from urllib.parse import quote_plus, urlencode

import msgspec

from streams.desk.access.cookies import SetCookie, read_cookie, set_cookie
from streams.desk.access.id_token import OidcSettings, Refused, check, key_id, read, viewer_of
from streams.desk.access.provider import Provider, ProviderError, is_safe
from streams.desk.access.viewer import Viewer
from streams.errors import SettingError

COOKIE: Final = "touchpoint_sign_in"
MAX_AGE_SEC: Final = 600
_LOCAL: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}\Z")  # a path of ours; `//host` would lead away
_LOG: Final = logging.getLogger("touchpoint.desk.access")


class _Pending(msgspec.Struct, frozen=True, array_like=True):
    """What a sign-in remembers."""

    state: str
    nonce: str
    verifier: str
    back_to: str
    until: int


class Started(msgspec.Struct, frozen=True):
    """A sign-in that has begun: where the browser goes, and the cookie that it takes along."""

    url: str
    cookie: SetCookie


class SignedIn(msgspec.Struct, frozen=True):
    """A sign-in that has ended well: who it is, and the page that was wanted."""

    viewer: Viewer
    back_to: str


class Oidc:
    """Sign-in with one provider."""

    def __init__(
        self, settings: OidcSettings, secret: str, provider: Provider, clock: Callable[[], int], *, is_tls: bool
    ) -> None:
        """Give an empty `secret` for a public client.

        Raises:
            SettingError: what is sent between us and the provider could be read on the way.
        """
        for name, url in (("issuer", settings.issuer), ("redirect_url", settings.redirect_url)):
            if not is_safe(url):
                raise SettingError("no https URL", place=f"oidc.{name}", remedy="give https://...")
        if not settings.grants:
            raise SettingError("nobody could sign in", place="oidc.grants", remedy="say which group has which roles")
        self._settings = settings
        self._secret = secret
        self._provider = provider
        self._clock = clock
        self._is_tls = is_tls

    async def start(self, back_to: str = "/") -> Started | Refused:
        """Begin a sign-in that leads back to a page of ours."""
        pending = _Pending(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            back_to=back_to if _LOCAL.match(back_to) else "/",
            until=self._clock() + MAX_AGE_SEC * 1000,
        )
        try:
            endpoint = (await self._provider.description()).authorization_endpoint
        except ProviderError as error:
            return _unusable(error)
        if not is_safe(endpoint):
            return _unusable(ProviderError("the authorization endpoint is not https"))
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._settings.redirect_url,
            "scope": " ".join(self._settings.scopes),
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": _base64url(hashlib.sha256(pending.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        value = _base64url(msgspec.json.encode(pending))
        cookie = set_cookie(COOKIE, value, MAX_AGE_SEC, is_tls=self._is_tls)
        return Started(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", cookie)

    async def finish(self, *, cookie: str, state: str, code: str, issuer: str = "") -> SignedIn | Refused:
        """Return who has signed in. `state`, `code` and `issuer` (`iss`) come from the address, where they are there.

        `forget()` goes with the answer, however it ends.
        """
        pending = self._pending(cookie)
        if pending is None or not hmac.compare_digest(pending.state.encode(), state.encode("utf-8", "replace")):
            return Refused.STATE
        if issuer and issuer != self._settings.issuer:
            return Refused.ISSUER
        if not code:
            return Refused.PROVIDER
        try:
            found = await self._viewer(pending, code)
        except ProviderError as error:
            return _unusable(error)
        return found if isinstance(found, Refused) else SignedIn(found, pending.back_to)

    def forget(self) -> SetCookie:
        """Return what takes the cookie of a sign-in away."""
        return set_cookie(COOKIE, "", 0, is_tls=self._is_tls)

    async def _viewer(self, pending: _Pending, code: str) -> Viewer | Refused:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_url,
            "code_verifier": pending.verifier,
            "client_id": self._settings.client_id,
        }
        basic = (quote_plus(self._settings.client_id), quote_plus(self._secret)) if self._secret else None
        token = (await self._provider.exchange(form, basic)).get("id_token")
        if not isinstance(token, str):
            return Refused.PROVIDER
        is_signed, name = key_id(token)
        key = await self._provider.key(name) if is_signed else None
        claims = read(token, key) if key else None
        if claims is None:
            return Refused.SIGNATURE
        return check(claims, self._settings, pending.nonce, self._clock()) or viewer_of(claims, self._settings)

    def _pending(self, cookie: str) -> _Pending | None:
        value = read_cookie(cookie, COOKIE, is_tls=self._is_tls)
        try:
            raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            pending = msgspec.json.decode(raw, type=_Pending)
        except (ValueError, msgspec.DecodeError):
            return None
        # The browser could have written it, so what leads somewhere is checked again.
        return pending if pending.until > self._clock() and _LOCAL.match(pending.back_to) else None


def _unusable(error: ProviderError) -> Refused:
    _LOG.warning("sign-in with OpenID is not possible: %s", error)
    return Refused.PROVIDER


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
