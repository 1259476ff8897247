"""The proof that an OpenID provider signs, and what it makes of somebody: pure but for the key, which is given."""

import base64
from enum import StrEnum
from typing import Any, Final, TypeGuard

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key

from streams.desk.access.names import is_name
from streams.desk.access.roles import RIGHTS, Right
from streams.desk.access.viewer import Role, Viewer

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY_SEC: Final = 60  # between the provider's clock and ours
MAX_AGE_SEC: Final = 600  # a proof is used at once, or it is somebody else's


class Refused(StrEnum):
    """Why somebody was not signed in; a metric label and a text of the console."""

    STATE = "state"  # the answer belongs to no sign-in of this browser
    PROVIDER = "provider"  # it refused, cannot be reached, or says what it may not
    SIGNATURE = "signature"  # not signed, or not by a key of the provider
    ISSUER = "issuer"
    AUDIENCE = "audience"  # made for another client
    EXPIRED = "expired"
    NONCE = "nonce"  # made for another sign-in
    NAME = "name"  # the claim that names people is not there, or nobody may be called so
    GROUP = "group"  # in no group that has a role here


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a group of the provider may do here. No teams or no stores: all of them."""

    group: str
    roles: frozenset[Role]
    teams: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()


class OidcSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A provider and what its groups may do; the client's secret is not in here, it comes from the environment."""

    issuer: str
    client_id: str
    redirect_url: str  # https://desk.example/sign-in/oidc/done, registered with the provider
    grants: tuple[Grant, ...]
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"


def key_id(token: str) -> tuple[bool, str | None]:
    """Return whether a proof says how it is signed in a way that we accept, and by which key."""
    head = token.partition(".")[0]
    try:
        header = msgspec.json.decode(_from_base64url(head), type=dict[str, Any])
    except (msgspec.DecodeError, ValueError):
        return False, None
    name = header.get("kid")
    return header.get("alg") in ALGORITHMS, name if isinstance(name, str) else None


def read(token: str, key: Key) -> dict[str, Any] | None:
    """Return the claims of a proof that this key has signed."""
    try:
        return dict(jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError, TypeError):
        return None


def check(claims: dict[str, Any], settings: OidcSettings, nonce: str, now: int) -> Refused | None:
    """Return what is wrong with the claims of a signed proof; `now` in ms."""
    audiences, now_sec = claims.get("aud"), now / 1000
    every = audiences if isinstance(audiences, list) else [audiences]
    made_at, ends_at = claims.get("iat"), claims.get("exp")
    if claims.get("iss") != settings.issuer:
        return Refused.ISSUER
    if settings.client_id not in every or claims.get("azp", settings.client_id) != settings.client_id:
        return Refused.AUDIENCE
    if len(every) > 1 and "azp" not in claims:
        return Refused.AUDIENCE
    if not _is_number(made_at) or not _is_number(ends_at) or ends_at <= now_sec - LEEWAY_SEC:
        return Refused.EXPIRED
    if not -LEEWAY_SEC <= now_sec - made_at <= MAX_AGE_SEC:
        return Refused.EXPIRED
    if not nonce or claims.get("nonce") != nonce:
        return Refused.NONCE
    return None


def viewer_of(claims: dict[str, Any], settings: OidcSettings) -> Viewer | Refused:
    """Return who it is and what it may do here: everything that the groups give together.

    A group without teams opens all teams, whatever the other groups say, unless its roles see no cases; so do stores.
    """
    name = claims.get(settings.name_claim)
    if not isinstance(name, str) or not is_name(name.strip()):
        return Refused.NAME
    groups = claims.get(settings.groups_claim)
    mine = set(filter(_is_text, groups)) if isinstance(groups, list) else {groups}
    grants = [grant for grant in settings.grants if grant.group in mine]
    roles = frozenset[Role]().union(*(grant.roles for grant in grants))
    if not roles:
        return Refused.GROUP
    seeing = [grant for grant in grants if any(Right.SEE in RIGHTS[role] for role in grant.roles)]
    language = "es" if str(claims.get("locale", "")).lower().startswith("es") else "en"
    return Viewer(
        name=name.strip(),
        roles=roles,
        teams=_all_or_union([grant.teams for grant in seeing]),
        stores=_all_or_union([grant.stores for grant in seeing]),
        language=language,
    )


def _all_or_union(parts: list[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*parts) if all(parts) else frozenset()


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str)


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
