"""A small OpenID provider, real in all that a client sees: HTTP, PKCE, codes that work once, RS256 keys that rotate."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import BasicAuth, web
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT: Final = "touchpoint"
SECRET: Final = "s e&cret"  # noqa: S105 - of this test; a blank and a sign, since both must be encoded
_KEYS: Final = {name: RSAKey.generate_key(2048, {"kid": name, "use": "sig"}) for name in ("first", "second")}

Claims = dict[str, Any]


class Provider:
    """Signs in one person. A test changes what it says: `spoil` the claims, `signer` who signs, `published` keys."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.issuer = ""
        self.person: Claims = {"preferred_username": "anna", "groups": ["support", "other"], "locale": "es-ES"}
        self.spoil: Callable[[Claims], Claims] = lambda claims: claims
        self.signer = "first"
        self.published = ["first"]
        self.sign: Callable[[Claims], Any] = self._signed
        self.description: Callable[[Claims], Any] = lambda description: description
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def _signed(self, claims: Claims) -> str:
        return jwt.encode({"alg": "RS256", "kid": self.signer}, claims, _KEYS[self.signer])

    async def describe(self, request: web.Request) -> web.Response:
        """Answer the discovery document."""
        self.asked.append("description")
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "more": {"than": "we read"},
        }
        return web.json_response(self.description(found))

    async def keys(self, request: web.Request) -> web.Response:
        """Answer the public keys, and one of a kind that we do not know."""
        self.asked.append("keys")
        public = [_KEYS[name].as_dict(private=False) for name in self.published]
        return web.json_response({"keys": [{"kty": "new", "kid": "first"}, *public]})

    async def authorize(self, request: web.Request) -> web.Response:
        """Let the person in without asking; lead back with a code."""
        query = dict(request.query)
        assert (query["client_id"], query["response_type"]) == (CLIENT, "code")
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        back = urlencode({"code": code, "state": query["state"], "iss": self.issuer})
        raise web.HTTPFound(f"{query['redirect_uri']}?{back}")

    async def token(self, request: web.Request) -> web.Response:
        """Give the proof for a code, once, to the client that has the verifier and the secret."""
        form = dict(await request.post())
        query = self._codes.pop(str(form.get("code")), None)
        challenge = _base64url(hashlib.sha256(str(form.get("code_verifier")).encode()).digest())
        login = BasicAuth.decode(request.headers.get("authorization", "Basic Og=="))
        if (
            query is None
            or challenge != query["code_challenge"]
            or form.get("redirect_uri") != query["redirect_uri"]
            or (login.login, login.password) != (CLIENT, "s+e%26cret")
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = self.clock() // 1000
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300, "nonce": query["nonce"]}
        return web.json_response({"access_token": "x", "id_token": self.sign(self.spoil(claims | self.person))})


def unsigned(claims: Claims) -> str:
    """Return a proof that nobody signed."""
    return f"{_part({'alg': 'none'})}.{_part(claims)}."


def by_shared_secret(claims: Claims) -> str:
    """Return a proof signed with what is public, as if it were a secret."""
    head = f"{_part({'alg': 'HS256', 'kid': 'first'})}.{_part(claims)}"
    return f"{head}.{_base64url(hmac.digest(_KEYS['first'].as_pem(private=False), head.encode(), 'sha256'))}"


def _part(fields: Claims) -> str:
    return _base64url(json.dumps(fields).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_another_key(claims: Claims) -> str:
    """Return a proof under the name of a key that did not sign it."""
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, _KEYS["second"])


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[Provider]:
    """Serve it on a free port of this machine."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/.well-known/openid-configuration", provider.describe),
            web.get("/keys", provider.keys),
            web.get("/authorize", provider.authorize),
            web.post("/token", provider.token),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    address = runner.addresses[0]
    provider.issuer = f"http://{address[0]}:{address[1]}"
    yield provider
    await runner.cleanup()
