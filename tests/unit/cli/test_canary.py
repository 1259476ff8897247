"""`touchpoint canary` before it goes anywhere, and what it prints."""

import pytest

from streams.canary.rounds import Outcome, Stage
from streams.canary.run import Process
from streams.cli.canary import shown, table
from streams.errors import SettingError
from streams.settings.settings import Settings

HALF = Outcome({Stage.ACCEPTED: 0.012})


def test_without_a_key_it_says_how_to_make_one() -> None:
    """Before anything is sent, with the command to type."""
    with pytest.raises(SettingError) as raised:
        Process(Settings(), {})
    assert "TOUCHPOINT_CANARY_KEY" in raised.value.place
    assert raised.value.remedy.startswith("touchpoint gateway keys create --source //touchpoint-tracker/canary")


def test_a_table_for_people() -> None:
    """A line for each stage that was asked for, in the order of the way."""
    assert table(HALF).splitlines() == [
        "accepted            12 ms",
        "alert          not heard",
        "notification   not heard",
    ]


def test_seconds_for_programs() -> None:
    """Null where it was not heard."""
    assert shown(HALF) == {"heard": {"accepted": 0.012, "alert": None, "notification": None}}
