"""The sections of the desk's file about people: how they sign in with OpenID Connect, and what a role may offer."""

import os
from collections.abc import Mapping as Map
from pathlib import Path
from typing import Final

import msgspec

from streams import documents
from streams.desk.access.id_token import Grant, OidcSettings
from streams.desk.access.provider import is_safe
from streams.desk.access.roles import OfferPolicy
from streams.desk.access.viewer import Role
from streams.desk.settings.section import inner, listed, texts
from streams.documents import Mapping
from streams.errors import Finding, LoadError, SettingError
from streams.rules.fields import Fields, Findings, did_you_mean

KEYS: Final = ("sign_in", "offers")
MOST_GRANTS: Final = 500
_SIGN_IN: Final = ("issuer", "client_id", "client_secret_env", "name_claim", "groups_claim", "scopes", "grants")
_GRANT: Final = ("group", "roles", "teams", "stores")
_HOW: Final = "write sign_in: {issuer: https://id.example, client_id: desk, grants: [{group: support, roles: [agent]}]}"
_OFFERS: Final = "write offers: {agent: 25, lead: 150}, in the currency of the shop"
_MOST_CHARACTERS: Final = 1_000_000


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """A provider, and the variable that has the client's secret; none for a public client."""

    issuer: str
    client_id: str
    grants: tuple[Grant, ...]
    client_secret_env: str = ""
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    scopes: tuple[str, ...] = ("openid", "profile", "email")

    def settings(self, redirect_url: str) -> OidcSettings:
        """Return what a sign-in needs; the URL is where the provider sends people back to."""
        return OidcSettings(
            issuer=self.issuer,
            client_id=self.client_id,
            redirect_url=redirect_url,
            grants=self.grants,
            scopes=self.scopes,
            name_claim=self.name_claim,
            groups_claim=self.groups_claim,
        )

    def secret(self, environ: Map[str, str] = os.environ) -> str:
        """Return the client's secret, from its variable or the file that `<variable>_FILE` names.

        Raises:
            SettingError: it should be there and is not.
        """
        name = self.client_secret_env
        if not name or environ.get(name):
            return environ.get(name, "") if name else ""
        remedy = f"set {name}, or {name}_FILE to a file that holds it"
        try:
            found = Path(environ[f"{name}_FILE"]).read_text("utf-8").strip()
        except (KeyError, OSError, UnicodeDecodeError) as error:
            raise SettingError("the client's secret is missing", place=name, remedy=remedy) from error
        if not found:
            raise SettingError("the client's secret is empty", place=name, remedy=remedy)
        return found


class People(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says about people; without `sign_in` they sign in with tokens."""

    sign_in: SignIn | None = None
    offers: OfferPolicy = OfferPolicy()


def read(path: Path) -> People:
    """Return what a file of the desk says about people; raises LoadError with every mistake in these sections."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a file of the desk that exists and is UTF-8 text"
        raise LoadError([Finding(str(path), 1, 1, "cannot be read", remedy)]) from error
    return load(text, str(path))


def load(text: str, path: str) -> People:
    """Return what a text says about people; its other sections are for `settings.load`."""
    findings = Findings(path)
    if len(text) > _MOST_CHARACTERS:
        raise LoadError([Finding(path, 1, 1, f"more than {_MOST_CHARACTERS} characters", "leave some out")])
    node = documents.read(text, path)
    if not isinstance(node, Mapping):
        return People()
    fields = Fields(node, "a file of the desk", tuple(key.text for key in node.entries), findings)
    found = of(fields)
    findings.raise_any()
    return found


def of(fields: Fields) -> People:
    """Return what these sections say, and note what is wrong with them."""
    return People(sign_in=_sign_in(fields), offers=_offers(fields))


def _sign_in(fields: Fields) -> SignIn | None:
    one = inner(fields, "sign_in", "`sign_in`", _SIGN_IN, _HOW)
    if one is None:
        return None
    issuer = one.text("issuer", _HOW)
    if "issuer" in one and not is_safe(issuer):
        one.findings.add(one.node_of("issuer"), "`issuer` must be an https URL", _HOW)
    grants = tuple(_grant(each, one) for each in listed(one, "grants", "a grant", _HOW, MOST_GRANTS))
    if not grants:
        one.findings.add(one.node_of("grants"), "nobody could sign in: `grants` says which group has which roles", _HOW)
    default = SignIn(issuer="", client_id="", grants=())
    scopes = tuple(each.text for each in texts(one, "scopes", "write scopes: [openid, profile]")) or default.scopes
    if "openid" not in scopes:
        one.findings.add(one.node_of("scopes"), "`scopes` must have openid", "write scopes: [openid, profile]")
    return SignIn(
        issuer=issuer,
        client_id=one.text("client_id", _HOW),
        grants=grants,
        client_secret_env=one.text("client_secret_env", "name a variable: DESK_OIDC_SECRET", ""),
        name_claim=one.text("name_claim", "write name_claim: email", default.name_claim),
        groups_claim=one.text("groups_claim", "write groups_claim: groups", default.groups_claim),
        scopes=scopes,
    )


def _grant(node: Mapping, outer: Fields) -> Grant:
    one = Fields(node, "a grant", _GRANT, outer.findings)
    roles = set()
    for each in texts(one, "roles", "write roles: [agent]"):
        if each.text in list(Role):
            roles.add(Role(each.text))
        else:
            one.findings.add(
                each, f"unknown role `{each.text}`", did_you_mean(each.text, [role.value for role in Role])
            )
    if not roles and "roles" not in one:
        one.need("roles", "write roles: [agent]")
    return Grant(
        group=one.text("group", "name a group of the provider: group: support"),
        roles=frozenset(roles),
        teams=_names(one, "teams"),
        stores=_names(one, "stores"),
    )


def _names(one: Fields, key: str) -> frozenset[str]:
    """Return names; an empty list would open everything, and is no way to write that."""
    found = frozenset(each.text for each in texts(one, key, f"write {key}: [north]"))
    if key in one and not found:
        one.findings.add(one.node_of(key), f"`{key}` is empty", f"leave `{key}` out to open all of them")
    return found


def _offers(fields: Fields) -> OfferPolicy:
    one = inner(fields, "offers", "`offers`", tuple(role.value for role in Role), _OFFERS)
    if one is None:
        return OfferPolicy()
    limits = {}
    for role in Role:
        if role.value in one:
            limits[role] = one.number(role.value, _OFFERS)
            if limits[role] < 0:
                one.findings.add(one.node_of(role.value), "an offer cannot be less than nothing", _OFFERS)
    return OfferPolicy(limits)
