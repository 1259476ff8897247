"""What people and programs may be called: a name stands in trails, so it must not pass for what is nobody's."""

from typing import Final

from streams.desk.cases.case import MACHINE

LONGEST: Final = 200
LINK: Final = "link:"  # who acknowledged by a link that was sent to a receiver
SLACK: Final = "slack:"  # who pressed a button in Slack
_TAKEN: Final = {MACHINE, "-"}  # the journey itself, and nobody


def is_name(text: str) -> bool:
    """Return whether somebody may be called so."""
    is_plain = 0 < len(text) <= LONGEST and text.isprintable() and text == text.strip()
    return is_plain and text.lower() not in _TAKEN and not text.lower().startswith((LINK, SLACK))
