"""Whatever somebody writes into the desk's file or a rota, they get what it says or findings, never anything else."""

import random
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.desk.routing.policy import Policy
from streams.desk.settings import ical
from streams.desk.settings.load import load
from streams.errors import Finding, LoadError
from streams.settings.places import DEPLOY

FOLDER: Final = DEPLOY / "desk"
NOW: Final = datetime(2026, 3, 2, tzinfo=UTC)
# Without calendars of its own: to spell them out takes longer than all the rest.
DESK: Final = "receivers:" + (FOLDER / "desk.yaml").read_text("utf-8").partition("\nreceivers:")[2].replace(
    "shop", "office"
).replace("night]", "office]")
ROTA: Final = (FOLDER / "front.ics").read_text("utf-8")
JUNK: Final = (
    "",
    "-",
    ":",
    "[",
    "{",
    "}",
    '"',
    "\n",
    "  ",
    "null",
    "0",
    "-1",
    "é",
    "a: b",
    "DTSTART:2026",
    "RRULE:FREQ=X",
)


def spoilt(text: str, seed: int, count: int) -> str:
    """Return a text with a few places cut out, doubled or overwritten."""
    dice = random.Random(seed)
    for _ in range(count):
        first = dice.randrange(len(text) + 1)
        last = min(len(text), first + dice.randrange(12))
        text = text[:first] + dice.choice([*JUNK, text[first:last] * 2]) + text[last:]
    return text


def test_the_text_to_spoil_is_a_good_one() -> None:
    """Or all that follows would prove nothing."""
    assert len(load(DESK, "desk.yaml", FOLDER, NOW).route.routes) == 3


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_a_spoilt_file_is_a_policy_or_findings(seed: int, count: int) -> None:
    """With places within the text."""
    found: Policy | list[Finding]
    try:
        found = load(spoilt(DESK, seed, count), "desk.yaml", FOLDER, NOW)
    except LoadError as error:
        found = error.findings
    assert isinstance(found, Policy) or all(each.line >= 1 and each.message for each in found)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_a_spoilt_rota_is_shifts_or_findings(seed: int, count: int) -> None:
    """In order, and none the wrong way round."""
    people = {"Ana": "ana", "Luis": "luis"}
    try:
        found = ical.read(spoilt(ROTA, seed, count), "front.ics", people, ZoneInfo("Europe/Madrid"), NOW)
    except LoadError:
        return
    assert list(found) == sorted(found, key=lambda shift: shift.starts_at)
