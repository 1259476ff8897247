"""The sections of the desk's file about people."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.desk.access.id_token import Grant
from streams.desk.access.roles import OfferPolicy
from streams.desk.access.viewer import Role
from streams.desk.settings.load import load as load_all
from streams.desk.settings.people import People, SignIn, load, read
from streams.errors import LoadError, SettingError

GOOD = """
receivers: []
sign_in:
  issuer: https://id.example
  client_id: desk
  client_secret_env: DESK_OIDC_SECRET
  name_claim: email
  scopes: [openid, email]
  grants:
    - {group: support, roles: [agent], teams: [web, chat]}
    - {group: leads, roles: [agent, lead], stores: ["12"]}
offers: {agent: 10, lead: 99.5}
"""


def people(text: str) -> People:
    """Return what a text says."""
    return load(text, "desk.yaml")


def test_everything_that_it_can_say() -> None:
    """A provider with what its groups may do, and what roles may offer."""
    found = people(GOOD)
    assert found.sign_in is not None
    assert found.sign_in.grants == (
        Grant(group="support", roles=frozenset({Role.AGENT}), teams=frozenset({"web", "chat"})),
        Grant(group="leads", roles=frozenset({Role.AGENT, Role.LEAD}), stores=frozenset({"12"})),
    )
    settings = found.sign_in.settings("https://desk.example/sign-in/oidc/done")
    assert (settings.issuer, settings.client_id, settings.name_claim) == ("https://id.example", "desk", "email")
    assert (settings.groups_claim, settings.scopes) == ("groups", ("openid", "email"))
    assert settings.redirect_url == "https://desk.example/sign-in/oidc/done"
    assert found.offers == OfferPolicy({Role.AGENT: 10.0, Role.LEAD: 99.5})


def test_a_file_that_says_nothing_about_people() -> None:
    """They sign in with tokens, and offers have their usual limits."""
    assert people("receivers: []") == people("[]") == People()


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("sign_in: {client_id: x, grants: [{group: a, roles: [agent]}]}", "1:10", "lacks `issuer`"),
        ("sign_in: {issuer: http://id.example, client_id: x, grants: [{group: a, roles: [agent]}]}", "1:19", "https"),
        ("sign_in: {issuer: https://i.example, client_id: x}", "1:10", "nobody could sign in"),
        ("sign_in: {issuer: https://i.example, client_id: x, grants: [{group: a, roles: [agnt]}]}", "1:80", "`agnt`"),
        ("sign_in: {issuer: https://i.example, client_id: x, grants: [{group: a}]}", "1:61", "lacks `roles`"),
        ("sign_in: {issuer: https://i.example, client_id: x, secret: y, grants: []}", "1:52", "unknown key `secret`"),
        (
            "sign_in: {issuer: https://i.example, client_id: x, grants: [{group: a, roles: [agent], teams: []}]}",
            "1:95",
            "`teams` is empty",
        ),
        (
            "sign_in: {issuer: https://i.example, client_id: x, scopes: [email], grants: [{group: a, roles: [lead]}]}",
            "1:60",
            "must have openid",
        ),
        ("offers: {boss: 5}", "1:10", "unknown key `boss`"),
        ("offers: {agent: -5}", "1:17", "less than nothing"),
        ("offers: {agent: much}", "1:17", "must be a number"),
        ("sign_in: yes please", "1:10", "must be a mapping"),
    ],
)
def test_every_mistake_has_its_place_and_a_remedy(text: str, place: str, message: str) -> None:
    """As compilers write them."""
    with pytest.raises(LoadError) as error:
        people(text)
    found = [finding for finding in error.value.findings if message in finding.message]
    assert [f"{finding.line}:{finding.column}" for finding in found] == [place]
    assert all(finding.remedy for finding in found)


def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(LoadError, match="cannot be read"):
        read(tmp_path / "none.yaml")


def test_the_secret_comes_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    """It never stands in the desk's file; a public client has none."""
    sign_in = people(GOOD).sign_in
    assert sign_in is not None
    kept = tmp_path / "secret"
    kept.write_text("from-file\n")
    assert sign_in.secret({"DESK_OIDC_SECRET": "from-variable"}) == "from-variable"
    assert sign_in.secret({"DESK_OIDC_SECRET_FILE": str(kept)}) == "from-file"
    kept.write_text("\n")
    for environ in ({}, {"DESK_OIDC_SECRET_FILE": str(kept)}, {"DESK_OIDC_SECRET_FILE": str(tmp_path / "none")}):
        with pytest.raises(SettingError, match="DESK_OIDC_SECRET"):
            sign_in.secret(environ)
    assert SignIn(issuer="https://i.example", client_id="x", grants=()).secret({}) == ""


def test_the_check_of_the_whole_file_finds_their_mistakes_too() -> None:
    """`touchpoint desk routes check` reads every section."""
    with pytest.raises(LoadError, match="unknown role `agnt`"):
        load_all(GOOD.replace("[agent]", "[agnt]"), "desk.yaml", Path(), datetime(2026, 3, 2, tzinfo=UTC))
