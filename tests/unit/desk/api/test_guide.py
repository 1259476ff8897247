"""The guide to the API."""

import re

from streams.desk.api import streams
from streams.desk.api.table import OPERATIONS
from streams.settings.places import DEPLOY

GUIDE = (DEPLOY / "desk" / "API.md").read_text("utf-8")


def test_the_guide_names_every_operation_and_no_other() -> None:
    """Signing out is for the console alone."""
    named = set(re.findall(r"`((?:GET|POST|DELETE) /api/v1/[^`]*)`", GUIDE))
    there = {f"{each.method} {each.path.replace(':str', '')}" for each in OPERATIONS}
    assert named == there - {"DELETE /api/v1/session"}


def test_the_guide_says_the_bounds_as_they_are() -> None:
    """Of a stream and its readers."""
    assert f"a comment every {streams.HEARTBEAT_SEC:.0f} s" in GUIDE
    assert f"{streams.WAITING} events behind" in GUIDE
    assert streams.SEND_SEC == 10
