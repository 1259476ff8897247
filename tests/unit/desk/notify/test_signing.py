"""Signed links."""

import base64
from pathlib import Path

import pytest

from streams.desk.notify.notice import About, Kind
from streams.desk.notify.signing import VALID_MS, VARIABLE, Allowed, Denied, Grant, Links, Signer, load
from streams.errors import SettingError
from tests.unit.desk.notify.notices import KEY, LINKS, NOON, notice

SIGNER = Signer([KEY])
GRANT = Grant("0a", Allowed.ACKNOWLEDGE, NOON + 1_000, "store-team")


def test_what_was_signed_is_believed_until_it_expires() -> None:
    """The grant comes back whole, and not a millisecond too late."""
    token = SIGNER.sign(GRANT)
    assert SIGNER.read(token, Allowed.ACKNOWLEDGE, NOON + 999) == GRANT
    assert SIGNER.read(token, Allowed.ACKNOWLEDGE, NOON + 1_000) is Denied.EXPIRED


def test_no_bit_of_a_token_can_be_changed() -> None:
    """Every character counts, in the payload and in the signature."""
    token = SIGNER.sign(GRANT)
    swapped = {"A": "B"}
    for place, character in enumerate(token):
        changed = token[:place] + swapped.get(character, "A") + token[place + 1 :]
        assert SIGNER.read(changed, Allowed.ACKNOWLEDGE, NOON) in {Denied.FORGED, Denied.MALFORMED}, place


@pytest.mark.parametrize("token", ["", ".", "x", "a.b.c", "é.é", "=.=", "a" * 2_000, "AA.", f".{'A' * 43}", "\0.\0"])
def test_what_is_no_token_is_denied(token: str) -> None:
    """Whatever comes in from the outside, the answer is an answer."""
    assert SIGNER.read(token, Allowed.ACKNOWLEDGE, NOON) in {Denied.FORGED, Denied.MALFORMED}


def test_a_payload_of_ones_own_is_not_believed() -> None:
    """Another case cannot be put before the signature of this one."""
    mine = base64.urlsafe_b64encode(b'["0b","acknowledge",9999999999999,"x"]').rstrip(b"=").decode()
    assert SIGNER.read(f"{mine}.{SIGNER.sign(GRANT).partition('.')[2]}", Allowed.ACKNOWLEDGE, NOON) is Denied.FORGED


def test_a_key_can_be_changed_without_breaking_links() -> None:
    """The new key signs, the old one is still believed, and a stranger's never."""
    new, other = b"n" * 32, b"o" * 32
    both = Signer([new, KEY])
    assert both.read(SIGNER.sign(GRANT), Allowed.ACKNOWLEDGE, NOON) == GRANT
    assert SIGNER.read(both.sign(GRANT), Allowed.ACKNOWLEDGE, NOON) is Denied.FORGED
    assert Signer([other]).read(SIGNER.sign(GRANT), Allowed.ACKNOWLEDGE, NOON) is Denied.FORGED


def test_the_link_of_a_notice_acknowledges_its_case_for_three_days() -> None:
    """It says which case and who got it, and is the same whenever the notice is sent again."""
    link = LINKS.acknowledge(notice())
    assert link == Links("https://desk.example/", SIGNER).acknowledge(notice())
    base, _, token = link.rpartition("/")
    assert base == "https://desk.example/acknowledge"
    expected = Grant("0a", Allowed.ACKNOWLEDGE, NOON + VALID_MS, "store-team")
    assert SIGNER.read(token, Allowed.ACKNOWLEDGE, NOON) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": Kind.RESOLVED},
        {"kind": Kind.RETRACTED},
        {"about": About.GROUP},
        {"kind": Kind.ACKNOWLEDGED},
        {"about": About.INCIDENT},
        {"about": About.DIGEST},
    ],
)
def test_there_is_no_link_where_nothing_can_be_acknowledged(changes: dict[str, str]) -> None:
    """Neither for what is over nor for what is no case."""
    assert LINKS.acknowledge(notice(**changes)) == ""


def test_keys_come_from_a_variable_or_a_file(tmp_path: Path) -> None:
    """One key a line; the first one signs."""
    file = tmp_path / "key"
    file.write_text(f"{'n' * 32}\n{KEY.decode()}\n")
    token = load({VARIABLE: KEY.decode()}).sign(GRANT)
    assert token == SIGNER.sign(GRANT)
    assert load({f"{VARIABLE}_FILE": str(file)}).read(token, Allowed.ACKNOWLEDGE, NOON) == GRANT


@pytest.mark.parametrize("environ", [{}, {VARIABLE: "short"}, {VARIABLE: f"{'k' * 32}\nshort"}])
def test_no_key_or_a_short_one_stops_the_desk(environ: dict[str, str]) -> None:
    """The error says where and how, and never shows a key."""
    with pytest.raises(SettingError, match="at least 32 random characters") as caught:
        load(environ)
    assert caught.value.place == VARIABLE
    assert "short" not in caught.value.remedy


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """By the variable, since the path is the operator's."""
    with pytest.raises(SettingError, match="cannot be read") as caught:
        load({f"{VARIABLE}_FILE": str(tmp_path / "none")})
    assert caught.value.place == f"{VARIABLE}_FILE"
