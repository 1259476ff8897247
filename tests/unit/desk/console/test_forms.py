"""Forms become commands, or are refused as the desk would."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from streams.desk.cases.command import (
    Acknowledge,
    Assign,
    Claim,
    Command,
    Contact,
    Judge,
    Move,
    Note,
    Reach,
    Release,
    Reopen,
    Resolve,
    Snooze,
    Start,
    Tag,
    Wait,
)
from streams.desk.console.forms import Setting, command
from streams.desk.service.port import Refusal

NOW = 1_772_449_200_000  # 2026-03-02T11:00:00Z
SETTING = Setting(NOW, ZoneInfo("Europe/Madrid"), "EUR")
HOUR = 3_600_000


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"do": "claim"}, Claim(revision=4)),
        ({"do": "release"}, Release(revision=4)),
        ({"do": "acknowledge"}, Acknowledge(revision=4)),
        ({"do": "start"}, Start(revision=4)),
        ({"do": "resolve", "reason": " paid "}, Resolve(revision=4, reason="paid")),
        ({"do": "reopen"}, Reopen(revision=4)),
        ({"do": "assign", "to": "luis"}, Assign(revision=4, to="luis")),
        ({"do": "move", "team": "stores"}, Move(revision=4, team="stores")),
        ({"do": "note", "text": "a\r\nb"}, Note(text="a\nb")),
        ({"do": "tag", "add": "vip, gift", "remove": "x"}, Tag(add=("vip", "gift"), remove=("x",))),
        ({"do": "snooze", "in": "60"}, Snooze(revision=4, until=NOW + HOUR)),
        ({"do": "wait", "at": "2026-03-02T14:00", "in": "60"}, Wait(revision=4, until=NOW + 2 * HOUR)),
        ({"do": "judge", "alert_id": "a", "useful": "yes"}, Judge(alert_id="a", useful=True)),
        (
            {"do": "judge", "alert_id": "a", "useful": "no", "reason": "r"},
            Judge(alert_id="a", useful=False, reason="r"),
        ),
        (
            {"do": "reach", "how": "called", "channel": "call", "resolved": "yes"},
            Reach(revision=4, how=Contact.CALLED, data={"channel": "call", "resolved": True}),
        ),
        (
            {"do": "reach", "how": "offered", "offer": "voucher", "value": "12,50"},
            Reach(revision=4, how=Contact.OFFERED, data={"offer": "voucher", "value": 12.5, "currency": "EUR"}),
        ),
        ({"do": "reach", "how": "callback", "in": "60"}, Reach(revision=4, how=Contact.CALLBACK, due=NOW + HOUR)),
    ],
)
def test_a_form_becomes_its_command(form: dict[str, str], expected: Command) -> None:
    """Times are read in the zone of the people, and a written time wins over a chosen one."""
    assert command(form | {"revision": "4"}, SETTING) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, Refusal.MISSING),
        ({"do": "delete"}, Refusal.MISSING),
        ({"do": "assign", "to": " "}, Refusal.MISSING),
        ({"do": "move"}, Refusal.MISSING),
        ({"do": "note", "text": " \r\n"}, Refusal.MISSING),
        ({"do": "note", "text": "x" * 4_001}, Refusal.TOO_LONG),
        ({"do": "tag"}, Refusal.MISSING),
        ({"do": "tag", "add": "a b c d e f g h i j k l m n o p q r s t u"}, Refusal.TOO_LONG),
        ({"do": "snooze"}, Refusal.MISSING),
        ({"do": "snooze", "in": "-5"}, Refusal.MISSING),
        ({"do": "snooze", "in": "9999999"}, Refusal.MISSING),
        ({"do": "snooze", "at": "tomorrow"}, Refusal.MISSING),
        ({"do": "wait", "at": "2026-03-02T11:59"}, Refusal.IN_PAST),
        ({"do": "wait", "at": "0001-01-01T00:00+23:59"}, Refusal.IN_PAST),
        ({"do": "wait", "at": "9999-12-31T23:59-23:59"}, Refusal.TOO_LONG),
        ({"do": "judge", "alert_id": "a", "useful": "no"}, Refusal.MISSING),
        ({"do": "judge", "useful": "yes"}, Refusal.MISSING),
        ({"do": "reach", "how": "bribed"}, Refusal.MISSING),
        ({"do": "reach", "how": "callback"}, Refusal.MISSING),
        ({"do": "reach", "how": "offered", "value": "much"}, Refusal.MISSING),
        ({"do": "reach", "how": "offered", "value": "nan"}, Refusal.TOO_LONG),
        ({"do": "reach", "how": "offered", "value": "-1"}, Refusal.TOO_LONG),
        ({"do": "reach", "how": "offered", "value": "1e300"}, Refusal.TOO_LONG),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(form: dict[str, str], expected: Refusal) -> None:
    """With the reason that the desk would give; never an error."""
    assert command(form, SETTING) == expected


@pytest.mark.parametrize("revision", ["", "x", "-1", "²", "99999999999"])
def test_a_revision_that_is_none_fits_no_case(revision: str) -> None:
    """0 is outdated wherever a revision counts."""
    assert command({"do": "claim", "revision": revision}, Setting(NOW, UTC, "EUR")) == Claim(revision=0)
