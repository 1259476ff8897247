"""What an OpenID provider says of itself: its endpoints and its keys, fetched, checked and kept for a while."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

KEPT_MS: Final = 3_600_000  # then both are fetched anew: an endpoint may move, a key may be withdrawn
KEYS_EVERY_MS: Final = 30_000  # an unknown key is asked for so often at most, or anybody could make us ask
_MOST_BYTES: Final = 1 << 20
_MOST_KEYS: Final = 100
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


class ProviderError(Exception):
    """Raise when the provider cannot be reached or says what it may not; the text is for our log, without secrets."""


class Description(msgspec.Struct, frozen=True):
    """The discovery document, as much as we use of it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class Provider:
    """One provider, by its issuer URL. `client` is given by the caller, who closes it."""

    def __init__(self, issuer: str, client: httpx.AsyncClient, clock: Callable[[], int]) -> None:
        self._issuer = issuer
        self._client = client
        self._clock = clock
        self._description: Description | None = None
        self._described_at = 0
        self._keys: list[Key] = []
        self._keys_at: int | None = None

    async def description(self) -> Description:
        """Return its endpoints; raise ProviderError where they are not to be had, or not to be trusted."""
        now = self._clock()
        if self._description is None or now - self._described_at >= KEPT_MS:
            url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                found = msgspec.json.decode(await self._ask("GET", url), type=Description)
            except msgspec.DecodeError as error:
                raise ProviderError("the discovery document is none") from error
            if found.issuer != self._issuer:
                raise ProviderError("the discovery document is of another issuer")
            self._description, self._described_at = found, now
        return self._description

    async def key(self, key_id: str | None) -> Key | None:
        """Return the key of this id, or the only one where no id is given; asks anew for one that is not known."""
        now = self._clock()
        age = KEPT_MS if self._keys_at is None else now - self._keys_at
        if age >= KEPT_MS or (age >= KEYS_EVERY_MS and self._find(key_id) is None):
            self._keys_at = now
            body = await self._ask("GET", (await self.description()).jwks_uri)
            try:
                self._keys = _keys(msgspec.json.decode(body, type=_KeySet))
            except msgspec.DecodeError as error:
                raise ProviderError("the key set is none") from error
        return self._find(key_id)

    async def exchange(self, form: dict[str, str], basic: tuple[str, str] | None) -> dict[str, Any]:
        """Return what the token endpoint answers to a code."""
        url = (await self.description()).token_endpoint
        try:
            return msgspec.json.decode(await self._ask("POST", url, data=form, auth=basic), type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise ProviderError("the token endpoint answers no object") from error

    def _find(self, key_id: str | None) -> Key | None:
        if key_id is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.kid == key_id), None)

    async def _ask(self, method: str, url: str, **options: Any) -> bytes:
        """Return the body of an answer 200, of bounded size, over TLS or from this machine."""
        if not is_safe(url):
            raise ProviderError("an endpoint is not https")
        try:
            async with self._client.stream(method, url, follow_redirects=False, **options) as response:
                if response.status_code != httpx.codes.OK:
                    raise ProviderError(f"an endpoint answers {response.status_code}")
                body = b""
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise ProviderError("an endpoint answers too much")
                return body
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderError(f"an endpoint cannot be reached: {type(error).__name__}") from error


def is_safe(url: str) -> bool:
    """Return whether what goes there cannot be read on the way: https, or a provider on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def _keys(found: _KeySet) -> list[Key]:
    """Return the public keys for signatures; a shared secret must never verify anything, and we skip what is exotic."""
    keys = []
    for fields in found.keys[:_MOST_KEYS]:
        if fields.get("kty") in {"RSA", "EC"} and fields.get("use", "sig") == "sig":
            with suppress(JoseError, ValueError, TypeError, KeyError):
                keys.append(import_key(fields))
    return keys
